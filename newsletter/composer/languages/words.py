"""What a language has to say: the shape of one language file, and dates made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from newsletter.models import Period

__all__ = ["Language"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language: `months` from January, date patterns, and the fixed words of the templates.

    Patterns know {day}, {month}, {year}, and {first} and {last} for stretches; `first_day` is how the first of a
    month is written ("" where like any other). `counted` maps a noun to its (one, many) patterns with {n}.
    """

    tag: str
    months: tuple[str, ...]
    day: str
    day_of_month: str
    day_and_month: str
    month: str
    stretch: str
    week: str
    words: Mapping[str, str]
    counted: Mapping[str, tuple[str, str]]
    first_day: str = ""

    def count(self, noun: str, number: int) -> str:
        """Say how many there are of `noun`: ``1 story``, ``20 stories``."""
        return self.counted[noun][number != 1].format(n=number)

    def format_date(self, day: date, pattern: str = "") -> str:
        """Write one day in full, or by another of the patterns."""
        number = self.first_day if day.day == 1 and self.first_day else str(day.day)
        return (pattern or self.day).format(day=number, month=self.months[day.month - 1], year=day.year)

    def format_days(self, first: date, last: date) -> str:
        """Write a stretch of days, both included, without saying a month or a year twice."""
        if first == last:
            return self.format_date(first)
        pattern = self.day
        if first.year == last.year:
            pattern = self.day_of_month if first.month == last.month else self.day_and_month
        return self.stretch.format(first=self.format_date(first, pattern), last=self.format_date(last))

    def name_period(self, period: Period) -> str:
        """Name a period as a reader would: ``Week 20``, ``15 May 2025``, ``May 2025``, ``1 to 10 May 2025``."""
        first, last = _days(period)
        if period.kind == "week":
            return self.week.format(week=int(period.label.rpartition("W")[2]))
        return self.format_date(first, self.month) if period.kind == "month" else self.format_days(first, last)

    def describe_period(self, period: Period) -> tuple[str, ...]:
        """Give the parts of the issue line that name the period; a week has its number and its days."""
        name = self.name_period(period)
        return (name, self.format_days(*_days(period))) if period.kind == "week" else (name,)


def _days(period: Period) -> tuple[date, date]:
    zone = ZoneInfo(period.timezone)
    first = period.start.astimezone(zone).date()
    last = (period.end - timedelta(microseconds=1)).astimezone(zone).date()
    return first, max(first, last)
