"""Find articles that repeat an earlier one: the same key, the same source_link or the same text.

An equal title is not enough: four companies may announce one event under the same title.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from newsletter.models import Article
from newsletter.selector.article import Candidate
from newsletter.selector.cleaning import fold

__all__ = ["Had", "Marks", "Repeat", "repeated_issue", "repetitions", "submitted_issue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Had:
    """An article of an earlier issue: the issue, its period's end, and the article's file and source.

    `path` is "" and `source` None if the issue does not record them, as in older versions.
    """

    issue: str
    end: datetime
    path: str = ""
    source: str | None = None


Marks = Mapping[tuple[str, str], Had]
"""Maps an attribute of an article (source_link, text) and its value to the last article of an issue with it."""


class Repeat(NamedTuple):
    """A description of what an article repeats; `elsewhere` if that is another source's."""

    what: str
    elsewhere: bool = False


def repetitions(candidates: Iterable[Candidate]) -> dict[Candidate, Repeat]:
    """Map each candidate that repeats an earlier one to what it repeats; the earliest is not in the map.

    An article that repeats a duplicate counts as repeating its original. It is `elsewhere`
    if either of the two has another source: otherwise a third article could hide that.
    """
    first: dict[tuple[str, str], tuple[Article, Article]] = {}
    repeated = {}
    for candidate in sorted(candidates, key=_by_age):
        article = candidate.article
        marks = list(_marks(article))
        same = next((mark for mark in marks if mark in first), None)
        bearer, original = first[same] if same else (article, article)
        if same:
            own = not _is_other(article, original.source)
            other = bearer if own and _is_other(article, bearer.source) else original
            repeated[candidate] = _repeat(article, other.source, f"repeats {other.path}: {same[0]}")
        for mark in marks:
            first.setdefault(mark, (article, original))
    return repeated


def repeated_issue(article: Article, had: Marks) -> Repeat | None:
    """Return what an article repeats of an issue whose period ended after its date; None if nothing."""
    for what in ("source_link", "text"):
        one = had.get((what, getattr(article, what)))
        if one and one.end > article.published:
            return _repeat_of_issue(article, one, "repeats an article of issue", f": the same {what}")
    return None


def submitted_issue(article: Article, submitted: Mapping[str, Had]) -> Repeat | None:
    """Return the issue that had an article, even if it was moved and has another key since; None if there is none.

    `submitted` has keys and fingerprints. If one of the two is the source's own article, it is not `elsewhere`.
    """
    if not submitted:
        return None  # fingerprints are slow
    found = [submitted[name] for name in (article.key, article.fingerprint) if name in submitted]
    return min((_repeat_of_issue(article, one, "in issue") for one in found), key=_by_blame, default=None)


def _repeat_of_issue(article: Article, one: Had, before: str, behind: str = "") -> Repeat:
    """Describe an article of an issue; a file whose source was changed since is still the same one."""
    if one.path == article.path or not _is_other(article, one.source):
        return Repeat(f"{before} {one.issue}{behind}")
    return _repeat(article, one.source, f"{before} {one.issue} ({one.path}){behind}")


def _repeat(article: Article, source: str | None, what: str) -> Repeat:
    """Return the repeat `what`, with the other source if it differs."""
    if not _is_other(article, source):
        return Repeat(what)
    return Repeat(f"{what}; the source there is {source or 'none'}, here {article.source or 'none'}", elsewhere=True)


def _is_other(article: Article, source: str | None) -> bool:
    return source is not None and fold(source) != fold(article.source)


def _by_blame(repeat: Repeat) -> bool:
    return repeat.elsewhere


def _marks(article: Article) -> Iterator[tuple[str, str]]:
    yield "the same key", article.key
    if article.source_link:
        yield "the same source_link", article.source_link
    if article.body:
        yield "the same text", article.body


def _by_age(candidate: Candidate) -> tuple[object, ...]:
    article = candidate.article
    return article.published, article.key, article.path, candidate.archive
