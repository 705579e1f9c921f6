"""Select the articles of a period, given the earlier issues."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from newsletter.app.events import Events
from newsletter.app.history import History, load_history
from newsletter.app.options import FilterOptions, PeriodOptions
from newsletter.config import Config
from newsletter.files import real_path
from newsletter.models import Article, Filters, Period, Selection, SkipReason
from newsletter.settings import weekday_number
from newsletter.toml_binding import shown_path
from newsletter.wording import counted

__all__ = ["Request", "empty_hint", "find_articles", "make_request", "select_articles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The articles of `period`, as `narrowed` by filters, at the time `now`; `history` is that of earlier issues."""

    config: Config
    now: datetime
    period: Period
    narrowed: FilterOptions
    history: History


def make_request(
    config: Config,
    now: datetime,
    asked: PeriodOptions,
    narrowed: FilterOptions,
    events: Events,
    adapt: Callable[[History], History] = lambda history: history,
) -> Request:
    """Read the history of the newsletter and work out the period; `adapt` changes how the history counts."""
    history = load_history(config)
    for error in history.damaged:
        events.warn(f"warning: {error}; its contents are unknown")
    if history.lost:
        events.warn(f"warning: the folder of {history.lost} is gone: articles sent in it may be selected again")
    history = adapt(history)
    period = asked.period(config, now, history.last_end())
    return Request(config=config, now=now, period=period, narrowed=narrowed, history=history)


def select_articles(
    request: Request, events: Events, period: Period | None = None, filters: Filters | None = None
) -> Selection:
    """Select the requested articles; `period` and `filters` replace those of the request."""
    from newsletter.selector.selection import select

    config = request.config
    period = period or request.period
    with events.progress("files read") as progress:
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
    for ending, count in selection.unread.items():
        events.note(f"{counted(count, 'file')} in the archive {'ends' if count == 1 else 'end'} in .{ending}: not read")
    for option in ("include", "exclude"):
        for name in sorted(set(getattr(request.narrowed, option)) - selection.names):
            events.note(f"--{option} {name}: no article of {period.label} has this key or path")
    return selection


def find_articles(
    request: Request, keys: Collection[str], events: Events, paths: Mapping[str, str] | None = None
) -> dict[str, Article]:
    """Find articles by their keys in any period; of several with the same key, the one at its path in `paths`."""
    from newsletter.selector.selection import find

    if not keys:
        return {}
    with events.progress("files read") as progress:
        return find(request.config.archives, keys, config=request.config, paths=paths, progress=progress)


def empty_hint(request: Request, selection: Selection) -> str:
    """Return a hint if no article was selected; "" if the reasons are those of single articles."""
    from newsletter.selector.archive import ENDINGS

    if not selection.counts.scanned:
        folders = ", ".join(shown_path(real_path(folder)) for folder in request.config.archives)
        return f"no file in {folders} ends in {', '.join(ENDINGS)}; [newsletter] archive names the folder"
    if not selection.counts.in_period:
        return "no article is dated in this period; use --week DATE, --month or --since for another one"
    reasons = {skipped.reason for skipped in selection.skipped}
    # An article that is left out for its source has an included category.
    for asked, reason, names, what in (
        (request.narrowed.source, SkipReason.SOURCE, selection.sources, "sources"),
        (request.narrowed.category, SkipReason.CATEGORY, selection.categories, "categories"),
    ):
        there = {name.casefold() for name in asked} & {name.casefold() for name in names}
        if asked and reason in reasons and names and not there:
            return f"the {what} of this period are {', '.join(names)}"
    return ""
