"""Decide by a file's first bytes whether its article can be in a stretch of time, without parsing it.

Out is only what is certain to be out: the first of the date keys, at the top level, after nothing but plain lines,
with a whole date in one of the plain spellings. Everything else is parsed. So prescreening never changes a selection
(a property test says so), it only spares the parser.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.models import Period
from newsletter.selector.dates import parse_date

__all__ = ["Prescreen", "sight_date"]

_BLANK = rb"[ \t\r]*\n|[ \t]*#[^\n]*\n"
_VALUE = (
    rb"(?P<value>(?P<day>\d{4}-\d\d-\d\d)"
    rb"(?:[Tt ](?:2[0-3]|[01]?\d):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?: ?(?:[Zz]|[+-](?:2[0-3]|[01]\d):?[0-5]\d))?)?)"
)


def _pattern(keys: Sequence[str]) -> re.Pattern[bytes]:
    """Match the head of a file up to the first of `keys` that stands on a line of its own with a whole date."""
    names = b"(?i:" + b"|".join(re.escape(key.encode()) for key in keys) + b")"
    toml_line = rb"[\w.-]+[ \t]*=[ \t]*(?!\"\"\"|'''|\{|\[[^\n]*(?:\"\"\"|'''))[^\n]*\n"
    toml = (
        rb"\+\+\+[ \t]*\r?\n(?:" + toml_line + b"|" + _BLANK + rb")*?"
        rb"[ \t]*" + names + rb"[ \t]*=[ \t]*(?P<toml>[\"']?)" + _VALUE + rb"(?P=toml)[ \t]*(?:#[^\n]*|\r)?\n"
    )
    return re.compile(rb"(?:\xef\xbb\xbf)?\s*" + toml)


class Prescreen:
    """Know the stretches of time that are wanted, and rule out heads whose date is in none of them."""

    def __init__(self, stretches: Sequence[Period], date_keys: Sequence[str], zone: ZoneInfo) -> None:
        """Prepare for `stretches`; `date_keys` in lower case, the first of them counts most."""
        self.stretches = stretches
        self.zone = zone
        self.match = _pattern(date_keys[:1]).match
        self.days: dict[bytes, bool] = {}

    def rules_out(self, head: bytes) -> bool:
        """Tell whether the article of a file that begins with `head` is certainly in none of the stretches."""
        match = self.match(head)
        if not match:
            return False
        day = match["day"]
        far = self.days.get(day)
        if far is None:
            far = self.days[day] = self._is_far(day)
        return far or not self._may_be_wanted(match["value"])

    def wanted(self, published: datetime) -> bool:
        """Tell whether an instant is in one of the stretches."""
        return any(published in stretch for stretch in self.stretches)

    def _is_far(self, day: bytes) -> bool:
        """Tell whether a day is so far from the stretches that no offset can bring it in."""
        try:
            there = date.fromisoformat(day.decode())
        except ValueError:
            return False
        near = timedelta(days=2)  # an offset is less than a day, on either side
        return not any(s.start.date() - near <= there <= s.end.date() + near for s in self.stretches)

    def _may_be_wanted(self, value: bytes) -> bool:
        published = parse_date(value.decode(), self.zone)
        return published is None or self.wanted(published)


def sight_date(content: bytes, date_keys: Sequence[str]) -> str:
    """Give the date that stands in a file which cannot be parsed, as text, or ""."""
    match = _pattern(date_keys[:1]).match(content)
    return match["value"].decode() if match else ""
