"""What the project folder holds: the sender, the articles, the templates and the people."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter import merge
from newsletter.app.doctor.dns import FREE_MAIL
from newsletter.app.doctor.setting import RECENT, Setting
from newsletter.diagnosis import Diagnosis, failure, ok, warning
from newsletter.models import Article, Outline, OutlineEntry, Period, Severity
from newsletter.sender.guards import starter_values
from newsletter.toml_binding import shown_path
from newsletter.wording import counted

__all__ = [
    "check_archive",
    "check_recipients",
    "check_sender",
    "check_suppressions",
    "check_templates",
    "check_time_zone",
    "check_unsubscribe",
]

_SILENT = timedelta(days=31)  # after which the newest article is old


def check_sender(setting: Setting) -> Iterator[Diagnosis]:
    """Look for what every message says of who sends it."""
    config = setting.config
    if not config.send.from_:
        yield failure("sender", "there is no sender", 'set from = "News <news@your-domain>" in [send]')
    elif setting.domain in FREE_MAIL:
        message = f"{setting.domain} allows only its own servers to send: most providers refuse or hide the message"
        yield failure("sender", message, "send from an address of a domain of your own; reply_to may be any address")
    elif not (left := tuple(starter_values(config))):
        yield ok("sender", f"from {config.send.from_}")
    else:
        yield from (failure("sender", message, hint) for _, message, hint in left)
    if not config.newsletter.postal_address:
        yield failure("sender", "there is no postal address", "set postal_address in [newsletter]: the law requires it")
    if not config.newsletter.base_url:
        hint = "set base_url in [newsletter] to the address of your site"
        yield warning("sender", "there is no base_url: links lead to the articles' source_link", hint)


def check_unsubscribe(setting: Setting) -> Iterator[Diagnosis]:
    """Look whether readers can leave with one click, as Gmail and Yahoo ask of bulk senders (RFC 8058)."""
    config = setting.config
    settings = config.send.unsubscribe
    if config.provider.campaigns:
        yield ok("unsubscribe", "by what [marketing] names")
    elif settings.mode not in ("url", *config.provider.tags):
        yield failure(
            "unsubscribe", f"{config.provider.name} has no mode {settings.mode}", "name another one in [send]"
        )
    elif settings.mode == "url" and (problem := merge.url_problem(settings)):
        hint = 'set url = "https://…{column}…" in [send.unsubscribe], with a column of the recipients file'
        yield failure("unsubscribe", f"mode url {problem}", hint)
    elif settings.mode == "group" and not settings.group_id:
        yield failure("unsubscribe", "mode group has no group_id", "set group_id in [send.unsubscribe]")
    elif settings.mode == "group":
        hint = 'mode "subscription" or "url" has it; look into a test message for "List-Unsubscribe-Post"'
        yield warning("unsubscribe", "with mode group, one click may not be enough to unsubscribe", hint)
    else:
        yield ok("unsubscribe", f"mode {settings.mode}, by one click")


def check_archive(setting: Setting) -> Iterator[Diagnosis]:
    """Look into the folders of articles: how many there are, what cannot be read, how old the newest is."""
    config = setting.config
    gone = [folder for folder in config.archives if not folder.is_dir()]
    for folder in gone:
        hint = "name the folder of your articles: archive in [newsletter]"
        yield failure("archive", f"{shown_path(folder)} is not a folder", hint)
    if gone:
        return
    found = setting.recent
    if not found.counts.scanned:
        names = ", ".join(map(shown_path, config.archives))
        yield failure(
            "archive", f"no article is in {names}", "name the folder of your articles: archive in [newsletter]"
        )
        return
    newest = max((article.published for article in found.articles), default=None)
    yield _age(setting, found.counts.scanned, newest)
    if found.invalid:
        first = found.invalid[0]
        message = (
            f"{counted(len(found.invalid), 'file')} cannot be read or has no date; first {first.path}: {first.message}"
        )
        yield warning("archive", message, first.hint or "'newsletter select --explain' names each")


def _age(setting: Setting, scanned: int, newest: datetime | None) -> Diagnosis:
    files = counted(scanned, "file")
    if newest is None or setting.now - newest > _SILENT:
        when = f"{newest:%Y-%m-%d}" if newest else f"over {RECENT.days} days ago"
        hint = "look whether the site is still copied or pulled to this machine, and at --explain for drafts"
        return warning("archive", f"{files}, but the newest article is of {when}", hint)
    return ok("archive", f"{files}, the newest article is of {newest:%Y-%m-%d %H:%M}")


def check_templates(setting: Setting) -> Iterator[Diagnosis]:
    """Compose an invented article, which shows whether the templates and the theme can be used."""
    from newsletter.composer.compose import compose

    config = setting.config
    article = _invented(setting)
    outline = _outline(setting, article)
    composition = compose(outline, {article.key: article}, config, offline=True)
    about = (config.path.name, "email.html")
    found = [one for one in composition.findings if one.where in about and one.severity is not Severity.INFO]
    for finding in found:
        if finding.code not in ("postal-address", "unsubscribe", "subject-length", "text-coverage"):
            yield warning("templates", f"{finding.code}: {finding.message}", finding.hint or "change the template")
    yield ok("templates", f"{config.compose.template} can be rendered")


def _invented(setting: Setting) -> Article:
    text = "A sentence that stands for what an article says, and is long enough to be one."
    return Article(
        key="doctor",
        path="doctor.md",
        title="A headline that stands for all",
        published=setting.now - timedelta(days=1),
        link="https://example.org/doctor/",
        body=f"<p>{text}</p>",
        summary=text,
        category="example",
        source="Example",
    )


def _outline(setting: Setting, article: Article) -> Outline:
    start = setting.now - timedelta(days=7)
    period = Period(
        kind="days", label="doctor", start=start, end=setting.now, timezone=setting.config.newsletter.timezone
    )
    entries = (OutlineEntry(key=article.key),)
    return Outline(issue="doctor", period=period, subject="A subject that stands for all", entries=entries)


def check_recipients(setting: Setting) -> Iterator[Diagnosis]:
    """Read the recipients file to its end; a provider of campaigns has the lists."""
    if setting.config.provider.campaigns:
        return
    place = shown_path(setting.config.recipients)
    if not setting.people:
        yield failure("recipients", f"{place} has no recipients", "add them, one per line, below the header 'email'")
    else:
        yield ok("recipients", f"{place} has {counted(setting.people, 'address')}")


def check_suppressions(setting: Setting) -> Iterator[Diagnosis]:
    """Read the suppression file; one that is configured has to be there."""
    from newsletter.sender.suppressions import Suppressions

    config = setting.config
    place = shown_path(config.suppressions)
    if config.suppressions.exists():
        count = sum(1 for _ in Suppressions(config.suppressions).load())
        yield ok("suppressions", f"{place} has {counted(count, 'address')}")
    elif config.send.suppressions:
        hint = "bring it back, or people who left get mail again; 'newsletter suppressions pull' makes a new one"
        yield failure("suppressions", f"{place} does not exist: nobody is suppressed", hint)
    else:
        yield ok("suppressions", f"there is no {place} yet: nobody is suppressed")


def check_time_zone(setting: Setting) -> Iterator[Diagnosis]:
    """Report the time of the newsletter and that of this machine, which cron uses."""
    name = setting.config.newsletter.timezone
    there, here = setting.started.astimezone(ZoneInfo(name)), setting.started.astimezone()
    message = f"{name}, where it is {there:%H:%M}"
    if there.utcoffset() != here.utcoffset():
        message += f"; this machine has {here:%H:%M}, and cron goes by that"
    yield ok("time zone", message)
