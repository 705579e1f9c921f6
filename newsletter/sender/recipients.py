"""Read the recipients of an issue: CSV with a header, a plain list, or JSON lines. Streaming, any size.

Nothing is guessed: an invalid address, or a missing value that the message needs, is reported with its line,
and the whole file is refused, so that nobody is left out unnoticed.
"""

import csv
import json
import os
import re
import stat
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

from msgspec import Struct

from newsletter.email_addresses import parse_address, parse_email
from newsletter.errors import RecipientsError
from newsletter.sender.membership import COLUMNS, Membership
from newsletter.sender.where import EVERYBODY, Where
from newsletter.wording import closest

__all__ = ["Form", "Recipient", "columns_of", "load_form", "load_recipients"]

_HALVES = re.compile("[\ud800-\udfff]")  # surrogates, which only JSON can contain; no text can
_SHOWN = 10
_MOST_SHOWN = 200  # characters of the names of columns
# an unclosed quote makes the following recipients a value of the one before, who would get their addresses
_SWALLOWED = "has an @ in a value of several lines, probably after an unclosed quote: close it, or use JSON lines"


class Recipient(Struct, frozen=True, gc=False):
    """One address with its merge fields; `line` is its line in the file, from 1.

    A struct instead of a dataclass, because there are millions of them: it is created in a tenth of the time.
    """

    email: str
    fields: Mapping[str, str]
    line: int = 0


class Form(NamedTuple):
    """The format of a recipients file, by its first significant line; `before` is the number of lines before that.

    `names` are the columns of a CSV file; that of the address is ``email``.
    """

    kind: Literal["csv", "json", "plain", "empty"]
    before: int
    first: str
    delimiter: str = ","
    names: tuple[str, ...] = ()


_Row = tuple[int, str, dict[str, str], str]  # line, address, fields, what is wrong with it


def _no_email(text: str) -> str:
    """Return what is wrong with `text`, which is not an address."""
    named = parse_address(text)[1]
    return "has a name beside the address: write the bare address" if named else "is not an email address"


def load_recipients(
    path: Path,
    *,
    fields: Collection[str] = (),
    needed: Collection[str] = (),
    check: Callable[[Recipient], str] | None = None,
    columns: set[str] | None = None,
    membership: Membership | None = None,
    where: Where = EVERYBODY,
) -> Iterator[Recipient]:
    """Yield the recipients in `path` in its order, with those of their `fields` that are not empty.

    While it is read, `columns` is filled with those of the `fields` that the file has, even without values.
    `check` gives what is wrong with one of them, or "". `membership` judges columns such as ``status``, which say who
    has left; without it they say nothing. Who `where` does not admit is passed over. When the file is read to its
    end, RecipientsError names the lines that were wrong; a file that cannot be read, or has no column ``email``, or
    none of those `needed` by everybody or named by `where`, raises it at once. A column is the field of its name,
    whatever its case.
    """
    problems: list[tuple[int, str]] = []
    with _opened(path) as file:
        found = set() if columns is None else columns
        wanted = frozenset(name for name in fields if name.casefold() != "email")
        wanted |= COLUMNS if membership else frozenset()
        where = where.spelled(wanted)
        wanted |= where.columns - {"email"}
        form = _form(path, file)
        form = form._replace(names=_as_fields(form.names, wanted))
        _require(path, form, needed)
        if form.kind != "json":
            _require_where(path, form, where, form.names)
        for line, text, values, wrong in _rows(path, file, form, wanted, found):
            if where.conditions and not wrong and not where.admits(parse_email(text), values):
                continue
            judged = None
            if membership and not COLUMNS.isdisjoint(values):
                judged = {name: values[name] for name in COLUMNS & values.keys()}
            if judged or where.conditions:
                values = {name: value for name, value in values.items() if name in fields}
            recipient = Recipient(parse_email(text), values, line)
            problem = wrong or ("" if recipient.email else _no_email(text)) or (check and check(recipient))
            if problem:
                problems.append((line, problem))
            else:
                if judged and membership:
                    membership.judge(recipient.email, judged)
                yield recipient
        if form.kind == "json":
            _require_where(path, form._replace(names=_keys(form.first)), where, found)
    if problems:
        raise _refusal(path, problems)


def _require_where(path: Path, form: Form, where: Where, columns: Collection[str]) -> None:
    """Raise RecipientsError for a column of `where` that is not among `columns`; those of JSON lines come late."""
    if missing := sorted(where.columns - {"email"} - {*columns}):
        hint = f"there are: {', '.join(filter(None, form.names))}" if form.names else "a plain list has addresses alone"
        message = f"there is no column {missing[0]!r}, which --where names"
        raise RecipientsError(message, place=f"{path}:{form.before + 1}", hint=hint[:_MOST_SHOWN])


