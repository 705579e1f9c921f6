"""Files that a site's configuration ignores, by expressions that the site writes: `ignoreFiles`."""

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

__all__ = ["Ignored"]

_MOST = 50  # expressions
_LONGEST = 300  # characters of one
_SECONDS = 0.1  # for one path: an expression can be written so that it takes for ever
_MOST_LATE = 10  # times that an expression took so long; after that each gets little
_LITTLE = 0.002
_MOST_STATES = 200_000  # of a compiled expression: repetitions are written out, (?:a{1000}){1000} a million times
_REPEAT = re.compile(r"\{([\d, ]++)\}", re.ASCII)


class Ignored:
    """Expressions of a site; a file whose path in the site one of them matches, or may match, is ignored."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Compile what is an expression here too; others are left out."""
        self._patterns = [(one, found) for one in patterns[:_MOST] if (found := _compiled(one))]
        self._late = 0

    def pattern_for(self, path: str) -> str:
        """Return the first expression that matches a path, "" where none does."""
        for text, pattern in self._patterns:
            try:
                most = _SECONDS if self._late < _MOST_LATE else _LITTLE
                if pattern.search(path, timeout=most, concurrent=False):  # else it waits for the interpreter each time
                    return text
            except TimeoutError:
                self._late += 1
                return f"{text} (it takes too long to tell)"
        return ""


def _compiled(text: str) -> "regex.Pattern[str] | None":
    import regex  # a slow import that few sites need

    if len(text) > _LONGEST or _states(text) > _MOST_STATES:
        return None
    try:
        return regex.compile(text)
    except regex.error:
        return None


def _states(text: str) -> int:
    """Return how large an expression becomes at most, as if all its repetitions were inside each other."""
    return len(text) * math.prod(max([1, *map(int, re.findall("[0-9]+", one))]) for one in _REPEAT.findall(text))
