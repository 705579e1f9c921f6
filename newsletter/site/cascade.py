"""What section pages and the site's configuration say of the pages below them: Hugo's ``cascade``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from newsletter.site.globs import matches
from newsletter.site.reading import deep_lower, table_at, texts_at

__all__ = ["Cascade", "PageFacts", "parse_cascade"]

_TARGETS = ("target", "_target")
_MOST_PATTERNS = 10  # of one key of a target; each page is compared with all


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What a target may ask for: the page's path, ``/posts/a-page``, and the key of its language."""

    path: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """Values for the pages that `target` means; `place` is the file that says them."""

    values: Mapping[str, Any]
    target: Mapping[str, Any]
    place: str

    def means(self, page: PageFacts) -> bool:
        """Return whether the values are for a page."""
        wanted = {
            "path": page.path,
            "kind": "page",
            "environment": "production",
            "lang": page.language,
        }
        languages = texts_at(table_at(self.target, "sites", "matrix"), "languages")[:_MOST_PATTERNS]
        asked = [(wanted[key], texts_at(self.target, key)[:_MOST_PATTERNS]) for key in wanted if key in self.target]
        asked += [(page.language, languages)] if languages else []
        return all(any(matches(pattern, value) for pattern in patterns) for value, patterns in asked)


def parse_cascade(value: Any, place: str) -> Iterator[Cascade]:
    """Yield what a ``cascade`` says, which is a table or a list of them."""
    for table in value if isinstance(value, list) else [value]:
        if isinstance(table, dict):
            low = deep_lower(table)
            target: dict[str, Any] = next((low[key] for key in _TARGETS if isinstance(low.get(key), dict)), {})
            values = {key: one for key, one in low.items() if key not in _TARGETS}
            yield Cascade(values=values, target=target, place=place)
