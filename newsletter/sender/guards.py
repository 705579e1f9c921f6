"""The guards that block a real run: each is one function that yields what it found and the solution."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from newsletter import merge
from newsletter.config import Config
from newsletter.email_addresses import parse_address
from newsletter.errors import BlockedError, UsageError
from newsletter.issues import Issue
from newsletter.marks import HandedOver, Superseded, has_mark, is_superseded, read_mark
from newsletter.models import Severity
from newsletter.sender.envelope import Envelope, content_digest
from newsletter.sender.journal import IssueRow
from newsletter.sender.provider import Requests
from newsletter.sender.recipients import Recipient
from newsletter.sender.sent_marker import missing_journal, stale_journal
from newsletter.sender.status import WouldBlock, people
from newsletter.settings import STARTER_HOST, STARTER_NAME
from newsletter.wording import counted

__all__ = [
    "REAL_RUN",
    "Expected",
    "check_recipient",
    "guards",
    "issue_guards",
    "listed_guards",
    "lost_suppressions",
    "missing_journal_blockers",
    "other_audience",
    "parse_expected",
    "restored_journal_blockers",
    "resume_blockers",
    "reuse_blockers",
    "starter_values",
    "to_error",
    "too_old",
]

_CANCEL = "newsletter cancel"
REAL_RUN = frozenset(
    {"age", "period-open", "empty", "expected", "merge-fields", "journal", "audience", "cancelled"}
    | {"halved", "suppressions", "where"}
)
"""The codes of guards about a real run's time, audience and journal; they do not apply to a test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The number of recipients, after duplicates and suppressions, that the command expects."""

    least: int
    most: int


def parse_expected(text: str) -> Expected:
    """Read ``N`` or ``MIN..MAX``; UsageError for anything else."""
    match = re.fullmatch(r"([0-9]{1,12})(?:\.\.([0-9]{1,12}))?", text.strip())
    least, most = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if least > most:
        raise UsageError(
            f"{text[:30]!r} is not a number of recipients", hint="write 1200, or a range such as 1000..1500"
        )
    return Expected(least=least, most=most)


def guards(
    issue: Issue,
    config: Config,
    envelope: Envelope,
    requests: Requests,
    *,
    recipients: int,
    now: datetime,
    expected: Expected | None,
    columns: Collection[str] | None,
    explicit: bool = True,
    last: int = 0,
) -> tuple[WouldBlock, ...]:
    """List everything that blocks sending `issue` to `recipients` people at `now`.

    `columns` are those of the envelope's fields that the recipients file has; None if it was not read. `explicit`: a
    person named the issue, so its period need not have ended. `last` is how many recipients the newsletter's
    last issue had, 0 where there is none to compare with.
    """
    return (
        *listed_guards(_campaign(issue)),
        *issue_guards(issue, config, now=now, explicit=explicit, recipients=recipients, expected=expected),
        *listed_guards(
            () if expected else _halved(recipients, last),
            () if columns is None else _fields(envelope, columns),
            (("limits", problem, "change the issue and compose it again") for problem in requests.content_problems()),
            (("limits", problem, "change it in newsletter.toml") for problem in requests.setting_problems()),
        ),
    )


def issue_guards(
    issue: Issue, config: Config, *, now: datetime, explicit: bool, recipients: int | None, expected: Expected | None
) -> tuple[WouldBlock, ...]:
    """List what blocks sending `issue` by any provider; `recipients` is how many get it, None where that is unknown."""
    return listed_guards(
        _newsletter(issue, config),
        _superseded(issue),
        _issue(issue),
        _age(issue, config, now),
        () if explicit else _open_period(issue, now),
        () if recipients is None else _recipients(recipients, expected),
        _sender(config),
        starter_values(config),
        _unsubscribe(issue, config),
    )


def check_recipient(envelope: Envelope, requests: Requests, recipient: Recipient) -> str:
    """Return what makes a request for `recipient` impossible, or ""."""
    return envelope.problem(recipient) or requests.check(recipient)


def resume_blockers(
    issue: Issue, envelope: Envelope, requests: Requests, row: IssueRow, waiting: Iterable[Recipient]
) -> tuple[WouldBlock, ...]:
    """List what blocks resuming `issue`, with the journal's `row`, for the pending recipients `waiting`."""
    if row.cancelled:
        return listed_guards(_cancelled(row))
    return listed_guards(_other_content(issue, row), _other_settings(envelope, requests, row, waiting))


def reuse_blockers(issue: Issue, row: IssueRow) -> tuple[WouldBlock, ...]:
    """Return an error if `row`, of which nothing is pending, is that of another issue; changed files do not matter."""
    return () if row.digest in (issue.digest, content_digest(issue)) else listed_guards(_another())


