"""Convert a period option ("last week") to a half-open interval in the newsletter's time zone.

A day begins at its first instant: at the first of two midnights if the clock is set back across it, and at the
end of the gap if the clock is set forward over it. Every period begins where the one before it ends, so that
consecutive ones of a kind neither skip nor repeat an instant.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from newsletter.errors import NothingToDoError, UsageError
from newsletter.models import Period, PeriodKind

__all__ = ["between", "day", "last", "local", "month", "previous", "since", "week"]

_FIRST, _LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999)  # noqa: DTZ001 - local times
_INSTANT = timedelta(microseconds=1)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST = timedelta(days=366 * 100)


def week(when: str, *, now: datetime, zone: ZoneInfo, first_weekday: int = 0) -> Period:
    """Return a week: `when` is ``last`` (the latest complete one), ``this``, ``YYYY-Www`` or a day in it.

    `first_weekday` counts from 0 = Monday; a week is named by the ISO week of its fourth day.
    """
    if when in ("last", "this"):
        return _week(_today(now, zone).toordinal() - (7 if when == "last" else 0), zone, first_weekday)
    if named := re.fullmatch(r"(\d{4})-?[Ww](\d{2})", when):
        fourth = _iso_week_day(int(named[1]), int(named[2]), (first_weekday + 3) % 7)
        if fourth is None:
            raise UsageError(f"there is no week {when}", hint="a year has 52 or 53 weeks: 2025-W01 to 2025-W52")
        return _week(fourth.toordinal(), zone, first_weekday)
    hint = "use last, this, a week like 2025-W20 or a day like 2025-05-15"
    return _week(_parse_day(when, "week", hint).toordinal(), zone, first_weekday)


def day(when: str, *, now: datetime, zone: ZoneInfo) -> Period:
    """Return a day: `when` is ``yesterday``, ``today`` or ``YYYY-MM-DD``."""
    if when in ("yesterday", "today"):
        return _day(_today(now, zone).toordinal() - (when == "yesterday"), zone)
    return _day(_parse_day(when, "day", "use yesterday, today or a day like 2025-05-15").toordinal(), zone)


def month(when: str, *, now: datetime, zone: ZoneInfo) -> Period:
    """Return a month: `when` is ``last`` (the latest complete one), ``this`` or ``YYYY-MM``."""
    if when in ("last", "this"):
        today = _today(now, zone)
        return _month(today.year * 12 + today.month - 1 - (when == "last"), zone)
    named = re.fullmatch(r"(\d{4})-(\d{2})", when)
    if not named or not 1 <= int(named[2]) <= 12 or named[1] == "0000":
        raise UsageError(f"not a month: {when!r}", hint="use last, this or a month like 2025-05")
    return _month(int(named[1]) * 12 + int(named[2]) - 1, zone)


def last(duration: str, *, now: datetime, zone: ZoneInfo) -> Period:
    """Return the period that ends now: `duration` is ``12h``, ``7d`` or ``2w``.

    Days and weeks follow the local clock, so that a run at the same hour each week continues the previous one,
    also across a daylight-saving change.
    """
    parts = re.fullmatch(r"(\d{1,6})([hdw])", duration)
    length = int(parts[1]) * _UNITS[parts[2]] if parts else timedelta(0)
    if not parts or not timedelta(0) < length <= _LONGEST:
        raise UsageError(f"not a duration: {duration!r}", hint="use a number of hours, days or weeks: 12h, 7d or 2w")
    end = local(now, zone)
    try:
        start = local(end - length, zone) if parts[2] == "h" else _fixed(end.replace(tzinfo=None) - length, zone)
    except OverflowError:
        raise UsageError(f"{duration} before now is before the year 1", hint="use a shorter duration") from None
    return _days(start, end, zone)


def since(first: str, until: str | None, *, now: datetime, zone: ZoneInfo) -> Period:
    """Return the days from `first` to `until`, both included and written ``YYYY-MM-DD``; None means up to now."""
    hint = "use a day like 2025-05-15"
    first_day = _parse_day(first, "day", hint).toordinal()
    start = _midnight(first_day, zone)
    if until is None:
        end = local(now, zone)
        if start >= end:
            raise UsageError(f"{first} is not before now", hint="--since must be a day in the past")
    else:
        last_day = _parse_day(until, "day", hint).toordinal()
        end = _midnight(last_day + 1, zone)
        if first_day > last_day:
            raise UsageError(f"{first} is after {until}", hint="--since is the first day, --until the last")
    return _days(start, end, zone)


def between(start: datetime, end: datetime, *, zone: ZoneInfo) -> Period:
    """Return the period between two instants; NothingToDoError if there is no time between them."""
    if start >= end:
        raise NothingToDoError(f"the last issue reaches to {start.isoformat()}, nothing is newer", hint="run it later")
    return _days(local(start, zone), local(end, zone), zone)


def previous(period: Period, *, first_weekday: int = 0) -> Period:
    """Return the period of the same kind that ends where `period` begins."""
    zone = ZoneInfo(period.timezone)
    match period.kind:
        case "week":
            # Its label's ISO week holds the fourth day, whatever the weekday a week begins on.
            return _week(_week_ordinal(period, first_weekday) - 7, zone, first_weekday)
        case "day":
            return _day(date.fromisoformat(period.label).toordinal() - 1, zone)
        case "month":
            year, number = period.label.split("-")
            return _month(int(year) * 12 + int(number) - 2, zone)
        case "days":
            wall = period.start.replace(tzinfo=None)
            length = period.end.replace(tzinfo=None) - wall
            start = _fixed(wall - min(max(length, timedelta(0)), wall - _FIRST), zone)
            # A time that the clock skips is an instant after the gap, where this period may already have begun.
            return _days(min(start, period.start), period.start, zone)


def local(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return an aware `instant` by the clock of `zone`, with a fixed offset; unchanged at the ends of the calendar."""
    try:
        there = instant.astimezone(zone)
    except OverflowError:
        there = instant
    return there.replace(tzinfo=_offset(there), fold=0)


