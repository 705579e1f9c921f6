"""Sort articles into reading order: a total order, independent of the order of files."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from newsletter.selector.article import Candidate
from newsletter.selector.cleaning import fold
from newsletter.settings import Balance, Order

__all__ = ["in_turns", "sort_key"]

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


def in_turns(ordered: Sequence[Candidate], balance: Balance, order: Order) -> list[Candidate]:
    """Return candidates so that days, categories or sources take turns: the first of each, then the second of each.

    Featured articles, or those of a lower weight, stay before the others where the order puts them there.
    """
    if balance == "none":
        return list(ordered)
    taken: Counter[Any] = Counter()
    turns = []
    for place, one in enumerate(ordered):
        group = _rank(one, order), _group(one, balance)
        turns.append((group[0], taken[group], place))
        taken[group] += 1
    return [ordered[place] for _, _, place in sorted(turns)]


def _rank(one: Candidate, order: Order) -> tuple[Any, ...]:
    """Return what goes before any turn."""
    match order:
        case "weight":
            return one.article.weight == 0, one.article.weight
        case "featured":
            return (not one.article.featured,)
        case _:
            return ()


def _group(one: Candidate, balance: Balance) -> Any:
    match balance:
        case "day":
            return one.article.day or one.article.published.date()
        case "category":
            return one.article.category
        case _:
            return fold(one.article.source)


def _newest(candidate: Candidate) -> tuple[Any, ...]:
    return _EPOCH - candidate.article.published, *_name(candidate)


def _oldest(candidate: Candidate) -> tuple[Any, ...]:
    return candidate.article.published - _EPOCH, *_name(candidate)


def _name(candidate: Candidate) -> tuple[Any, ...]:
    return candidate.article.key, candidate.article.path, candidate.archive
