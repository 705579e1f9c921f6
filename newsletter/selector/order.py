"""Sort articles into reading order: a total order, independent of the order of files."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from newsletter.selector.article import Candidate
from newsletter.settings import Order

__all__ = ["sort_key"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sort_key(order: Order) -> Callable[[Candidate], Any]:
    """Return the key that sorts candidates by `order`; ties are broken by time, newest first, then by key and path.

    As with Hugo, a lower weight comes first and articles without one come last.
    """
    match order:
        case "newest":
            return _newest
        case "oldest":
            return _oldest
        case "weight":
            return lambda one: (one.article.weight == 0, one.article.weight, _newest(one))
        case "featured":
            return lambda one: (not one.article.featured, _newest(one))


def _newest(candidate: Candidate) -> tuple[Any, ...]:
    return _EPOCH - candidate.article.published, *_name(candidate)


def _oldest(candidate: Candidate) -> tuple[Any, ...]:
    return candidate.article.published - _EPOCH, *_name(candidate)


def _name(candidate: Candidate) -> tuple[Any, ...]:
    return candidate.article.key, candidate.article.path, candidate.archive
