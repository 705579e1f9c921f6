"""Find articles that repeat an earlier one: the same key, the same source or the same text.

A headline alone proves nothing: four companies announce one event under one title.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from newsletter.models import Article
from newsletter.selector.article import Candidate

__all__ = ["Had", "repeated_issue", "repetitions"]

Had = Mapping[tuple[str, str], tuple[datetime, str]]
"""What issues had: an attribute of an article (source_link, text) and its value, to the last one's end and its name."""


def repetitions(candidates: Iterable[Candidate]) -> dict[Candidate, str]:
    """Map each candidate that repeats an earlier one to what it repeats, in words; the earliest is not in the map."""
    first: dict[tuple[str, str], Article] = {}
    repeated = {}
    for candidate in sorted(candidates, key=_by_age):
        article = candidate.article
        marks = list(_marks(article))
        original, what = next(((first[mark], mark[0]) for mark in marks if mark in first), (article, ""))
        if original is not article:
            repeated[candidate] = f"repeats {original.path}: {what}"
        for mark in marks:
            first.setdefault(mark, original)
    return repeated


def repeated_issue(article: Article, had: Had) -> str | None:
    """Say in words what an article repeats of an issue whose period ended after its date; None where nothing."""
    for what in ("source_link", "text"):
        end, issue = had.get((what, getattr(article, what)), (article.published, ""))
        if end > article.published:
            return f"repeats an article of issue {issue}: the same {what}"
    return None


def _marks(article: Article) -> Iterator[tuple[str, str]]:
    yield "the same key", article.key
    if article.source_link:
        yield "the same source_link", article.source_link
    if article.body:
        yield "the same text", article.body


def _by_age(candidate: Candidate) -> tuple[object, ...]:
    article = candidate.article
    return article.published, article.key, article.path, candidate.archive
