"""Parse the dates of sites: ISO 8601 and its common variants, RFC 2822, and days in paths and file names.

Ambiguous dates are refused, never guessed: no two-digit years, no dates with day and month in unknown order.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.selector.period import local

__all__ = ["find_day", "parse_date"]

_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
_ZONE = r"(?P<zone>[Zz]|UTC|GMT|UT|[ECMP][SD]T|[+-]\d\d(?::?\d\d)?)"
_ISO = re.compile(
    rf"(?P<year>\d{{4}})([-/])(?P<month>\d{{1,2}})\2(?P<day>\d{{1,2}})(?:(?:[Tt]| +){_TIME}(?: *{_ZONE})?)?", re.ASCII
)
_BASIC = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    rf"(?:[Tt](?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?P<fraction>(?!))?{_ZONE}?)?",
    re.ASCII,
)
_RFC_2822 = re.compile(
    r"(?:[A-Z][a-z]{2,8},? +)?(?P<day>\d{1,2})[ -](?P<name>[A-Z][a-z]{2,8})[ -](?P<year>\d{4})"
    rf"(?:,? +{_TIME}(?: *{_ZONE})?)?(?: +\([A-Za-z ]+\))?",
    re.ASCII,
)
_MONTHS = "january february march april may june july august september october november december".split()  # noqa: SIM905
# The zone names that RFC 2822 defines; all others are ambiguous.
_NAMED = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_DAY = re.compile(r"(?<!\d)(\d{4})([-/])(\d{2})\2(\d{2})(?!\d)", re.ASCII)


def parse_date(value: Any, zone: ZoneInfo) -> datetime | None:
    """Read `value` (text, a number, a date, a datetime) as an instant by the clock of `zone`, None if unreadable.

    A value without an offset is in `zone`: of two such times it is the first.
    """
    if isinstance(value, datetime):
        return _localise(value, zone)
    if isinstance(value, date):
        return _localise(datetime.combine(value, datetime.min.time()), zone)
    text = str(value).strip()
    match = _ISO.fullmatch(text) or _RFC_2822.fullmatch(text) or _BASIC.fullmatch(text)
    if isinstance(value, bool) or not match:
        return None
    try:
        return _localise(_build(match.groupdict()), zone)
    except ValueError:
        return None


def find_day(path: str, zone: ZoneInfo) -> datetime | None:
    """Find the first whole day, ``2024-05-06`` or ``2024/05/06``, in a path, as its first instant; None without one."""
    for match in _DAY.finditer(path):
        if found := parse_date(match[0], zone):
            return found
    return None


def _build(parts: dict[str, Any]) -> datetime:
    """Return a datetime from a match's groups; ValueError if there is no such date or time."""
    if "name" in parts:
        parts["month"] = _month(parts["name"])
    numbers = [int(parts[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")]
    fraction = int((parts["fraction"] or "0").ljust(6, "0")[:6])
    return datetime(*numbers[:6], fraction, tzinfo=_parse_zone(parts["zone"]))  # type: ignore[misc,arg-type]


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


def _localise(moment: datetime, zone: ZoneInfo) -> datetime:
    if moment.utcoffset() is None:
        offset = moment.replace(tzinfo=zone).utcoffset() or timedelta(0)
        return local(moment.replace(tzinfo=timezone(offset)), zone)
    return local(moment, zone)
