"""Find and read `newsletter.toml`, and the secrets that stand beside it or in the environment."""

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import get_type_hints
from urllib.parse import urlsplit

from newsletter.errors import ConfigError
from newsletter.settings import ComposeSettings, NewsletterSettings, SelectSettings, SendSettings, parse_address
from newsletter.tables import TableReader, load_tables
from newsletter.trust import distrust

__all__ = ["CONFIG_NAME", "Config", "Secrets", "find_config", "load_config", "load_secrets"]

CONFIG_NAME = "newsletter.toml"
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

    Raises ConfigError where there is none, and where the one that was found upwards is another user's.
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
                hint = f"if you trust all that is in that folder, name it: newsletter --config {path} ..."
                raise ConfigError(f"is not followed: {problem}", place=str(path), hint=hint)
            return path
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
    return config


def _check_archives(config: Config, reader: TableReader) -> None:
    """Refuse archives that hold one another, or the issues: a file would be read twice, or an issue as an article."""
    where = ("newsletter", "archive")
    named = [(name, folder.resolve()) for name, folder in zip(config.newsletter.archive, config.archives, strict=True)]
    for index, (name, folder) in enumerate(named):
        if config.issues.resolve().is_relative_to(folder):
            reader.wrong(f"{name!r} holds the issues too", where, "name the folder of the articles alone")
        for other, before in named[:index]:
            if folder.is_relative_to(before) or before.is_relative_to(folder):
                reader.wrong(f"{other!r} and {name!r} hold the same files", where, "name each folder once")


def load_secrets(root: Path, environ: Mapping[str, str], *, proxy: str = "") -> Secrets:
    """Read the provider's key and host from the environment, else from ``.env`` in `root`.

    Raises ConfigError for a missing or malformed key, for a host that is neither https nor on loopback, and where the
    environment's key would go to whom only a file names: the host of ``.env``, or `proxy`, that of newsletter.toml.
    """
    from dotenv import dotenv_values

    try:
        stored = {name: value for name, value in dotenv_values(root / ".env", interpolate=False).items() if value}
    except UnicodeDecodeError as error:
        raise ConfigError("is not UTF-8 text", place=str(root / ".env"), hint="save the file as UTF-8") from error
    values = {**stored, **{name: value for name, value in environ.items() if value}}
    key = values.get("SENDGRID_API_KEY", "")
    if not key:
        raise ConfigError("SENDGRID_API_KEY is not set", hint=f"put it into the environment or into {root / '.env'}")
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        hint = "copy the key again"
        raise ConfigError("SENDGRID_API_KEY holds white space, a control character or a letter beyond ASCII", hint=hint)
    host = values.get("SENDGRID_HOST", DEFAULT_HOST).rstrip("/")
    if not _is_host(host):
        bare = _is_host(f"https://{host.removeprefix('http://')}")  # it is not shown: it may be the key
        hint = "put https:// before it" if bare else f"write https:// and the host alone, as in {DEFAULT_HOST}"
        raise ConfigError("SENDGRID_HOST is not an https address of a host alone", hint=hint)
    if environ.get("SENDGRID_API_KEY"):
        _refuse_strangers(host, root / ".env", proxy, by_file=host != DEFAULT_HOST and not environ.get("SENDGRID_HOST"))
    return Secrets(api_key=key, host=host)


def _refuse_strangers(host: str, file: Path, proxy: str, *, by_file: bool) -> None:
    """Raise ConfigError where a project's files would take the environment's key elsewhere.

    A proxy on the way to an https host sees nothing of it; one on the way to an http host is handed the key.
    """
    if by_file:
        message = "it names a SENDGRID_HOST, but the environment's SENDGRID_API_KEY goes to no host that a file names"
        hint = "put SENDGRID_HOST into the environment as well, or the key into this file"
        raise ConfigError(message, place=str(file), hint=hint)
    if proxy and host.startswith("http:"):
        message = "[send] proxy would see the environment's SENDGRID_API_KEY, since SENDGRID_HOST is http"
        raise ConfigError(message, hint="take proxy out, use an https host, or put the key into .env")


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
