"""``newsletter select``: show what would be in the issue, and why the rest would not."""

from collections import Counter
from typing import Any

import click

from newsletter.app.options import FilterOptions, PeriodOptions
from newsletter.app.select import empty_hint, make_request, select_articles
from newsletter.cli.options import filter_options, json_option, period_options
from newsletter.cli.output import table
from newsletter.cli.session import Session
from newsletter.documents import selection_document
from newsletter.errors import ExitStatus
from newsletter.models import Selection, SkipReason
from newsletter.wording import counted

__all__ = ["command"]


@click.command("select")
@period_options
@filter_options
@click.option("--explain", is_flag=True, help="List every article that was left out, and why.")
@json_option
@click.pass_obj
def command(session: Session, asked: PeriodOptions, narrowed: FilterOptions, explain: bool, as_json: bool) -> int:
    """Show what would be in the issue for a period; writes nothing.

    \b
    newsletter select --week             last week's
    newsletter select --week --explain   why others are out
    newsletter select --last 7d --category energy
    """
    config = session.load_config()
    request = make_request(config, session.now(config), asked, narrowed, session)
    selection = select_articles(request, session)
    if as_json:
        session.document(_explained(selection) if explain else selection_document(selection))
    elif explain:
        table(("reason", "article", "detail"), _left_out(selection))
        for article in selection.articles:
            if article.date_from in ("path", "file name"):
                session.note(f"{article.path}: included, dated by its {article.date_from}")
    else:
        session.report_invalid(selection.invalid, request.history.reported())
        table(("published", "category", "source", "title"), _picked(selection))
    session.report_late(selection.late)
    session.note(*_summary(selection))
    explained = "" if explain else "--explain shows why each article was left out"
    if not selection.articles and not as_json and (hint := empty_hint(request, selection) or explained):
        session.note(f"hint: {hint}")
    return ExitStatus.DONE if selection.articles else ExitStatus.NOTHING


def _explained(selection: Selection) -> dict[str, Any]:
    """Return a selection's document, with the source of each article's date."""
    document = selection_document(selection)
    for described, article in zip(document["articles"], selection.articles, strict=True):
        described["date_from"] = article.date_from
    return document


def _picked(selection: Selection) -> list[tuple[str, ...]]:
    return [
        (
            article.published.strftime("%Y-%m-%d %H:%M"),
            article.category,
            article.source,
            article.title + (" (late)" if article.late else ""),
        )
        for article in selection.articles
    ]


def _left_out(selection: Selection) -> list[tuple[str, ...]]:
    skipped: list[tuple[str, ...]] = [
        (skipped.reason.value, skipped.path, skipped.detail) for skipped in selection.skipped
    ]
    invalid = [
        (
            "unreadable" if item in selection.unreadable else "undated",
            f"{item.path}:{item.line}" if item.line else item.path,
            item.message,
        )
        for item in selection.invalid
    ]
    return skipped + invalid


def _summary(selection: Selection) -> tuple[str, str]:
    """Return the numbers of articles on lines below the period, so that each line fits on a terminal."""
    counts, period = selection.counts, selection.period
    reasons = Counter(skipped.reason.value for skipped in selection.skipped)
    reasons[SkipReason.UNREADABLE.value] += len(selection.unreadable)
    out = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common() if count)
    parts = [f"{counts.articles:,} of {counted(counts.in_period, 'article')}", f"out: {out}" if out else ""]
    parts += [f"{counts.undated:,} undated" if counts.undated else "", f"{counted(counts.scanned, 'file')} scanned"]
    text = f"{period.label} ({period.start:%Y-%m-%d %H:%M} to {period.end:%Y-%m-%d %H:%M}, {period.timezone}):"
    return text, "; ".join(filter(None, parts))