def other_audience(row: IssueRow, where: tuple[str, ...]) -> tuple[WouldBlock, ...]:
    """Return an error if the audience of `row` was chosen otherwise than `where` says now; () says nothing."""
    if not where or where == row.where:
        return ()
    was = f"where {' and '.join(row.where)}" if row.where else "without --where"
    hint = (
        f"leave --where out to go on with it; for other people, compose it under another name: --issue {row.id}-again"
    )
    return (WouldBlock(code="where", message=f"its audience was frozen {was}", hint=hint),)


def missing_journal_blockers(issue: Issue, config: Config) -> tuple[WouldBlock, ...]:
    """Return an error if the sending of `issue` has begun although the journal has no record of it."""
    error = missing_journal(issue.directory, config.journal)
    return (WouldBlock(code="journal", message=error.message, hint=error.hint),) if error else ()


def restored_journal_blockers(issue: Issue, config: Config, row: IssueRow) -> tuple[WouldBlock, ...]:
    """Find whether the journal, which has `row`, knows less than the mark in the folder of `issue`."""
    error = stale_journal(issue.directory, config.journal, row.generation)
    return (WouldBlock(code="journal", message=error.message, hint=error.hint),) if error else ()


def lost_suppressions(config: Config, before: int, now: int) -> tuple[WouldBlock, ...]:
    """Find whether the suppression file has nobody `now` in it, where this many were in it `before`."""
    if now or not before:
        return ()
    what = "has nobody in it" if config.suppressions.exists() else "is gone"
    message = f"{config.suppressions} {what}, and {counted(before, 'suppressed address')} would be written to again"
    hint = (
        "bring it back from a backup, or fill it: newsletter suppressions pull; where it is meant to be empty,"
        " put one address into it that nobody has"
    )
    return (WouldBlock(code="suppressions", message=message, hint=hint),)


def to_error(issue: str, found: tuple[WouldBlock, ...]) -> BlockedError:
    """Return the error of a run that was stopped by `found`, which is not empty."""
    more = f" (and {len(found) - 1} more: see the dry run)" if len(found) > 1 else ""
    return BlockedError(found[0].message + more, hint=found[0].hint, place=issue)


def too_old(end: datetime, config: Config, now: datetime) -> str:
    """Return why an issue whose period ended at `end` is no longer sent at `now`; "" if it is."""
    age, most = now - end, config.send.max_age_days
    if most and age > timedelta(days=most):
        return f"its period ended more than {counted(most, 'day')} ago, which is max_age_days"
    return ""


_Found = Iterator[tuple[str, str, str]]


def listed_guards(*found: Iterable[tuple[str, str, str]]) -> tuple[WouldBlock, ...]:
    """Return what guards found, each a (code, message, hint)."""
    return tuple(WouldBlock(code=code, message=message, hint=hint) for each in found for code, message, hint in each)


def _cancelled(row: IssueRow) -> _Found:
    had = "" if row.called_back else "; those that readers have, with exclude_submitted = false in [select]"
    how = "called back" if row.called_back else "cancelled"
    yield "cancelled", f"it was {how}", f"compose the articles into a new issue: --issue ID{had}"


def _another() -> _Found:
    hint = (
        "compose it under another name: --issue ID; newsletters that share a journal need a slug each in [newsletter]"
    )
    yield "content", "a different issue with this name has already been sent", hint


def _other_content(issue: Issue, row: IssueRow) -> _Found:
    if row.digest != content_digest(issue):
        changed = f": {', '.join(issue.changed)} changed" if issue.changed else ""
        hint = f"restore the composed files, as all recipients get the same content; or cancel it: {_CANCEL} {row.id}"
        yield "content", f"its content differs from what the first recipients received{changed}", hint


def _other_settings(envelope: Envelope, requests: Requests, row: IssueRow, waiting: Iterable[Recipient]) -> _Found:
    problems = [problem for recipient in waiting if (problem := check_recipient(envelope, requests, recipient))]
    if problems:
        hint = f"[send] has changed since its audience was frozen: change it back; or cancel it: {_CANCEL} {row.id}"
        yield "audience", f"{people(len(problems))} cannot get it: one {problems[0]}", hint


def _newsletter(issue: Issue, config: Config) -> _Found:
    if not issue.build.belongs_to(config.newsletter.slug):
        message = f"it is an issue of another newsletter, whose slug is {issue.build.choice.slug!r}"
        yield "newsletter", message, "name that newsletter's configuration: newsletter --config FILE send"


def _superseded(issue: Issue) -> _Found:
    if is_superseded(issue.directory):
        mark = read_mark(issue.directory, Superseded)
        where = f"its articles went to {mark.by}" if mark and mark.by else "it was given up"
        hint = f"select its articles again: newsletter compose … --reselect --issue {issue.id}"
        yield "superseded", f"it is not to be sent any more: {where}", hint


