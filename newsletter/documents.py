"""The models as JSON documents, for ``--json`` and `build.json`."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from newsletter.models import Article, Counts, Finding, Invalid, Period, Selection, SkipReason

__all__ = [
    "SCHEMA",
    "ArticleDocument",
    "SelectionDocument",
    "SkippedDocument",
    "decode",
    "dump",
    "findings_document",
    "selected",
    "selection_document",
]

SCHEMA = 1
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDocument:
    """An article without its body."""

    key: str
    path: str
    title: str
    link: str
    category: str
    categories: tuple[str, ...]
    source: str
    late: bool
    published: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedDocument:
    """An article that was left out; `source` is None if an earlier version did not record it."""

    key: str
    path: str
    reason: SkipReason
    detail: str = ""
    source: str | None = None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionDocument:
    """A selection without its period: every article that was left out has its reason."""

    articles: tuple[ArticleDocument, ...]
    skipped: tuple[SkippedDocument, ...]
    invalid: tuple[Invalid, ...]
    late: tuple[ArticleDocument, ...]
    counts: Counts


def dump(document: Mapping[str, Any]) -> str:
    """Return a document as JSON text, for output or for a file."""
    return json.dumps({"schema": SCHEMA, **document}, indent=1, ensure_ascii=False) + "\n"


def decode(content: bytes, kind: type[T]) -> T:
    """Read a JSON text as a dataclass; ValueError names what is wrong and where (``$.files``)."""
    import msgspec  # a slow import that few commands need

    try:
        return msgspec.json.decode(content, type=kind)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error


def _period(period: Period) -> dict[str, str]:
    document = asdict(period)
    return {**document, "start": period.start.isoformat(), "end": period.end.isoformat()}


def selected(selection: Selection) -> SelectionDocument:
    """Return the document of a selection without its period."""
    return SelectionDocument(
        articles=tuple(map(_article, selection.articles)),
        skipped=tuple(SkippedDocument(**asdict(skipped)) for skipped in selection.skipped),
        invalid=selection.invalid,
        late=tuple(map(_article, selection.late)),
        counts=selection.counts,
    )


def _article(article: Article) -> ArticleDocument:
    names = ("key", "path", "title", "link", "category", "categories", "source", "late")
    values = {name: getattr(article, name) for name in names}
    return ArticleDocument(**values, published=article.published.isoformat())


def selection_document(selection: Selection) -> dict[str, Any]:
    """Return the document of a selection, with every article that was left out and its reason."""
    return {"period": _period(selection.period), **asdict(selected(selection))}


def findings_document(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Return the documents of findings, in their order."""
    return [asdict(finding) for finding in findings]
