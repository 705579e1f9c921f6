"""The options of a command: a period and filters, as given."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from newsletter.config import Config
from newsletter.errors import UsageError
from newsletter.models import Filters, Options, Period
from newsletter.settings import weekday_number

__all__ = ["FilterOptions", "PeriodOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodOptions:
    """The period options; exactly one way to specify the period may be used."""

    week: str | None
    day: str | None
    month: str | None
    last: str | None
    since: str | None
    until: str | None
    since_last: bool

    def period(self, config: Config, now: datetime, last_end: datetime | None) -> Period:
        """Compute the period; `last_end` is the end of the last submitted issue's, None before the first."""
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
            raise UsageError("no issue has been submitted yet", hint="specify the first period: --since DATE")
        return period.between(last_end, now, zone=zone)

    def _check(self) -> None:
        names = ("week", "day", "month", "last", "since", "since_last")
        named = [name for name in names if getattr(self, name) not in (None, False)]
        if self.until is not None and self.since is None:
            raise UsageError("--until requires --since", hint="specify the first day: --since DATE --until DATE")
        if len(named) != 1:
            given = " and ".join(f"--{name.replace('_', '-')}" for name in named)
            what = f"{given} cannot be combined" if named else "no period is specified"
            raise UsageError(what, hint="use one of --week, --day, --month, --last 7d, --since DATE, --since-last")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterOptions:
    """The filters of the command line; the configuration applies to those that are not given."""

    category: tuple[str, ...] = ()
    exclude_category: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    limit: int | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def filters(self, config: Config) -> Filters:
        """Return the configuration's filters, replaced by those that are given."""
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
        """Return the given filters for comparing two runs; the order of names does not matter."""
        return Options(
            category=tuple(sorted(self.category)),
            exclude_category=tuple(sorted(self.exclude_category)),
            source=tuple(sorted(self.source)),
            limit=self.limit,
            include=tuple(sorted(self.include)),
            exclude=tuple(sorted(self.exclude)),
        )
