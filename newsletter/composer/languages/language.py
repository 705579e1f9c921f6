"""The phrases of one language, and the dates and counts made with them; months and plural rules are CLDR's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from newsletter.models import Period

if TYPE_CHECKING:
    from babel import Locale

__all__ = ["Language"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language: date patterns, and the fixed phrases of the templates.

    Patterns have {day}, {month}, {year}, and {first} and {last} for ranges of days; `first_day` is how the first of a
    month is written ("" if like any other). `counted` maps a noun to its patterns with {n}, by CLDR's plural
    category (zero, one, two, few, many, other; ``other`` is required).
    """

    tag: str
    day: str
    day_of_month: str
    day_and_month: str
    month: str
    stretch: str
    week: str
    words: Mapping[str, str]
    counted: Mapping[str, Mapping[str, str]]
    first_day: str = ""

    def count(self, noun: str, number: int) -> str:
        """Return a number with its noun: ``1 story``, ``20 stories``."""
        patterns = self.counted[noun]
        return patterns.get(_locale(self.tag).plural_form(number), patterns["other"]).format(n=number)

    def format_date(self, day: date, pattern: str = "") -> str:
        """Return one day in full, or by another of the patterns."""
        style = "stand-alone" if pattern == self.month else "format"  # "maj 2025", but "5 maja 2025"
        month = _locale(self.tag).months[style]["wide"][day.month]
        number = self.first_day if day.day == 1 and self.first_day else str(day.day)
        return (pattern or self.day).format(day=number, month=month, year=day.year)

    def format_days(self, first: date, last: date) -> str:
        """Return a range of days, both included, without repeating the month or the year."""
        if first == last:
            return self.format_date(first)
        pattern = self.day
        if first.year == last.year:
            pattern = self.day_of_month if first.month == last.month else self.day_and_month
        return self.stretch.format(first=self.format_date(first, pattern), last=self.format_date(last))

    def name_period(self, period: Period) -> str:
        """Return a period's name for readers: ``Week 20``, ``15 May 2025``, ``May 2025``, ``1 to 10 May 2025``."""
        first, last = _days(period)
        if period.kind == "week":
            return self.week.format(week=int(period.label.rpartition("W")[2]))
        return self.format_date(first, self.month) if period.kind == "month" else self.format_days(first, last)

    def describe_period(self, period: Period) -> tuple[str, ...]:
        """Return the parts of the issue line that name the period; a week has its number and its days."""
        name = self.name_period(period)
        return (name, self.format_days(*_days(period))) if period.kind == "week" else (name,)


@cache
def _locale(tag: str) -> "Locale":
    from babel import Locale  # a slow import that only composing needs

    return Locale.parse(tag)


def _days(period: Period) -> tuple[date, date]:
    zone = ZoneInfo(period.timezone)
    first = period.start.astimezone(zone).date()
    last = (period.end - timedelta(microseconds=1)).astimezone(zone).date()
    return first, max(first, last)
