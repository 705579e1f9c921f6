"""Find and read `newsletter.toml`, and the variables of the environment and of the file ``.env`` beside it."""

import dataclasses
import io
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from newsletter.addresses import quote_address
from newsletter.email_addresses import parse_address
from newsletter.errors import ConfigError
from newsletter.files import read_file, real_path
from newsletter.pages import Pages, SiteFacts
from newsletter.settings import (
    ComposeSettings,
    MarketingSettings,
    NewsletterSettings,
    RunSettings,
    SelectSettings,
    SendSettings,
    SiteSettings,
    WebSettings,
)
from newsletter.toml_binding import TableReader, load_tables, shown_path
from newsletter.traits import ProviderTraits
from newsletter.trust import distrust

__all__ = ["CONFIG_NAME", "ENV", "Config", "ReadSite", "find_config", "load_config", "load_environment"]

CONFIG_NAME = "newsletter.toml"
ENV = ".env"
_MOST_BYTES = 100_000  # of a .env
_SUPPRESSIONS = "suppressions.csv"
_HOSTED = "newsletter"  # in the first assets folder


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration; `path` is its file, and relative paths in it are relative to `root`.

    `provider` has the traits of the provider that [send] names, `pages` what the site makes of content files,
    None where no site decides.
    """

    path: Path
    newsletter: NewsletterSettings
    site: SiteSettings = SiteSettings()
    select: SelectSettings = SelectSettings()
    compose: ComposeSettings = ComposeSettings()
    send: SendSettings = SendSettings()
    marketing: MarketingSettings = MarketingSettings()
    run: RunSettings = RunSettings()
    web: WebSettings = WebSettings()
    provider: ProviderTraits = ProviderTraits()
    pages: Pages | None = None

    @property
    def root(self) -> Path:
        """Return the project folder."""
        return self.path.parent

    @property
    def issues(self) -> Path:
        """Return the folder of all issues."""
        return self.root / "issues"

    @property
    def archives(self) -> tuple[Path, ...]:
        """Return the folders of articles."""
        return tuple(self.root / folder for folder in self.newsletter.archive)

    @property
    def assets(self) -> tuple[Path, ...]:
        """Return the folders of the site's own pictures."""
        return tuple(self.root / folder for folder in self.compose.assets_dir if folder)

    @property
    def hosted(self) -> Path:
        """Return the folder of hosted pictures, in the first assets folder; only with `assets_dir`."""
        return self.assets[0] / _HOSTED

    @property
    def hosted_url(self) -> str:
        """Return the address of that folder, with a slash at its end; "" without `assets_url` and `base_url`."""
        base = self.compose.assets_url or self.newsletter.base_url
        return quote_address(f"{base.rstrip('/')}/{_HOSTED}/") if base else ""

    @property
    def web_folder(self) -> Path:
        """Return the folder of the pages of issues; only with [web]."""
        return self.root / self.web.folder

    @property
    def web_url(self) -> str:
        """Return the address of the page of all issues, with a slash at its end; "" without [web]."""
        return quote_address(f"{self.web.url.rstrip('/')}/") if self.web.url else ""

    def page_address(self, issue: str) -> str:
        """Return the address of the page that composing writes of an issue; "" without [web]."""
        return f"{self.web_url}{issue}/" if self.web_url else ""

    def browser_address(self, issue: str) -> str:
        """Return where readers see an issue in a browser: its page, else what `web_url` says, else ""."""
        return self.page_address(issue) or self.compose.web_url.replace("{issue}", issue)

    @property
    def journal(self) -> Path:
        """Return the path of the journal."""
        return self.root / self.send.journal

    @property
    def recipients(self) -> Path:
        """Return the path of the recipients file."""
        return self.root / self.send.recipients

    @property
    def suppressions(self) -> Path:
        """Return the path of the suppression file; the file may be missing if it is not configured."""
        return self.root / (self.send.suppressions or _SUPPRESSIONS)

    @property
    def list_id(self) -> str:
        """Return the List-Id: the configured one, else one made from the newsletter's slug or name and its domain."""
        if self.send.list_id:
            return f"<{self.send.list_id.strip('<>')}>"
        sender = parse_address(self.send.from_)[1].rpartition("@")[2]
        host = urlsplit(self.newsletter.base_url).hostname or sender or "example.org"
        slug = self.newsletter.slug or re.sub(r"[^a-z0-9]+", "-", self.newsletter.name.lower()).strip("-")
        return f"<{slug or 'newsletter'}.{host}>"


ReadSite = Callable[[SiteSettings, Path, Mapping[str, Any]], SiteFacts | None]
"""Read a site, by [site], the project folder and the table [newsletter]; None where there is none."""

_NO_TABLES = ("path", "provider", "pages")  # fields of `Config` that the file does not have


def _no_site(settings: SiteSettings, root: Path, newsletter: Mapping[str, Any]) -> SiteFacts | None:
    """Read no site."""
    return None