def _week(ordinal: int, zone: ZoneInfo, first_weekday: int) -> Period:
    first = ordinal - (ordinal - 1 - first_weekday) % 7  # 0001-01-01, ordinal 1, was a Monday
    fourth = _date(first + 3).isocalendar()
    return _period("week", f"{fourth.year:04}-W{fourth.week:02}", first, first + 7, zone)


def _week_ordinal(period: Period, first_weekday: int) -> int:
    year, number = period.label.split("-W")
    fourth = _iso_week_day(int(year), int(number), (first_weekday + 3) % 7)
    return fourth.toordinal() if fourth else period.start.toordinal()


def _iso_week_day(year: int, number: int, weekday: int) -> date | None:
    try:
        return date.fromisocalendar(year, number, weekday + 1)
    except ValueError:
        return None


def _day(ordinal: int, zone: ZoneInfo) -> Period:
    return _period("day", _date(ordinal).isoformat(), ordinal, ordinal + 1, zone)


def _month(months: int, zone: ZoneInfo) -> Period:
    months = max(months, 12)
    year, number = divmod(months, 12)
    first = date(year, number + 1, 1)
    following = (first + timedelta(days=31)).replace(day=1).toordinal() if months < 9999 * 12 + 11 else 10**9
    return _period("month", f"{year:04}-{number + 1:02}", first.toordinal(), following, zone)


def _days(start: datetime, end: datetime, zone: ZoneInfo) -> Period:
    newest = local(end - _INSTANT, zone) if end > start else start
    label = f"{start.date().isoformat()}--{newest.date().isoformat()}"
    return Period(kind="days", label=label, start=start, end=end, timezone=zone.key)


def _period(kind: PeriodKind, label: str, first: int, following: int, zone: ZoneInfo) -> Period:
    return Period(
        kind=kind, label=label, start=_midnight(first, zone), end=_midnight(following, zone), timezone=zone.key
    )


def _midnight(ordinal: int, zone: ZoneInfo) -> datetime:
    """Return the first instant of a day; days beyond the calendar are clamped to its ends."""
    if ordinal > date.max.toordinal():
        return _fixed(_LAST, zone)
    wall = datetime.combine(_date(ordinal), datetime.min.time())
    start = _fixed(wall, zone)
    in_gap = _offset(wall.replace(tzinfo=zone, fold=1)).utcoffset(None) > _offset(start).utcoffset(None)
    return _end_of_gap(wall, start, zone) if in_gap else start


def _end_of_gap(wall: datetime, start: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant at or after `wall`, a time that the clock skips shortly before the instant `start`."""
    early = start.astimezone(UTC) - timedelta(days=1)
    late = start.astimezone(UTC)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            late = middle
        else:
            early = middle
    return local(late.replace(microsecond=0), zone)


def _today(now: datetime, zone: ZoneInfo) -> date:
    """Return the day whose period contains `now`; if midnight occurs twice, it begins with the first one."""
    today = local(now, zone).date()
    return _date(today.toordinal() + 1) if now >= _midnight(today.toordinal() + 1, zone) else today


def _date(ordinal: int) -> date:
    return date.fromordinal(min(max(ordinal, 1), date.max.toordinal()))


def _fixed(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return a local time as an instant: the first of two, or in a gap the one by the offset before the gap."""
    return wall.replace(tzinfo=_offset(wall.replace(tzinfo=zone)))


def _offset(moment: datetime) -> timezone:
    return timezone(moment.utcoffset() or timedelta(0))


def _parse_day(text: str, kind: str, hint: str) -> date:
    match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text)
    try:
        return date(*map(int, match.groups() if match else (0, 0, 0)))
    except ValueError:
        raise UsageError(f"not a {kind}: {text!r}", hint=hint) from None