def _keys(line: str) -> tuple[str, ...]:
    """Return the keys of a JSON object, none for anything else."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return ()
    return tuple(data) if isinstance(data, dict) else ()


def columns_of(path: Path, fields: Mapping[str, str]) -> set[str] | None:
    """Return which of `fields` the recipients file has; None if there is no file that can be read only for that."""
    columns: set[str] = set()
    if not path.is_file():
        return None
    with suppress(RecipientsError):
        deque(load_recipients(path, fields=fields, columns=columns), maxlen=0)
    return columns


def load_form(path: Path) -> Form:
    """Return the dialect of the file at `path`; RecipientsError if it cannot be read or has no column ``email``."""
    with _opened(path) as file:
        return _form(path, file)


def _refusal(path: Path, problems: list[tuple[int, str]]) -> RecipientsError:
    line, problem = problems[0]
    if len(problems) == 1:
        return RecipientsError(problem, place=f"{path}:{line}", hint="fix or remove that line, then run again")
    lines: dict[str, list[int]] = {}
    for number, what in problems:
        lines.setdefault(what, []).append(number)
    shown = "; ".join(f"{_some(numbers)}: {what}" for what, numbers in [*lines.items()][:_SHOWN])
    return RecipientsError(
        f"{len(problems):,} lines cannot be used: {shown}",
        place=f"{path}:{line}",
        hint="fix or remove those lines, then run again",
    )


def _some(lines: list[int]) -> str:
    more = f" and {len(lines) - _SHOWN:,} more" if len(lines) > _SHOWN else ""
    return ", ".join(map(str, lines[:_SHOWN])) + more


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """Open a recipients file, and name it in errors of reading it."""
    try:
        # A pipe with a writer is as good as a file; one without a writer is read as empty.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, encoding="utf-8-sig", newline="") as file:
            kind = os.fstat(descriptor).st_mode
            if not (stat.S_ISREG(kind) or stat.S_ISFIFO(kind)):
                raise RecipientsError("is not a file", place=str(path), hint="specify a file of recipients")
            os.set_blocking(descriptor, True)
            yield file
    except FileNotFoundError as error:
        hint = "create it, or name another file: recipients in [send], or send --recipients FILE"
        raise RecipientsError("no such file", place=str(path), hint=hint) from error
    except UnicodeDecodeError as error:
        raise RecipientsError("is not UTF-8 text", place=str(path), hint="save the file as UTF-8") from error
    except OSError as error:
        raise RecipientsError(f"cannot be read: {error.strerror}", place=str(path)) from error


@lru_cache
def _as_fields(names: tuple[str, ...], fields: frozenset[str]) -> tuple[str, ...]:
    """Rename columns to the matching `fields`, regardless of case; an exact match has precedence."""
    waiting = {field.casefold(): field for field in fields.difference(names)}
    return tuple(name if name in fields else waiting.pop(name.casefold(), name) for name in names)


def _require(path: Path, form: Form, needed: Collection[str]) -> None:
    """Raise RecipientsError once for a column that every line would lack; JSON lines may have any fields."""
    missing = sorted({*needed} - {*form.names})
    if missing and form.kind in ("csv", "plain"):
        hint = f"there are: {', '.join(filter(None, form.names))}" if form.names else "a plain list has addresses alone"
        message = f"there is no column {missing[0]!r}, which the unsubscribe address needs"
        raise RecipientsError(message, place=f"{path}:{form.before + 1}", hint=hint)


def _rows(path: Path, file: TextIO, form: Form, fields: frozenset[str], columns: set[str]) -> Iterator[_Row]:
    if form.kind == "csv":
        columns |= fields.intersection(form.names)
        return _csv_rows(path, file, form, fields)
    lines = _chain(form.before, form.first, file)
    return _json_rows(lines, fields, columns) if form.kind == "json" else _plain_rows(lines)


def _form(path: Path, file: TextIO) -> Form:
    """Read up to the first significant line, which determines the format."""
    before, first, separator = _first_line(file)
    if not first:
        return Form("empty", before, first)
    if first.lstrip().startswith("{"):
        return Form("json", before, first)
    if first.lstrip().startswith("["):
        hint = 'write one object on each line, as in {"email": "ann@example.org"}: jq -c \'.[]\' does it'
        raise RecipientsError("is a JSON array, not JSON lines", place=f"{path}:{before + 1}", hint=hint)
    delimiter = separator or max(",;\t", key=first.count)
    header = _header(path, before + 1, first, delimiter)
    if "email" in (name.casefold() for name in header):
        return Form("csv", before, first, delimiter, _columns(path, before + 1, header))
    if "@" not in first or delimiter in first:
        raise _not_understood(f"{path}:{before + 1}", header)
    return Form("plain", before, first)


def _not_understood(place: str, header: list[str]) -> RecipientsError:
    """Return what the first line of a file is instead of column names, and what to change."""
    if len(header) > 1 and all(map(parse_email, filter(None, header))):
        hint = "write one address on each line"
        return RecipientsError("has several addresses on one line", place=place, hint=hint)
    message = "there is no column 'email'"
    if any(map(parse_email, header)):
        hint = "the first line is a recipient: put the names of the columns on a line above it, as in email,first_name"
        return RecipientsError(message, place=place, hint=hint)
    names = ", ".join(repr(name) for name in header if name)[:_MOST_SHOWN]
    likely = _likely(header)
    cure = f"rename the column {likely!r} to email" if likely else "name the one with the addresses email"
    return RecipientsError(message, place=place, hint=f"there are: {names}; {cure}")


def _likely(header: list[str]) -> str:
    """Return the column that most likely has the addresses; "" where none looks like it."""
    letters = {re.sub(r"[^a-z]", "", name.lower()): name for name in reversed(header) if name}
    mails = [name for short, name in letters.items() if "mail" in short]
    exact = [name for short, name in letters.items() if short in ("emailaddress", "mailaddress", "mail")]
    return next((found[-1] for found in (exact, mails) if found), letters.get(closest("email", letters), ""))


def _header(path: Path, line: int, text: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter, skipinitialspace=True))]
    except csv.Error as error:
        raise RecipientsError(f"not valid CSV: {error}", place=f"{path}:{line}") from error


def _first_line(file: TextIO) -> tuple[int, str, str]:
    """Skip blank and comment lines, and Excel's ``sep=;``: (how many they were, the first other line, that separator).

    The line and the separator are "" where there is none.
    """
    skipped, separator = 0, ""
    for line in file:
        told = re.fullmatch(r"""["']?sep=([,;\t|])["']?""", line.strip("\r\n"), re.IGNORECASE)
        if told and not separator:
            separator = told[1]
        elif line.strip() and not line.startswith("#"):
            return skipped, line, separator
        skipped += 1
    return skipped, "", separator


def _chain(before: int, first: str, file: Iterable[str]) -> Iterator[tuple[int, str]]:
    yield before + 1, first
    yield from enumerate(file, before + 2)


def _columns(path: Path, line: int, header: list[str]) -> tuple[str, ...]:
    names = tuple("email" if name.casefold() == "email" else name for name in header)
    for name in names:
        if name and (names.count(name) > 1 or name == _doubled(names)):
            raise RecipientsError(f"duplicate column {name!r}", place=f"{path}:{line}")
    return names


@lru_cache
def _doubled(names: tuple[str, ...]) -> str:
    """Return a name of a membership column that is there twice, in different case; "" without one."""
    folded = [name.casefold() for name in names]
    return next((name for name in names if name.casefold() in COLUMNS and folded.count(name.casefold()) > 1), "")


def _csv_rows(path: Path, file: TextIO, form: Form, fields: frozenset[str]) -> Iterator[_Row]:
    width, at, row = len(form.names), form.names.index("email"), form.before + 1
    wanted = [(index, name) for index, name in enumerate(form.names) if name in fields]
    try:
        for number, cells in _csv_cells(file, form):
            before, row = row, form.before + 1 + number
            if len(cells) < width:
                cells += [""] * (width - len(cells))
            values = {name: text for index, name in wanted if (text := cells[index].strip())}
            if row - before > 1 and any("@" in cell and {"\r", "\n"} & {*cell} for cell in cells):
                yield before + 1, "", {}, _SWALLOWED
            elif len(cells) > width and any(map(str.strip, cells[width:])):
                yield row, "", {}, "has more columns than the first line names"
            elif values or any(map(str.strip, cells)):
                yield row, cells[at], values, ""
    except csv.Error as error:
        where = f"{path}:{row + 1}"
        raise RecipientsError(f"not valid CSV, in the row that begins here: {error}", place=where) from error


def _csv_cells(lines: Iterable[str], form: Form) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the number of lines read so far; a line that begins with ``#`` outside a row is a comment."""
    inside = False

    def uncommented() -> Iterator[str]:
        nonlocal inside
        for line in lines:
            comment = not inside and line.startswith("#")
            inside = True
            yield "\n" if comment else line

    reader = csv.reader(uncommented(), delimiter=form.delimiter, strict=True, skipinitialspace=True)
    for cells in reader:
        inside = False
        yield reader.line_num, cells


def _plain_rows(lines: Iterable[tuple[int, str]]) -> Iterator[_Row]:
    for number, line in lines:
        text = line.strip()
        if text and not text.startswith("#"):
            yield number, text[1:-1] if text[0] == text[-1] == '"' else text, {}, ""


def _json_rows(lines: Iterable[tuple[int, str]], fields: frozenset[str], columns: set[str]) -> Iterator[_Row]:
    fields |= {"email"}
    names: tuple[str, ...] = ()
    for number, line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict) and (name := _doubled(tuple(data))):
            yield number, "", {}, f"has {name!r} twice, but for its case"
        elif isinstance(data, dict):
            before, names = names, _as_fields(tuple(data), fields)
            if names is not before:
                columns |= fields.intersection(names)
            yield _json_row(number, names, data.values(), fields)
        else:
            yield number, "", {}, "is not a JSON object"


def _json_row(number: int, names: tuple[str, ...], cells: Iterable[object], fields: frozenset[str]) -> _Row:
    values = {}
    for name, value in zip(names, cells, strict=True):
        if name not in fields:
            continue
        if isinstance(value, (dict, list)):
            return number, "", {}, f"{name!r} is not plain text"
        text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
        if _HALVES.search(text):
            return number, "", {}, f"{name!r} is not plain text"
        if text := text.strip():
            values[name] = text
    return number, values.pop("email", ""), values, ""
