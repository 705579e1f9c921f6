"""How many recipients a day and an hour may have messages: to warm an address up, or to stay within a plan.

Days and hours are those of the newsletter's time zone, so that a daily cron line may send a day's share each day; they
are counted over all issues of the journal, by the time at which the provider answered. What is uncertain counts.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.config import Config
from newsletter.sender.records import Records
from newsletter.sender.status import State, Status

__all__ = ["Quota", "complete_at", "last_share"]

_MOST_DAYS = 36_500


class Quota:
    """What may still be submitted now; used by one run, which holds the journal's lock."""

    def __init__(self, journal: Records, config: Config) -> None:
        """Read the limits; the journal is asked when they are needed."""
        self._journal, self._zone = journal, ZoneInfo(config.newsletter.timezone)
        self._limits = (config.send.max_per_day, config.send.max_per_hour)
        self._hour: datetime | None = None
        self._used = [0, 0]

    @property
    def limited(self) -> bool:
        """Return whether there is a limit."""
        return any(self._limits)

    def room(self) -> int | None:
        """Return how many recipients may be submitted now; None without a limit."""
        if not self.limited:
            return None
        self._count()
        return max(0, min(limit - used for limit, used in zip(self._limits, self._used, strict=True) if limit))

    def take(self, people: int) -> None:
        """Count recipients whose request is about to be sent; negative ones whose request was surely not accepted."""
        self._used = [used + people for used in self._used]

    def last_share(self, pending: int) -> datetime | None:
        """Return when the last of `pending` recipients can be submitted; None if that is too far away."""
        now = self._count()
        return last_share(now, pending, *self._limits, *self._used)

    def _count(self) -> datetime:
        """Count again with each new hour; return the time."""
        now = datetime.fromtimestamp(self._journal.clock(), self._zone)
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour = hour
            self._used = [self._journal.submitted_since(start) for start in (hour.replace(hour=0), hour)]
        return now


def last_share(
    now: datetime, pending: int, per_day: int, per_hour: int, used_day: int, used_hour: int
) -> datetime | None:
    """Return when the last of `pending` recipients can be submitted, at the earliest; None if that is too far away.

    A limit of 0 is none; `used_day` and `used_hour` are what was submitted in this day and this hour.
    """
    for moment, share in _shares(now, pending, per_day, per_hour, used_day, used_hour):
        if moment is None or pending <= share:
            return moment
        pending -= share
    return None


def _shares(
    now: datetime, pending: int, per_day: int, per_hour: int, used_day: int, used_hour: int
) -> Iterator[tuple[datetime | None, int]]:
    """Yield the hours in which something can be submitted, with how much; whole days are one step until the last."""
    everything = pending
    for moment in _hours(now):
        share = min(per_day - used_day if per_day else everything, per_hour - used_hour if per_hour else everything)
        yield moment, max(0, share)
        pending, used_day, used_hour = pending - max(0, share), used_day + max(0, share), 0
        if moment.hour == 23:
            break
    daily = min(per_day or everything, 24 * per_hour or everything)
    days = max(0, pending - 1) // daily
    if days > _MOST_DAYS:
        yield None, 0
    midnight = (now + timedelta(days=1 + days)).replace(hour=0, minute=0, second=0, microsecond=0)
    yield midnight, days * daily
    used_day = 0
    for moment in _hours(midnight):
        share = min(per_day - used_day if per_day else everything, per_hour or everything)
        yield moment, share
        used_day += share


def _hours(start: datetime) -> Iterator[datetime]:
    """Yield `start`, then the beginning of each later hour of its day."""
    yield start
    for hour in range(start.hour + 1, 24):
        yield start.replace(hour=hour, minute=0, second=0, microsecond=0)


def complete_at(journal: Records, config: Config, status: Status) -> str:
    """Return when an issue is complete at the earliest, as ISO 8601; "" without a limit, or if nothing is pending.

    The issues that were begun before it go first.
    """
    quota = Quota(journal, config)
    if not status.pending or not quota.limited:
        return ""
    pending = 0
    for name in journal.issues(State.PENDING):
        row = journal.find(name)
        pending += journal.status(row).pending if row else 0
        if name == status.issue:
            break
    moment = quota.last_share(pending)
    return moment.isoformat(timespec="seconds") if moment else ""
