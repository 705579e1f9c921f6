"""Convert TOML tables to dataclasses, and name the line of each error.

Unknown keys are errors with a suggestion; errors of values name the expected type. The rules of single values are in
the fields' `metadata` (see `newsletter.settings`).
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Literal, NoReturn, get_args, get_origin, get_type_hints

from newsletter.errors import ConfigError
from newsletter.files import read_file
from newsletter.wording import closest

__all__ = ["TableReader", "load_tables", "parse_tables", "shown_path"]

MOST_BYTES = 4_000_000
"""Maximum length of a TOML file: 20,000 articles fit into an issue.toml."""


def load_tables(path: Path) -> tuple[dict[str, Any], "TableReader"]:
    """Read the TOML file at `path`; return its tables, and the reader that converts them to dataclasses.

    Raises ConfigError for a file that cannot be read or is not TOML, with the line.
    """
    try:
        return parse_tables(path, read_file(path, MOST_BYTES))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", place=shown_path(path)) from error


def parse_tables(path: Path, content: bytes) -> tuple[dict[str, Any], "TableReader"]:
    """Parse TOML from the file at `path`; see `load_tables`."""
    import tomli

    try:
        text = content.decode("utf-8-sig")
        return tomli.loads(text), TableReader(path, text)
    except tomli.TOMLDecodeError as error:
        raise ConfigError(f"not valid TOML: {_plain(error.msg)}", place=f"{shown_path(path)}:{error.lineno}") from error
    except UnicodeDecodeError as error:
        raise ConfigError("is not UTF-8 text", place=shown_path(path), hint="save the file as UTF-8") from error
    except ValueError as error:
        hint = "a number has at most 4,300 digits"
        raise ConfigError(f"not valid TOML: {error}", place=shown_path(path), hint=hint) from error
    except RecursionError as error:
        hint = "arrays and tables go 400 levels deep, names 1,000"
        raise ConfigError("not valid TOML: it is nested too deeply", place=shown_path(path), hint=hint) from error


class TableReader:
    """Converts the tables of one file to dataclasses."""

    def __init__(self, path: Path, text: str) -> None:
        """Keep the file's `path` and `text`, for the locations in messages."""
        self.path = shown_path(path)
        self.text = text

    def build(self, kind: type, table: Mapping[str, Any], where: tuple[str, ...]) -> Any:
        """Return a dataclass of type `kind` for `table`, which is at `where`."""
        hints = get_type_hints(kind)
        fields = {f.metadata.get("key", f.name): f for f in dataclasses.fields(kind)}
        self.refuse_unknown(table, fields, where)
        values = {}
        for key, f in fields.items():
            needed = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
            value = table.get(key)
            if value is None and needed:
                place = f" to [{'.'.join(where)}]" if where else ""
                self.fail(f"'{key}' is missing", where, f"add {key} = ...{place}")
            if value == [] and f.default:
                self.wrong("may not be an empty list", (*where, key))
            if value is not None and (needed or value != ""):  # an empty string means that the key is not set
                values[f.name] = self.value(hints[f.name], value, (*where, key), f.metadata)
        return kind(**values)

    def refuse_unknown(self, names: Iterable[str], known: Iterable[str], where: tuple[str, ...]) -> None:
        """Raise ConfigError for the first of `names` that is not `known`, with the one that was probably meant."""
        for name in names:
            if name not in known:
                what = "key" if where else "table or key"
                self.fail(f"unknown {what} {_written(name)}", (*where, name), _suggestion(name, known))

    def value(self, hint: Any, value: Any, where: tuple[str, ...], rules: Mapping[str, Any]) -> Any:
        """Check one value against its type and its field's rules, and return it in that type."""
        if NoneType in get_args(hint):
            hint = get_args(hint)[0]
        kind = get_origin(hint) or hint
        if dataclasses.is_dataclass(kind) or kind is Mapping:
            if not isinstance(value, dict):
                self.wrong(f"must be a table, not {_written(value)}", where)
            return self.mapping(value, where) if kind is Mapping else self.build(hint, value, where)
        if kind is tuple:
            members = value if isinstance(value, list) else [value]
            return tuple(
                self.value(get_args(hint)[0], member, (*where, str(index)), rules)
                for index, member in enumerate(members)
            )
        if kind is Literal:
            return self.choice(get_args(hint), value, where)
        return self.scalar(kind, value, where, rules)

    def choice(self, choices: tuple[str, ...], value: Any, where: tuple[str, ...]) -> Any:
        """Check that `value` is one of `choices`."""
        if value not in choices:
            close = closest(value, choices) if isinstance(value, str) else ""
            hint = f"did you mean '{close}'?" if close else ""
            self.wrong(f"{_written(value)} is not one of: {', '.join(choices)}", where, hint)
        return value

    def mapping(self, table: Mapping[str, Any], where: tuple[str, ...]) -> dict[str, str]:
        """Check a table with arbitrary keys whose values are text or numbers."""
        for key, member in table.items():
            number = isinstance(member, int | float) and not isinstance(member, bool) and abs(member) < _MOST
            if not (number or (isinstance(member, str) and "\0" not in member)):
                self.wrong(f"must be text, not {_written(member)}", (*where, key))
        return {key: str(member) for key, member in table.items()}

    def scalar(self, kind: type, value: Any, where: tuple[str, ...], rules: Mapping[str, Any]) -> Any:
        """Check text, a number or a Boolean."""
        if type(value) not in ((int, float) if kind is float else (kind,)):
            self.wrong(f"must be {_NAMES[kind]}, not {_written(value)}", where)
        if "least" in rules and not rules["least"] <= value <= rules["most"]:
            bound = f"at least {rules['least']}" if value < rules["least"] else f"at most {rules['most']}"
            self.wrong(f"must be {bound}, not {_written(value)}", where)
        if kind is str and "\0" in value:
            self.wrong("holds a zero byte", where)
        if "check" in rules and (problem := rules["check"](value)):
            self.wrong(problem, where)
        return float(value) if kind is float else value

    def fail(self, message: str, where: tuple[str, ...], hint: str = "") -> NoReturn:
        """Raise ConfigError at the line of the key `where`."""
        raise ConfigError(message, place=f"{self.path}:{_line_of(self.text, where)}", hint=hint)

    def wrong(self, problem: str, where: tuple[str, ...], hint: str = "") -> NoReturn:
        """Raise ConfigError for the value of the key `where`, naming it."""
        name = ".".join(part for part in where if not part.isdigit())
        self.fail(f"{name}: {problem}", where, hint)