def find_config(start: Path, explicit: str | None, environ: Mapping[str, str]) -> Path:
    """Return the path of the configuration: `explicit`, else ``NEWSLETTER_CONFIG``, else upwards from `start`.

    Raises ConfigError if there is none, or if the one found in a parent folder belongs to another user.
    """
    named = explicit or environ.get("NEWSLETTER_CONFIG")
    if named:
        path = start / named
        if path.is_dir():
            path = path / CONFIG_NAME
        if not path.is_file():
            raise ConfigError(
                "no such configuration file", place=named, hint="name a newsletter.toml, or run 'newsletter init'"
            )
        return path.resolve()
    for folder in (start, *start.parents):
        path = folder / CONFIG_NAME
        if path.is_file():
            if problem := distrust(path, environ):
                hint = f"if you trust everything in that folder, specify it: newsletter --config {path} ..."
                raise ConfigError(f"is not used: {problem}", place=str(path), hint=hint)
            return path
    raise ConfigError(
        f"no {CONFIG_NAME} here or in a folder above",
        hint="change to the project's folder, specify it with --config, or create one with 'newsletter init'",
    )


_PLAIN: Mapping[str, Callable[[], ProviderTraits]] = {"mail": ProviderTraits}


def load_config(
    path: Path, providers: Mapping[str, Callable[[], ProviderTraits]] = _PLAIN, read_site: ReadSite = _no_site
) -> Config:
    """Read and check the configuration at `path`; ConfigError names the line of what is wrong.

    `providers` maps the values that ``delivery`` in [send] may have to functions that return the provider's traits.
    `read_site` reads what the site says: it gives defaults to [newsletter] and [select].
    """
    data, reader = load_tables(path)
    hints = {name: hint for name, hint in get_type_hints(Config).items() if name not in _NO_TABLES}
    reader.refuse_unknown(data, hints, ())
    site: SiteSettings = reader.value(SiteSettings, data.get("site", {}), ("site",), {})
    table = data.get("newsletter")
    facts = read_site(site, path.parent, table if isinstance(table, dict) else {})
    if facts:
        data = _with_defaults(data, facts)
    if "newsletter" not in data:
        reader.fail("the table [newsletter] is missing", (), 'it needs at least: name = "..."')
    config = Config(path=path, **{name: reader.value(hints[name], table, (name,), {}) for name, table in data.items()})
    _check_archives(config, reader)
    _check_web(config.web, reader)
    _check_issues(config.issues)
    pages = facts.pages(config.newsletter) if facts else None
    return dataclasses.replace(config, provider=_provider(config.send, providers, reader), pages=pages)


def _with_defaults(data: Mapping[str, Any], facts: SiteFacts) -> dict[str, Any]:
    """Add to the tables of the file what the site says and they do not."""
    select = {"date_keys": list(facts.date_keys)} if facts.date_keys else {}
    added = {"newsletter": facts.newsletter, "select": select}
    tables = {
        name: {**table, **given} for name, table in added.items() if isinstance(given := data.get(name, {}), dict)
    }
    return {**data, **{name: table for name, table in tables.items() if table}}


def _provider(
    send: SendSettings, providers: Mapping[str, Callable[[], ProviderTraits]], reader: TableReader
) -> ProviderTraits:
    """Look up the provider that [send] names, and check what depends on it."""
    reader.choice(tuple(providers), send.delivery, ("send", "delivery"))
    traits = providers[send.delivery]()
    if problem := traits.undo_problem(send.undo_minutes):
        reader.wrong(problem, ("send", "undo_minutes"))
    return traits


def _check_archives(config: Config, reader: TableReader) -> None:
    """Refuse archives that hold one another, or the issues: a file would be read twice, or an issue as an article."""
    where = ("newsletter", "archive")
    named = [(name, real_path(folder)) for name, folder in zip(config.newsletter.archive, config.archives, strict=True)]
    for index, (name, folder) in enumerate(named):
        if real_path(config.issues).is_relative_to(folder):
            reader.wrong(f"{name!r} also holds the issues", where, "name the folder of the articles alone")
        for other, before in named[:index]:
            if folder.is_relative_to(before) or before.is_relative_to(folder):
                reader.wrong(f"{other!r} and {name!r} hold the same files", where, "name each folder once")


def _check_web(web: WebSettings, reader: TableReader) -> None:
    """Refuse one of the two keys without the other: a page needs a place and an address."""
    for key, other in (("folder", "url"), ("url", "folder")):
        if getattr(web, key) and not getattr(web, other):
            reader.wrong(f"{key} without {other}", ("web", key), f"set {other} in [web] as well")


def _check_issues(folder: Path) -> None:
    """Refuse a link in the place of the issues, unless it leads to a folder of issues, or an empty one, of this user.

    The author of a project folder could have put the link there, so that composing would write to its target.
    """
    if not folder.is_symlink():
        return
    try:
        known = folder.stat().st_uid == os.geteuid() and (
            not any(folder.iterdir()) or any(folder.glob("*/build.json")) or any(folder.glob("journal.sqlite3*"))
        )
    except OSError:
        known = False
    if not known:
        hint = "link to a folder of your own that is empty or holds issues, or replace the link with that folder"
        raise ConfigError("is a link to something other than a folder of issues", place=shown_path(folder), hint=hint)


def load_environment(root: Path, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables that have a value: those of `environ`, else those of ``.env`` in `root`."""
    return {**_stored(root / ENV), **{name: value for name, value in environ.items() if value}}


def _stored(path: Path) -> dict[str, str]:
    """Read what a ``.env`` sets; ConfigError for one that cannot be read, nothing where there is none."""
    from dotenv import dotenv_values

    try:
        text = read_file(path, _MOST_BYTES).decode()
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise ConfigError("is not UTF-8 text", place=str(path), hint="save the file as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", place=str(path)) from error
    return {name: value for name, value in dotenv_values(stream=io.StringIO(text), interpolate=False).items() if value}
