"""The options that several commands share: the period and the filters."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import click

from newsletter.config import Config
from newsletter.errors import UsageError
from newsletter.models import Filters, Options, Period
from newsletter.settings import category_problem, weekday_number

__all__ = ["FilterOptions", "PeriodOptions", "filter_options", "json_option", "period_options"]

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodOptions:
    """The period as it was asked for; exactly one way of naming it may be used."""

    week: str | None
    day: str | None
    month: str | None
    last: str | None
    since: str | None
    until: str | None
    since_last: bool

    def period(self, config: Config, now: datetime, last_end: datetime | None) -> Period:
        """Work out the period; `last_end` is the end of the last submitted issue's, None before the first."""
        self._check()
        from newsletter.selector import period

        zone = ZoneInfo(config.newsletter.timezone)
        if self.week is not None:
            return period.week(
                self.week, now=now, zone=zone, first_weekday=weekday_number(config.select.week_starts_on)
            )
        if self.day is not None:
            return period.day(self.day, now=now, zone=zone)
        if self.month is not None:
            return period.month(self.month, now=now, zone=zone)
        if self.last is not None:
            return period.last(self.last, now=now, zone=zone)
        if self.since is not None:
            return period.since(self.since, self.until, now=now, zone=zone)
        if last_end is None:
            raise UsageError("no issue has been submitted yet", hint="name the first period: --since DATE")
        return period.between(last_end, now, zone=zone)

    def _check(self) -> None:
        names = ("week", "day", "month", "last", "since", "since_last")
        named = [name for name in names if getattr(self, name) not in (None, False)]
        if self.until is not None and self.since is None:
            raise UsageError("--until goes with --since", hint="name the first day: --since DATE --until DATE")
        if len(named) != 1:
            given = " and ".join(f"--{name.replace('_', '-')}" for name in named)
            what = f"{given} exclude each other" if named else "no period is named"
            raise UsageError(what, hint="say one of --week, --day, --month, --last 7d, --since DATE, --since-last")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterOptions:
    """The filters of the command line; what is not given is as the configuration has it."""

    category: tuple[str, ...]
    exclude_category: tuple[str, ...]
    source: tuple[str, ...]
    limit: int | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]

    def filters(self, config: Config) -> Filters:
        """Join them with the configuration, which they replace name by name."""
        select = config.select
        return Filters(
            categories=self.category or select.categories,
            exclude_categories=self.exclude_category or select.exclude_categories,
            sources=self.source or select.sources,
            exclude_sources=select.exclude_sources,
            include=self.include,
            exclude=self.exclude,
            limit=select.limit if self.limit is None else self.limit,
            per_category=select.per_category,
            per_source=select.per_source,
        )

    def options(self) -> Options:
        """Return what was given, for comparing two runs: the order of names does not matter."""
        return Options(
            category=tuple(sorted(self.category)),
            exclude_category=tuple(sorted(self.exclude_category)),
            source=tuple(sorted(self.source)),
            limit=self.limit,
            include=tuple(sorted(self.include)),
            exclude=tuple(sorted(self.exclude)),
        )


def _bundle(name: str, kind: type[Any], options: list[Callable[..., Any]]) -> Callable[[Command], Command]:
    """Make a decorator that adds `options` to a command, which gets them as one `kind` named `name`."""

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def call(*args: Any, **values: Any) -> Any:
            bundle = kind(**{f.name: values.pop(f.name) for f in fields(kind)})
            return command(*args, **{name: bundle}, **values)

        bundled: Callable[..., Any] = call

        for option in reversed(options):
            bundled = option(bundled)
        return cast("Command", bundled)

    return decorate


def _day(name: str, metavar: str, default: str, text: str) -> Callable[..., Any]:
    """Make an option whose value may be left out."""
    return click.option(name, metavar=metavar, is_flag=False, flag_value=default, default=None, help=text)


def _check_categories(context: click.Context, option: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what names nothing, such as a variable that is not set: it would not filter at all."""
    for name in names:
        if problem := category_problem(name):
            raise click.BadParameter(f"{name!r} {problem}")
    return names


def _check_names(context: click.Context, option: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse an empty name likewise."""
    if not all(map(str.strip, names)):
        raise click.BadParameter("an empty name names nothing")
    return names


period_options = _bundle(
    "asked",
    PeriodOptions,
    [
        _day("--week", "[WEEK]", "last", "last (the latest complete one), this, 2025-W20, or a day of it."),
        _day("--day", "[DAY]", "yesterday", "yesterday, today or 2025-05-15."),
        _day("--month", "[MONTH]", "last", "last, this or 2025-05."),
        click.option("--last", metavar="SPAN", help="The time up to now: 7d, 2w or 36h."),
        click.option("--since", metavar="DATE", help="From this day on."),
        click.option("--until", metavar="DATE", help="Up to this day, included; with --since."),
        click.option("--since-last", is_flag=True, help="From the end of the last submitted issue's period to now."),
    ],
)
"""Add the options of a period; the command gets them as `asked`, a PeriodOptions."""

filter_options = _bundle(
    "narrowed",
    FilterOptions,
    [
        click.option(
            "--category",
            metavar="NAME",
            multiple=True,
            callback=_check_categories,
            help="Only this category (slug or label); repeatable.",
        ),
        click.option(
            "--exclude-category",
            metavar="NAME",
            multiple=True,
            callback=_check_categories,
            help="Without this category; repeatable.",
        ),
        click.option(
            "--source", metavar="NAME", multiple=True, callback=_check_names, help="Only this source; repeatable."
        ),
        click.option("--limit", metavar="N", type=click.IntRange(min=0), help="At most so many articles; 0: all."),
        click.option(
            "--include",
            metavar="KEY",
            multiple=True,
            callback=_check_names,
            help="With this article (key or path), whatever the filters say; repeatable.",
        ),
        click.option(
            "--exclude",
            metavar="KEY",
            multiple=True,
            callback=_check_names,
            help="Without this article (key or path); repeatable.",
        ),
    ],
)
"""Add the filters, repeatable where that makes sense; the command gets them as `narrowed`, a FilterOptions."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
