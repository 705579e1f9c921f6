"""``newsletter select``: show what would be in the issue, and why the rest would not."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence

import click

from newsletter.cli.options import FilterOptions, PeriodOptions, filter_options, json_option, period_options
from newsletter.cli.selecting import Request, make_request, select_articles
from newsletter.cli.session import Session, shown_path
from newsletter.documents import selection_document
from newsletter.errors import ExitStatus
from newsletter.models import Selection

__all__ = ["command"]


@click.command("select")
@period_options
@filter_options
@click.option("--explain", is_flag=True, help="Every article of the period that is out, with its reason.")
@json_option
@click.pass_obj
def command(session: Session, asked: PeriodOptions, narrowed: FilterOptions, explain: bool, as_json: bool) -> int:
    """Show what would be in the issue of a period; nothing is written."""
    request = make_request(session, asked, narrowed)
    selection = select_articles(request)
    if as_json:
        session.document(selection_document(selection))
    elif explain:
        _print_table(("reason", "article", "detail"), _left_out(selection))
        for article in selection.articles:
            if article.date_from in ("path", "file name"):
                session.note(f"{article.path}: is in, dated by its {article.date_from}")
    else:
        session.report_invalid(selection.invalid, request.history.reported())
        _print_table(("published", "category", "source", "title"), _picked(selection))
    session.report_late(selection.late)
    session.note(_summary(selection))
    if not selection.articles and not as_json and (hint := _why_nothing(selection, request, explain)):
        session.note(f"hint: {hint}")
    return ExitStatus.DONE if selection.articles else ExitStatus.NOTHING


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


def _print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows: as a table on a terminal, otherwise one line a row with tabs between the columns."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*head, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)


def _why_nothing(selection: Selection, request: Request, explain: bool) -> str:
    """Say what to look at where no article was picked; "" where the explanation has said it."""
    from newsletter.selector.archive import ENDINGS

    if not selection.counts.scanned:
        folders = ", ".join(map(shown_path, request.config.archives))
        return f"no file in {folders} ends in {', '.join(ENDINGS)}; [newsletter] archive names the folder"
    if not selection.counts.in_period:
        return "no article is dated in this period; --week DATE, --month and --since ask for another one"
    for asked, names, what in (
        (request.narrowed.category, selection.categories, "categories"),
        (request.narrowed.source, selection.sources, "sources"),
    ):
        if asked and names:
            return f"the {what} of this period are {', '.join(names)}"
    return "" if explain else "--explain says why each article of the period is out"


def _summary(selection: Selection) -> str:
    counts = selection.counts
    period = selection.period
    reasons = Counter(skipped.reason.value for skipped in selection.skipped)
    text = f"{period.label} ({period.start:%Y-%m-%d %H:%M} to {period.end:%Y-%m-%d %H:%M}, {period.timezone}): "
    text += f"{counts.articles:,} of {counts.in_period:,} articles, {counts.scanned:,} files scanned"
    if reasons:
        text += "; out: " + ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common())
    if counts.invalid:
        text += f"; {counts.invalid:,} unreadable"
    return text
