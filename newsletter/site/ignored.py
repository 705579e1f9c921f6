"""Files that a site's configuration ignores, by expressions that the site writes: `ignoreFiles`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

__all__ = ["Ignored"]

_MOST = 50  # expressions
_LONGEST = 300  # characters of one
_SECONDS = 0.1  # for one path: an expression can be written so that it takes for ever


class Ignored:
    """Expressions of a site; a file whose path in the site one of them matches, or may match, is ignored."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Compile what is an expression here too; others are left out."""
        self._patterns = [(one, found) for one in patterns[:_MOST] if (found := _compiled(one))]

    def pattern_for(self, path: str) -> str:
        """Return the first expression that matches a path, "" where none does."""
        for text, pattern in self._patterns:
            try:
                if pattern.search(path, timeout=_SECONDS):
                    return text
            except TimeoutError:
                return f"{text} (it takes too long to tell)"
        return ""


def _compiled(text: str) -> "regex.Pattern[str] | None":
    import regex  # a slow import that few sites need

    try:
        return regex.compile(text) if len(text) <= _LONGEST else None
    except regex.error:
        return None
