"""The models as JSON documents, as ``--json`` prints them and `build.json` keeps them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, get_args

from newsletter.models import Article, Finding, Period, PeriodKind, Selection, Severity

__all__ = [
    "SCHEMA",
    "article_document",
    "dump",
    "findings_document",
    "parse_findings",
    "parse_period",
    "period_document",
    "selection_document",
]

SCHEMA = 1


def dump(document: Mapping[str, Any]) -> str:
    """Write a document as the one JSON text that a command prints or a file holds."""
    return json.dumps({"schema": SCHEMA, **document}, indent=1, ensure_ascii=False) + "\n"


def period_document(period: Period) -> dict[str, str]:
    """Describe a period; times are ISO 8601 with offset."""
    document = asdict(period)
    return {**document, "start": period.start.isoformat(), "end": period.end.isoformat()}


def parse_period(document: Mapping[str, Any]) -> Period:
    """Read what `period_document` wrote; KeyError, TypeError or ValueError where it is something else."""
    period = Period(**{**document, **{name: datetime.fromisoformat(document[name]) for name in ("start", "end")}})
    if period.kind not in get_args(PeriodKind) or not period.start.tzinfo or not period.end.tzinfo:
        raise ValueError("not a period")
    return period


def article_document(article: Article) -> dict[str, Any]:
    """Describe an article without its body."""
    names = ("key", "path", "title", "link", "category", "categories", "source", "late")
    return {**{name: getattr(article, name) for name in names}, "published": article.published.isoformat()}


def selection_document(selection: Selection) -> dict[str, Any]:
    """Describe a selection with every article that is out and its reason."""
    return {
        "period": period_document(selection.period),
        "articles": [article_document(article) for article in selection.articles],
        "skipped": [asdict(skipped) for skipped in selection.skipped],
        "invalid": [asdict(invalid) for invalid in selection.invalid],
        "late": [article_document(article) for article in selection.late],
        "counts": asdict(selection.counts),
    }


def findings_document(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Describe findings, in their order."""
    return [asdict(finding) for finding in findings]


def parse_findings(documents: Iterable[Mapping[str, str]]) -> tuple[Finding, ...]:
    """Read what `findings_document` wrote; TypeError or ValueError where it is something else."""
    return tuple(
        Finding(severity=Severity(document["severity"]), **{n: v for n, v in document.items() if n != "severity"})
        for document in documents
    )
