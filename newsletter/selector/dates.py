"""Read the dates that sites write: ISO 8601 and its kin, months by their names, and days in paths and file names.

What cannot be read for certain is refused, never guessed: no two-digit years, no day-or-month riddles.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.selector.period import local

__all__ = ["find_day", "parse_date", "parse_moment"]

_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
_ZONE = r"(?P<zone>[Zz]|UTC|GMT|UT|[ECMP][SD]T|[+-]\d\d(?::?\d\d)?)"
_ISO = re.compile(
    rf"(?P<year>\d{{4}})([-/.])(?P<month>\d{{1,2}})\2(?P<day>\d{{1,2}})(?:(?:[Tt]| +){_TIME}(?: *{_ZONE})?)?", re.ASCII
)
_BASIC = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    rf"(?:[Tt](?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?P<fraction>(?!))?{_ZONE}?)?",
    re.ASCII,
)
# A month by its name says which number is the day: RFC 2822, what JavaScript writes, and what people write.
_WEEKDAY, _NAME = r"(?:[A-Z][a-z]{2,8},? +)?", r"(?P<name>[A-Za-z]{3,9})\.?"
_NUMBER = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_CLOCK = (
    rf"(?:,?(?: +at)? +{_TIME}(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?(?: *(?:(?:UTC|GMT)(?=[+-]))?{_ZONE})?)?"
    r"(?: +\([A-Za-z ]+\))?"
)
_DAY_FIRST = re.compile(rf"{_WEEKDAY}{_NUMBER}[ -]{_NAME}[ -](?P<year>\d{{4}}){_CLOCK}", re.ASCII)
_MONTH_FIRST = re.compile(rf"{_WEEKDAY}{_NAME} +{_NUMBER},? +(?P<year>\d{{4}}){_CLOCK}", re.ASCII)
_SPELLINGS = (_ISO, _DAY_FIRST, _MONTH_FIRST, _BASIC)
_MONTHS = "january february march april may june july august september october november december".split()  # noqa: SIM905
# The zone names that RFC 2822 defines; every other one means different things in different places.
_NAMED = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_DAY = re.compile(r"(?<!\d)(\d{4})([-/])(\d{2})\2(\d{2})(?!\d)", re.ASCII)


def parse_date(value: Any, zone: ZoneInfo) -> datetime | None:
    """Read `value` (text, a number, a date, a datetime) as an instant by the clock of `zone`, None if unreadable.

    A value without an offset is in `zone`: of two such times it is the first.
    """
    moment = parse_moment(value, zone)
    return moment and local(moment, zone)


def parse_moment(value: Any, zone: ZoneInfo) -> datetime | None:
    """Read the same by the clock of the value's own offset: its date is the day that is there."""
    if isinstance(value, datetime):
        return _with_offset(value, zone)
    if isinstance(value, date):
        return _with_offset(datetime.combine(value, datetime.min.time()), zone)
    text = str(value).strip()
    match = next(filter(None, (spelling.fullmatch(text) for spelling in _SPELLINGS)), None)
    if isinstance(value, bool) or not match:
        return None
    try:
        return _with_offset(_build(match.groupdict()), zone)
    except ValueError:
        return None


def find_day(path: str, zone: ZoneInfo) -> datetime | None:
    """Find the first whole day, ``2024-05-06`` or ``2024/05/06``, in a path, as its first instant; None without one."""
    for match in _DAY.finditer(path):
        if found := parse_date(match[0], zone):
            return found
    return None


def _build(parts: dict[str, Any]) -> datetime:
    """Make a datetime of a match's groups; ValueError where the calendar or the clock has no such time."""
    if "name" in parts:
        parts["month"] = _month(parts["name"])
    if parts.get("half"):
        parts["hour"] = _hour(int(parts["hour"]), parts["half"].lower())
    numbers = [int(parts[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")]
    fraction = int((parts["fraction"] or "0").ljust(6, "0")[:6])
    return datetime(*numbers[:6], fraction, tzinfo=_parse_zone(parts["zone"]))  # type: ignore[misc,arg-type]


def _hour(number: int, half: str) -> int:
    """Return an hour of the whole day; ValueError where no clock of twelve hours has it."""
    if not 1 <= number <= 12:
        raise ValueError(number)
    return number % 12 + 12 * (half == "p")


def _month(name: str) -> int:
    """Return the number of a month by its full name or its first three letters; 0 for another word."""
    short = "sep" if name.lower() == "sept" else name.lower()
    return next((number for number, month in enumerate(_MONTHS, 1) if short in (month, month[:3])), 0)


@lru_cache(maxsize=256)
def _parse_zone(text: str | None) -> timezone | None:
    if not text:
        return None
    if text[0] not in "+-":
        return timezone(timedelta(hours=_NAMED[text])) if text in _NAMED else UTC
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if minutes > 59:
        raise ValueError(text)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def _with_offset(moment: datetime, zone: ZoneInfo) -> datetime:
    if moment.utcoffset() is None:
        return moment.replace(tzinfo=timezone(moment.replace(tzinfo=zone).utcoffset() or timedelta(0)))
    return moment
