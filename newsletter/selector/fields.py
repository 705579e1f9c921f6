"""The keys of one article, read as values of the expected type; other types are errors."""

import re
import reprlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.errors import ArticleError
from newsletter.selector.cleaning import address, clean, is_empty, safe_link, to_text, unmarked
from newsletter.selector.dates import parse_date
from newsletter.selector.front_matter import FrontMatter, lower_keys

__all__ = ["DATE_HINT", "Fields"]

DATE_HINT = 'write it like "2025-05-15T08:00:00Z"'
_LONGEST = 10_000  # characters of a text; the longest of 1,900 real articles has 300
_LONGEST_ADDRESS = 4096  # the longest real one has 251
_MOST = 1000  # values in a list
_TABLES = ("taxonomies", "extra", "params")
_WORDS = {"true": True, "false": False}


class Fields:
    """The keys of one article in lower case, empty ones left out."""

    def __init__(self, front: FrontMatter) -> None:
        """Join the tables that themes use with the top level, which has precedence; ArticleError for a duplicate."""
        self.front = front
        self.values: dict[str, Any] = {}
        tables = (lower_keys(table.items()) for name in _TABLES if isinstance(table := front.fields.get(name), dict))
        for table in (*tables, front.fields):
            self.values.update({key: value for key, value in table.items() if not is_empty(value)})

    def text(self, *keys: str) -> str:
        """Return the first existing one of `keys` as plain text on one line, "" without one."""
        for key in keys:
            if key in self.values:
                return clean(self._bounded(key, self.values[key]))
        return ""

    def prose(self, key: str) -> str:
        """Return a text in Markdown as plain text on one line, "" without one."""
        return clean(unmarked(to_text(self._bounded(key, self.values.get(key)))))

    def texts(self, *keys: str) -> list[str]:
        """Return the values of all `keys`, each a string or a list of strings, as plain texts."""
        texts = []
        for key in keys:
            value = self.values.get(key, [])
            ones = value if isinstance(value, list) else [value]
            if len(ones) > _MOST:
                raise self._wrong_length(key, f"has {len(ones):,} values, over {_MOST:,}")
            texts += [clean(self._bounded(key, one)) for one in ones]
        return texts

    def address(self, *keys: str) -> str:
        """Return the address in the first of `keys` that has one, directly or in a list or table, "" without one."""
        found = ((key, _first(self.values.get(key))) for key in keys)
        return next(filter(None, (address(self._bounded(key, value, _LONGEST_ADDRESS)) for key, value in found)), "")

    def link(self, key: str) -> str:
        """Return an absolute http or https address, "" for anything else."""
        return safe_link(self._bounded(key, self.values.get(key), _LONGEST_ADDRESS))

    def says(self, key: str) -> bool | None:
        """Read true or false, also as text; None if `key` is missing or has any other value."""
        return _WORDS.get(to_text(self.values.get(key)).strip().lower())

    def truth(self, key: str) -> bool:
        """Read true or false, false if it is missing; ArticleError for anything else."""
        said = self.says(key)
        if said is None and key in self.values:
            raise self.wrong(key, "is neither true nor false", f"write {self.front.written(key, 'false')}")
        return bool(said)

    def number(self, key: str) -> int:
        """Read a whole number, 0 if it is missing; ArticleError for anything else."""
        text = to_text(self.values.get(key, 0)).strip()
        if not re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
            raise self.wrong(key, "is not a whole number", f"write {self.front.written(key, '10')}")
        return int(text)

    def time(self, keys: Iterable[str], zone: ZoneInfo) -> tuple[datetime, str] | None:
        """Return the first existing one of `keys` as an instant, and the key; ArticleError if it is not a date.

        A `published` that is true or false is Jekyll's way to mark a draft.
        """
        for key in keys:
            if key in self.values and not (key == "published" and self.says(key) is not None):
                if found := parse_date(self.values[key], zone):
                    return found, key
                raise self.wrong(key, "is not a date", DATE_HINT)
        return None

    def _bounded(self, key: str, value: Any, longest: int = _LONGEST) -> Any:
        """Return `value`; ArticleError for a text longer than `longest`, because cleaning and wrapping take time."""
        if isinstance(value, str) and len(value) > longest:
            raise self._wrong_length(key, f"has {len(value):,} characters, over {longest:,}")
        return value

    def _wrong_length(self, key: str, problem: str) -> ArticleError:
        return self.front.wrong(key, f"{key} {problem}", "shorten it; long texts go below the front matter")

    def wrong(self, key: str, problem: str, hint: str) -> ArticleError:
        """Return the error that names `key`, its value and its line."""
        value = self.values[key]
        text = reprlib.repr(value) if isinstance(value, list | dict) else str(value)  # it truncates deep nesting
        return self.front.wrong(key, f"{key} {problem}: {text[:60]!r}", hint)


def _first(value: Any) -> Any:
    """Return the address in a theme's notation: ``images = ["a"]``, ``cover = {image = "a"}``."""
    if isinstance(value, list):
        value = next(iter(value), None)
    if isinstance(value, dict):
        value = next((value[name] for name in ("image", "url", "src") if name in value), None)
    return value
