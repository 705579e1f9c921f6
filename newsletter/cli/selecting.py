"""From the options of a command to a selection."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from newsletter.cli.history import History, load_history
from newsletter.cli.options import FilterOptions, PeriodOptions
from newsletter.cli.session import Session, shown_path
from newsletter.config import Config
from newsletter.files import real_path
from newsletter.models import Article, Filters, Period, Selection, SkipReason
from newsletter.settings import weekday_number

__all__ = ["Request", "find_articles", "make_request", "select_articles", "why_nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a command was asked for: the articles of `period`, as `narrowed` by filters, at the time `now`.

    `history` is what earlier issues have to do with it.
    """

    session: Session
    config: Config
    now: datetime
    period: Period
    narrowed: FilterOptions
    history: History


def make_request(session: Session, asked: PeriodOptions, narrowed: FilterOptions) -> Request:
    """Read the configuration and work out the period."""
    config = session.load_config()
    now = session.now(config)
    history = load_history(config)
    for error in history.damaged:
        session.warn(f"warning: {error}; what it held counts as unknown")
    if history.lost:
        session.warn(f"warning: the folder of {history.lost} is gone: what readers got in it may come again")
    period = asked.period(config, now, history.last_end())
    return Request(session=session, config=config, now=now, period=period, narrowed=narrowed, history=history)


def select_articles(request: Request, period: Period | None = None, filters: Filters | None = None) -> Selection:
    """Select the articles asked for; `period` and `filters` replace those of the request."""
    from newsletter.selector.selection import select

    config = request.config
    period = period or request.period
    with request.session.progress("files read") as progress:
        selection = select(
            config.archives,
            period,
            filters=filters or request.narrowed.filters(config),
            config=config,
            now=request.now,
            submitted=request.history.submitted_articles(),
            earlier=request.history.earlier(
                period, request.narrowed.options(), weekday_number(config.select.week_starts_on)
            ),
            progress=progress,
        )
    for option in ("include", "exclude"):
        for name in sorted(set(getattr(request.narrowed, option)) - selection.names):
            request.session.note(f"--{option} {name}: no article of {period.label} has this key or path")
    return selection


def find_articles(request: Request, keys: Collection[str]) -> dict[str, Article]:
    """Find articles by their keys, whatever their period."""
    from newsletter.selector.selection import find

    if not keys:
        return {}
    with request.session.progress("files read") as progress:
        return find(request.config.archives, keys, config=request.config, progress=progress)


def why_nothing(request: Request, selection: Selection) -> str:
    """Say what to look at where no article was picked; "" where it takes the reasons of single articles."""
    from newsletter.selector.archive import ENDINGS

    if not selection.counts.scanned:
        folders = ", ".join(shown_path(real_path(folder)) for folder in request.config.archives)
        return f"no file in {folders} ends in {', '.join(ENDINGS)}; [newsletter] archive names the folder"
    if not selection.counts.in_period:
        return "no article is dated in this period; --week DATE, --month and --since ask for another one"
    reasons = {skipped.reason for skipped in selection.skipped}
    # What is out for its source has a category that was asked for.
    for asked, reason, names, what in (
        (request.narrowed.source, SkipReason.SOURCE, selection.sources, "sources"),
        (request.narrowed.category, SkipReason.CATEGORY, selection.categories, "categories"),
    ):
        there = {name.casefold() for name in asked} & {name.casefold() for name in names}
        if asked and reason in reasons and names and not there:
            return f"the {what} of this period are {', '.join(names)}"
    return ""
