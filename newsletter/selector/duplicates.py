"""Find articles that repeat an earlier one: the same key, the same source or the same text.

A headline alone proves nothing: four companies announce one event under one title.
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
    """An article that an issue had: the issue, its period's end, and where the article was from.

    `path` is "" and `source` None where the issue does not say: it is an older one's.
    """

    issue: str
    end: datetime
    path: str = ""
    source: str | None = None


Marks = Mapping[tuple[str, str], Had]
"""An attribute of an article (source_link, text) and its value, to the last article with it that an issue had."""


class Repeat(NamedTuple):
    """What an article repeats, in words; `elsewhere` where that is another source's."""

    what: str
    elsewhere: bool = False


def repetitions(candidates: Iterable[Candidate]) -> dict[Candidate, Repeat]:
    """Map each candidate that repeats an earlier one to what it repeats; the earliest is not in the map.

    What repeats an article that is out already repeats the one which that one repeats. It is another source's doing
    where either of the two is of another: else a third article could join two of one source, and nobody would see it.
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
    """Return what an article repeats of an issue whose period ended after its date; None where nothing."""
    for what in ("source_link", "text"):
        one = had.get((what, getattr(article, what)))
        if one and one.end > article.published:
            return _repeat_of_issue(article, one, "repeats an article of issue", f": the same {what}")
    return None


def submitted_issue(article: Article, submitted: Mapping[str, Had]) -> Repeat | None:
    """Return the issue that had an article, also where it was moved and so has another key since; None where none.

    `submitted` has keys and marks. Where one of the two shows the source's own article, no other source is to blame.
    """
    if not submitted:
        return None  # marks take their time
    found = [submitted[name] for name in (article.key, article.fingerprint) if name in submitted]
    return min((_repeat_of_issue(article, one, "in issue") for one in found), key=_by_blame, default=None)


def _repeat_of_issue(article: Article, one: Had, before: str, behind: str = "") -> Repeat:
    """Word what an issue had; a file whose source was changed since is still the same one."""
    if one.path == article.path or not _is_other(article, one.source):
        return Repeat(f"{before} {one.issue}{behind}")
    return _repeat(article, one.source, f"{before} {one.issue} ({one.path}){behind}")


def _repeat(article: Article, source: str | None, what: str) -> Repeat:
    """Add to `what` an article repeats whose that is, where it is another source's."""
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
