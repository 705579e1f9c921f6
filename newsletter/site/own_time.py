"""An article's day as its own file writes it: in its own offset, and in file names."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

__all__ = ["in_own_offset", "is_aware", "name_and_day"]

_OFFSET = re.compile(r":\d\d(?:[.,]\d{1,9})? {0,3}(?:([Zz]|UTC|GMT)|([+-])(\d\d):?(\d\d))$")
_DATED = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T_-](.{0,300}))?", re.ASCII)
_LONGEST = 100


def in_own_offset(published: datetime | None, written: Any) -> datetime | None:
    """Return an instant by the clock of the offset in which it is `written`; as it is where that has none."""
    if published is None:
        return None
    if isinstance(written, datetime):
        own = written.utcoffset()
        return published if own is None else published.astimezone(timezone(own))
    found = _OFFSET.search(written.strip()[-_LONGEST:]) if isinstance(written, str) else None
    if not found:
        return published
    if found[1]:
        return published.astimezone(UTC)
    hours, minutes = int(found[3]), int(found[4])
    if hours > 23 or minutes > 59:
        return published
    offset = timedelta(hours=hours, minutes=minutes)
    return published.astimezone(timezone(-offset if found[2] == "-" else offset))


def name_and_day(stem: str) -> tuple[str, str] | None:
    """Split ``2025-05-14-a-story`` into (``a-story``, ``2025-05-14``), None for a name without a day before it."""
    found = _DATED.fullmatch(stem)
    return (found[2] or "", found[1]) if found else None


def is_aware(written: Any) -> bool:
    """Return whether a time is written with its offset."""
    if isinstance(written, datetime):
        return written.utcoffset() is not None
    return isinstance(written, str) and bool(_OFFSET.search(written.strip()[-_LONGEST:]))
