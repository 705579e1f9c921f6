"""Print everything, and clean foreign text: the only module that does.

Callers pass lines with any content: a file's name, a provider's message, user input. Each becomes exactly one
line. A line break in it becomes a space; other invisible characters (control characters, direction
marks, zero-width characters, surrogates) become escapes such as ``\\x1b`` or ``\\u202e``.
"""

import io
import os
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

import click

__all__ = [
    "ask",
    "bar",
    "clean",
    "counter",
    "document",
    "errors_on_terminal",
    "interrupt",
    "open_outputs",
    "say",
    "somebody_to_ask",
    "table",
    "warn",
]

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""The Unicode categories of control and format characters, surrogates, line and paragraph separators."""
_UNUSUAL = re.compile(r"[^\x20-\x7e]")
_WIPE = "\r\x1b[K"


def clean(text: str) -> str:
    """Return `text` as one line without invisible characters."""
    return _UNUSUAL.sub(lambda match: _visible(match[0]), text)


def _visible(char: str) -> str:
    if unicodedata.category(char) not in _UNSEEN:
        return char
    return " " if char.isspace() else char.encode("unicode_escape").decode()


def say(*lines: str) -> None:
    """Print lines on stdout."""
    for line in lines:
        click.echo(clean(line))


def warn(*lines: str) -> None:
    """Print lines on stderr."""
    for line in lines:
        click.echo(clean(line), err=True)


def document(content: Mapping[str, Any]) -> None:
    """Print a JSON document on stdout; invisible characters become JSON escapes, so that nothing is lost."""
    from newsletter.documents import dump

    click.echo(_UNUSUAL.sub(lambda match: _escaped(match[0]), dump(content)), nl=False)


def _escaped(char: str) -> str:
    if char == "\n" or unicodedata.category(char) not in _UNSEEN:
        return char  # line breaks are layout: those in texts are escaped already
    return "".join(f"\\u{unit:04x}" for unit in _utf16(char))


def _utf16(char: str) -> Iterator[int]:
    units = char.encode("utf-16-be", "surrogatepass")
    return (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows: as a table on a terminal, otherwise one line a row with tabs between the columns."""
    if not _is_terminal(sys.stdout):
        for row in rows:
            click.echo("\t".join(map(clean, row)))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = tuple(rows)
    if not rows:
        return
    shown = Table(*head, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        shown.add_row(*(Text(clean(cell)) for cell in row))
    Console(highlight=False).print(shown)


def ask(question: str) -> bool:
    """Ask on stderr, and return whether the answer is yes."""
    return click.confirm(clean(question), err=True)


def somebody_to_ask() -> bool:
    """Return whether a person can answer."""
    return _is_terminal(sys.stdin)


def errors_on_terminal() -> bool:
    """Return whether a person sees stderr."""
    return _is_terminal(sys.stderr)


def _is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal; Python has None for one that was closed from the start."""
    return stream is not None and stream.isatty()


def interrupt(line: str) -> None:
    """Print a line on stderr above a bar or a counter, which is drawn again."""
    click.echo(_WIPE + clean(line), err=True)


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback that draws a progress bar on stderr; its arguments are the amount done and the total."""
    bars: list[Any] = []

    def show(done: int, total: int) -> None:
        if not bars:
            bars.append(click.progressbar(length=total, label=clean(label), show_pos=True, file=sys.stderr))
            bars[0].__enter__()
        bars[0].update(done - bars[0].pos)

    try:
        yield show
    finally:
        for shown in bars:
            shown.__exit__(None, None, None)


@contextmanager
def counter(what: str) -> Iterator[Callable[[int], None]]:
    """Yield a callback that shows a count of `what` on stderr during a long operation and erases it at the end."""
    counting = _Counter(clean(what))
    try:
        yield counting.show
    finally:
        counting.clear()


class _Counter:
    """One line on a terminal that is overwritten, at most ten times a second and not in the first half second."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.next = time.monotonic() + 0.5
        self.shown = False

    def show(self, count: int) -> None:
        now = time.monotonic()
        if now >= self.next:
            self.next = now + 0.1
            self.shown = True
            sys.stderr.write(f"{_WIPE}{count:,} {self.what}")
            sys.stderr.flush()

    def clear(self) -> None:
        if self.shown:
            sys.stderr.write(_WIPE)
            sys.stderr.flush()


class _Output(io.FileIO):
    """An output that stores its first error instead of raising it: the command's work counts, not its output."""

    error: OSError | None = None

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.error = self.error or error
            return len(data)


def open_outputs() -> Callable[[], OSError | None]:
    """Replace Python's outputs by ones that cannot fail; the returned function gives the error of stdout, if any.

    They write UTF-8 whatever the locale, since cron has none.
    """
    outputs = {}
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)  # None: closed by the calling program: newsletter ... >&-
        number = os.open(os.devnull, os.O_WRONLY) if stream is None else stream.fileno()
        outputs[name] = _Output(number, "w", closefd=False)
        text = io.TextIOWrapper(
            io.BufferedWriter(outputs[name]), encoding="utf-8", errors="backslashreplace", line_buffering=True
        )
        setattr(sys, name, text)

    def failure() -> OSError | None:
        sys.stdout.flush()
        return outputs["stdout"].error

    return failure