def _campaign(issue: Issue) -> _Found:
    if has_mark(issue.directory, HandedOver):
        hint = f"set delivery in [send] back to finish it, or end it: newsletter cancel {issue.id}"
        yield "journal", "its sending has begun as a campaign of the provider's own lists", hint


def _issue(issue: Issue) -> _Found:
    errors = [finding for finding in issue.findings if finding.severity is Severity.ERROR]
    if errors:
        more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
        message = f"the check found {errors[0].code}: {errors[0].message}{more}"
        yield "findings", message, f"'newsletter check {issue.id}' lists them; fix them and compose again"
    if issue.changed:
        message = f"{', '.join(issue.changed)} changed since the issue was composed"
        yield "changed", message, f"compose it again: newsletter compose … --issue {issue.id}"


def _age(issue: Issue, config: Config, now: datetime) -> _Found:
    if message := too_old(issue.outline.period.end, config, now):
        yield "age", message, "send a newer issue, or raise max_age_days in [send] when this is meant"


def _open_period(issue: Issue, now: datetime) -> _Found:
    if issue.outline.period.end > now:
        message = f"its period goes on until {issue.outline.period.end.isoformat()}, and articles may still come"
        yield "period-open", message, f"wait, try it with --test ADDR, or name it: newsletter send {issue.id}"


def _recipients(recipients: int, expected: Expected | None) -> _Found:
    if not recipients:
        yield "empty", "there is nobody to send to", "check the recipients file and the suppressions"
    if expected and not expected.least <= recipients <= expected.most:
        wanted = f"{expected.least}..{expected.most}" if expected.least < expected.most else str(expected.least)
        message = f"the number of recipients is {recipients}, not {wanted}"
        yield "expected", message, "check the recipients file first"


def starter_values(config: Config) -> _Found:
    """Find what is still as `newsletter init` wrote it."""
    name, base_url, sender = config.newsletter.name, config.newsletter.base_url, config.send.from_
    for key, table, left in (
        ("name", "newsletter", name == STARTER_NAME),
        ("base_url", "newsletter", (urlsplit(base_url).hostname or "") == STARTER_HOST),
        ("from", "send", parse_address(sender)[1].endswith(f"@{STARTER_HOST}")),
    ):
        if left:
            yield "starter", f"{key} is still the starter's", f"set {key} in [{table}] to your own"


def _halved(recipients: int, last: int) -> _Found:
    if recipients and recipients * 2 < last:
        message = f"there are {people(recipients)}, less than half of the last issue's {last:,}"
        hint = f"check the recipients file; if the number is right, confirm it: --expect-recipients {recipients}"
        yield "halved", message, f"{hint} (or expect_recipients in [run])"


def _sender(config: Config) -> _Found:
    if not config.send.from_:
        yield "from", "there is no sender", 'set from = "News <news@example.org>" in [send]'
    if not config.newsletter.postal_address:
        yield "postal-address", "there is no postal address", "set postal_address in [newsletter]: the law requires it"


def _fields(envelope: Envelope, columns: Collection[str]) -> _Found:
    """Find merge fields that would be empty for every reader, probably because of a typing error."""
    for name in envelope.fields:
        if name not in columns and name not in envelope.defaults:
            hint = f"fix the name in the issue's texts, add a column, or set {name} in [send.defaults]"
            yield "merge-fields", f"the recipients file has no column for the merge field {name!r}", hint


def _unsubscribe(issue: Issue, config: Config) -> _Found:
    settings = config.send.unsubscribe
    if settings.mode == "group" and not settings.group_id:
        yield "unsubscribe", "unsubscribe mode group has no group_id", "set group_id in [send.unsubscribe]"
    if settings.mode == "url" and (problem := merge.url_problem(settings)):
        hint = 'set url = "https://…{column}…" in [send.unsubscribe], with a column of the recipients file'
        yield "unsubscribe", f"unsubscribe mode url {problem}", hint
    html, text = merge.unsubscribe_tokens(settings, config.provider.tags)
    if not html:
        message, hint = f"{config.provider.name} has no unsubscribe mode {settings.mode}", "use another mode in [send]"
        yield "unsubscribe", message, hint
        return
    for part, there in (("HTML", _is_linked(html, issue.message.html)), ("text", text in issue.message.text)):
        if not there:
            hint = f"put unsubscribe mode {settings.mode}'s link into the template and compose again"
            yield "unsubscribe", f"the {part} part has no unsubscribe link", hint


def _is_linked(address: str, markup: str) -> bool:
    """Return whether a page has a visible link to `address`, not only text that looks like one."""
    from lxml import etree

    page = etree.fromstring(markup, etree.HTMLParser(huge_tree=True)) if markup.strip() else None
    return page is not None and any(link.get("href") == address for link in page.iter("a"))
