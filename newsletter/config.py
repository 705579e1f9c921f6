"""Find and read `newsletter.toml`, and the secrets that stand beside it or in the environment."""

import dataclasses
import io
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import get_type_hints
from urllib.parse import urlsplit

from newsletter.errors import ConfigError
from newsletter.files import read_file, real_path
from newsletter.settings import ComposeSettings, NewsletterSettings, SelectSettings, SendSettings, parse_address
from newsletter.tables import TableReader, load_tables, shown_path

__all__ = ["CONFIG_NAME", "ENV", "Config", "Secrets", "find_config", "load_config", "load_secrets"]

CONFIG_NAME = "newsletter.toml"
ENV = ".env"
_MOST_BYTES = 100_000  # of a .env
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SUPPRESSIONS = "suppressions.csv"
DEFAULT_HOST = "https://api.sendgrid.com"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration; `path` is the file it came from, relative paths in it hang below `root`."""

    path: Path
    newsletter: NewsletterSettings
    select: SelectSettings = SelectSettings()
    compose: ComposeSettings = ComposeSettings()
    send: SendSettings = SendSettings()

    @property
    def root(self) -> Path:
        """Give the project folder."""
        return self.path.parent

    @property
    def issues(self) -> Path:
        """Give the folder of all issues."""
        return self.root / "issues"

    @property
    def archives(self) -> tuple[Path, ...]:
        """Give the folders of articles."""
        return tuple(self.root / folder for folder in self.newsletter.archive)

    @property
    def journal(self) -> Path:
        """Give the record of who was submitted what."""
        return self.root / self.send.journal

    @property
    def recipients(self) -> Path:
        """Give the file of the people an issue goes to."""
        return self.root / self.send.recipients

    @property
    def suppressions(self) -> Path:
        """Give the file of the people nothing is sent to; where none is configured, it may be missing."""
        return self.root / (self.send.suppressions or _SUPPRESSIONS)

    @property
    def list_id(self) -> str:
        """Give the List-Id: the configured one, else one made of the newsletter's slug or name and its domain."""
        if self.send.list_id:
            return f"<{self.send.list_id.strip('<>')}>"
        sender = parse_address(self.send.from_)[1].rpartition("@")[2]
        host = urlsplit(self.newsletter.base_url).hostname or sender or "example.org"
        slug = self.newsletter.slug or re.sub(r"[^a-z0-9]+", "-", self.newsletter.name.lower()).strip("-")
        return f"<{slug or 'newsletter'}.{host}>"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What may not stand in `newsletter.toml`: the key never shows in a representation."""

    api_key: str = dataclasses.field(repr=False)
    host: str = DEFAULT_HOST


def find_config(start: Path, explicit: str | None, environ: Mapping[str, str]) -> Path:
    """Give the path of the configuration: `explicit`, else ``NEWSLETTER_CONFIG``, else upwards from `start`.

    Raises ConfigError where there is none.
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
        if (folder / CONFIG_NAME).is_file():
            return folder / CONFIG_NAME
    raise ConfigError(
        f"no {CONFIG_NAME} here or in a folder above",
        hint="go to the project's folder, name it with --config, or start one with 'newsletter init'",
    )


def load_config(path: Path) -> Config:
    """Read and check the configuration at `path`; ConfigError names the line of what is wrong."""
    data, reader = load_tables(path)
    hints = {name: hint for name, hint in get_type_hints(Config).items() if name != "path"}
    reader.refuse_unknown(data, hints, ())
    if "newsletter" not in data:
        reader.fail("the table [newsletter] is missing", (), 'it says at least: name = "..."')
    config = Config(path=path, **{name: reader.value(hints[name], table, (name,), {}) for name, table in data.items()})
    _check_archives(config, reader)
    _check_issues(config.issues)
    return config


def _check_archives(config: Config, reader: TableReader) -> None:
    """Refuse archives that hold one another, or the issues: a file would be read twice, or an issue as an article."""
    where = ("newsletter", "archive")
    named = [(name, real_path(folder)) for name, folder in zip(config.newsletter.archive, config.archives, strict=True)]
    for index, (name, folder) in enumerate(named):
        if real_path(config.issues).is_relative_to(folder):
            reader.wrong(f"{name!r} holds the issues too", where, "name the folder of the articles alone")
        for other, before in named[:index]:
            if folder.is_relative_to(before) or before.is_relative_to(folder):
                reader.wrong(f"{other!r} and {name!r} hold the same files", where, "name each folder once")


def _check_issues(folder: Path) -> None:
    """Refuse a link in the place of the issues, unless it leads to a folder of issues, or an empty one, of this user.

    Whoever hands over a project could have put it there, so that composing writes wherever it leads.
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
        hint = "let it lead to a folder of yours that is empty or holds issues, or put that folder itself in its place"
        raise ConfigError("is a link to what is no folder of issues", place=shown_path(folder), hint=hint)


def load_secrets(root: Path, environ: Mapping[str, str]) -> Secrets:
    """Read the provider's key and host from the environment, else from ``.env`` in `root`.

    Raises ConfigError for a missing or malformed key and for a host that is neither https nor on loopback.
    """
    values = {**_stored(root / ENV), **{name: value for name, value in environ.items() if value}}
    key = values.get("SENDGRID_API_KEY", "")
    if not key:
        raise ConfigError("SENDGRID_API_KEY is not set", hint=f"put it into the environment or into {root / ENV}")
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        hint = "copy the key again"
        raise ConfigError("SENDGRID_API_KEY holds white space, a control character or a letter beyond ASCII", hint=hint)
    host = values.get("SENDGRID_HOST", DEFAULT_HOST).rstrip("/")
    if not _is_host(host):
        bare = _is_host(f"https://{host.removeprefix('http://')}")  # it is not shown: it may be the key
        hint = "put https:// before it" if bare else f"write https:// and the host alone, as in {DEFAULT_HOST}"
        raise ConfigError("SENDGRID_HOST is not an https address of a host alone", hint=hint)
    return Secrets(api_key=key, host=host)


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


def _is_host(text: str) -> bool:
    """Tell whether `text` is ``https://host`` or ``https://host:port``; on loopback it may be http."""
    try:
        parts = urlsplit(text)
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        bare = text == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc
        return (
            secure and bare and bool(parts.hostname) and parts.port != 0 and bool(re.fullmatch(r"[\x21-\x7e]+", text))
        )
    except ValueError:
        return False