_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


_PART = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_PATH = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_STATEMENT = re.compile(rf"[ \t]*(?:(\[\[?)[ \t]*({_PATH})[ \t]*\]|({_PATH})[ \t]*=)")
_PIECE = re.compile(  # a value or a comment, in which brackets and line breaks may be literal
    r'''"""(?:\\.|[^\\])*?"""(?!")|"(?:\\.|[^"\\\n])*"|'''
    r"""'''.*?'''(?!')|'[^'\n]*'|\#[^\n]*|[\[\]{}\n]""",
    re.DOTALL,
)


def _line_of(text: str, where: tuple[str, ...]) -> int:
    """Find the line, from 1, on which the key `where` is; the nearest table's header, else 1."""
    best = (0, 1)
    for number, name in _names(text):
        if where[: len(name)] == name and len(name) > best[0]:
            best = (len(name), number)
    return best[1]


def _names(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield each line of a TOML file that names a table or a key: (line, path of names).

    The members of [[x]] are x, 0 and x, 1. Lines inside of a multi-line value are not names.
    """
    table: tuple[str, ...] = ()
    members: dict[tuple[str, ...], int] = {}
    at, line = 0, 1
    while at < len(text):
        if found := _STATEMENT.match(text, at):
            table, name = _named(found, table, members)
            yield line, name
        following = _end_of_line(text, found.end() if found else at)
        line += text.count("\n", at, following)
        at = following


def _named(
    found: re.Match[str], table: tuple[str, ...], members: dict[tuple[str, ...], int]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the table that a statement is in, and the path of the name in it; `members` counts those of each [[x]]."""
    if found[3]:
        return table, (*table, *_dotted(found[3]))
    table = _dotted(found[2])
    if found[1] == "[[":
        members[table] = members.get(table, -1) + 1
        table = (*table, str(members[table]))
    return table, table


def _end_of_line(text: str, at: int) -> int:
    """Return the end of the line on which the statement or value at `at` ends, possibly several lines below."""
    depth = 0
    for piece in _PIECE.finditer(text, at):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(piece[0], 0)
        if piece[0] == "\n" and depth <= 0:
            return piece.end()
    return len(text)


def _dotted(name: str) -> tuple[str, ...]:
    """Split a dotted key into its names, which may be quoted."""
    import tomli

    names: list[str] = []
    table = tomli.loads(f"{name} = 0")
    while table:
        names += table
        table = table[names[-1]]
    return tuple(names)


def _suggestion(word: object, known: Iterable[str]) -> str:
    close = closest(str(word), known)
    return f"did you mean '{close}'?" if close else f"known here: {', '.join(sorted(known))}"


def _plain(message: str) -> str:
    """Return a table's name as in its file, where tomli has a tuple."""
    return re.sub(
        r"\('([^()]*+)\)", lambda match: f"[{match[1].rstrip(',').rstrip(chr(39))}]".replace("', '", "."), message
    )


def _written(value: object) -> str:
    """Return a value for a message: on one line, and shortened."""
    try:
        text = str(value).lower() if isinstance(value, bool) else repr(value)
    except ValueError:  # Python does not convert integers of more than 4,300 digits
        return "a number with thousands of digits"
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


_MOST_SHOWN = 120  # characters
_MOST = 10**400  # of a number that is used as text, such as a label or a merge field


def shown_path(path: Path) -> str:
    """Return a path as a person would type it: relative if it is below the working directory."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
