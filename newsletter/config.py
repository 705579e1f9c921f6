"""Find and read `newsletter.toml`, and the secrets that stand beside it or in the environment.

Unknown keys are errors with a suggestion, wrong values say what they should be, and both name the line.
"""

import dataclasses
import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from newsletter.errors import ConfigError
from newsletter.settings import ComposeSettings, NewsletterSettings, SelectSettings, SendSettings

__all__ = ["CONFIG_NAME", "Config", "Secrets", "find_config", "load_config", "load_secrets"]

CONFIG_NAME = "newsletter.toml"
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
    import tomli

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", place=str(path)) from error
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise ConfigError(f"not valid TOML: {error.msg}", place=f"{path}:{error.lineno}") from error
    reader = _Reader(path, text)
    tables = {f.name: f.type for f in dataclasses.fields(Config) if f.name != "path"}
    for name in data:
        if name not in tables:
            reader.fail(f"unknown table or key '{name}'", (name,), _suggestion(name, tables))
    if "newsletter" not in data:
        reader.fail("the table [newsletter] is missing", (), 'it names at least the newsletter: name = "..."')
    hints = get_type_hints(Config)
    return Config(path=path, **{name: reader.value(hints[name], table, (name,), {}) for name, table in data.items()})


def load_secrets(root: Path, environ: Mapping[str, str]) -> Secrets:
    """Read the provider's key and host from the environment, else from ``.env`` in `root`.

    Raises ConfigError for a missing or malformed key and for a host that is neither https nor on loopback.
    """
    from dotenv import dotenv_values

    stored = {name: value for name, value in dotenv_values(root / ".env").items() if value}
    values = {**stored, **{name: value for name, value in environ.items() if value}}
    key = values.get("SENDGRID_API_KEY", "")
    if not key:
        raise ConfigError("SENDGRID_API_KEY is not set", hint=f"put it into the environment or into {root / '.env'}")
    if re.search(r"[\s\x00-\x1f\x7f]", key):
        raise ConfigError("SENDGRID_API_KEY holds white space or a control character", hint="copy the key again")
    host = values.get("SENDGRID_HOST", DEFAULT_HOST).rstrip("/")
    parts = urlsplit(host)
    if not parts.hostname or (parts.scheme != "https" and not _is_loopback(host)):
        raise ConfigError(f"SENDGRID_HOST is not an https address: {host}", hint=f"leave it out for {DEFAULT_HOST}")
    return Secrets(api_key=key, host=host)


def _is_loopback(host: str) -> bool:
    parts = urlsplit(host)
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")


class _Reader:
    """Turn tables into dataclasses, and name the line of the file where something is wrong."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = _shown(path)
        self.lines = text.splitlines()

    def build(self, kind: type, table: Mapping[str, Any], where: tuple[str, ...]) -> Any:
        """Make a dataclass of type `kind` of `table`, which stands at `where`."""
        hints = get_type_hints(kind)
        fields = {f.metadata.get("key", f.name): f for f in dataclasses.fields(kind)}
        for key in table:
            if key not in fields:
                self.fail(f"unknown key '{key}'", (*where, key), _suggestion(key, fields))
        values = {}
        for key, f in fields.items():
            if key in table:
                values[f.name] = self.value(hints[f.name], table[key], (*where, key), f.metadata)
            elif f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING:
                self.fail(f"'{key}' is missing", where, f"add {key} = ... to [{'.'.join(where)}]")
        return kind(**values)

    def value(self, hint: Any, value: Any, where: tuple[str, ...], rules: Mapping[str, Any]) -> Any:
        """Check one value against its type and its field's rules, and give it in that type."""
        kind = get_origin(hint) or hint
        if dataclasses.is_dataclass(kind) or kind is Mapping:
            if not isinstance(value, dict):
                self.wrong(f"must be a table, not {value!r}", where)
            return self.mapping(value, where) if kind is Mapping else self.build(hint, value, where)
        if kind is tuple:
            members = value if isinstance(value, list) else [value]
            return tuple(self.value(get_args(hint)[0], member, where, {}) for member in members)
        if kind is Literal:
            return self.choice(get_args(hint), value, where)
        return self.scalar(kind, value, where, rules)

    def choice(self, choices: tuple[str, ...], value: Any, where: tuple[str, ...]) -> Any:
        """Check that `value` is one of `choices`."""
        if value not in choices:
            self.wrong(f"{value!r} is not one of: {', '.join(choices)}", where, _suggestion(value, choices))
        return value

    def mapping(self, table: Mapping[str, Any], where: tuple[str, ...]) -> dict[str, str]:
        """Check a table whose keys are free and whose values are text or numbers."""
        for key, member in table.items():
            if not isinstance(member, (str, int, float)):
                self.wrong(f"must be text, not {member!r}", (*where, key))
        return {key: str(member) for key, member in table.items()}

    def scalar(self, kind: type, value: Any, where: tuple[str, ...], rules: Mapping[str, Any]) -> Any:
        """Check text, a number or a truth value; an empty text means that it is not set."""
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            self.wrong(f"must be {_NAMES[kind]}, not {value!r}", where)
        if "least" in rules and value < rules["least"]:
            self.wrong(f"must be at least {rules['least']}, not {value}", where)
        if (value or rules.get("required")) and "check" in rules and (problem := rules["check"](value)):
            self.wrong(problem, where)
        return value

    def fail(self, message: str, where: tuple[str, ...], hint: str = "") -> NoReturn:
        """Raise ConfigError at the line where the key `where` stands."""
        raise ConfigError(message, place=f"{self.path}:{_line_of(self.lines, where)}", hint=hint)

    def wrong(self, problem: str, where: tuple[str, ...], hint: str = "") -> NoReturn:
        """Raise ConfigError for the value of the key `where`, naming it."""
        self.fail(f"{'.'.join(where)}: {problem}", where, hint)


_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def _line_of(lines: list[str], where: tuple[str, ...]) -> int:
    """Find the line, from 1, on which the key `where` stands; the nearest table's header, else 1."""
    table: tuple[str, ...] = ()
    best = (0, 1)
    for number, line in enumerate(lines, 1):
        if header := re.match(r"\s*\[+([^\]]+)\]", line):
            table = tuple(part.strip().strip("\"'") for part in header[1].split("."))
            name = table
        elif key := re.match(r"\s*([A-Za-z0-9_.\"'-]+)\s*=", line):
            name = (*table, *(part.strip("\"'") for part in key[1].split(".")))
        else:
            continue
        shared = len(os.path.commonprefix([name, where]))
        if shared == len(name) and shared > best[0]:
            best = (shared, number)
    return best[1]


def _suggestion(word: Any, known: Any) -> str:
    close = difflib.get_close_matches(str(word), [str(name) for name in known], n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else f"known here: {', '.join(sorted(map(str, known)))}"


def _shown(path: Path) -> str:
    """Show a path below the working directory as relative, which is how a person would type it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
