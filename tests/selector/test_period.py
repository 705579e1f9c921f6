"""Periods: what people say, in every zone, and that consecutive ones partition time."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import NothingToDoError, UsageError
from newsletter.models import Period
from newsletter.selector import period as periods

NOW = datetime(2025, 5, 20, 8, tzinfo=UTC)
ZONE = ZoneInfo("UTC")
ZONES = sorted(available_timezones() - {"localtime"})
zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates()
# Where clocks are known to change: half of all examples land on such days by themselves too rarely.
TRICKY = [
    ("America/Sao_Paulo", "2018-11-04"),  # no midnight
    ("America/St_Johns", "2009-11-01"),  # midnight comes twice, a minute after it comes 23:01 again
    ("Asia/Beirut", "2023-03-30"),
    ("Pacific/Apia", "2011-12-30"),  # a day that does not exist
    ("Atlantic/Azores", "2025-10-26"),
    ("America/Havana", "2025-11-02"),  # midnight comes twice
    ("Africa/Monrovia", "1972-01-07"),  # a gap of 44:30 minutes
    ("Europe/Berlin", "2025-03-30"),
]


def say(period: Period) -> tuple[str, str, str]:
    """Show a period as its label and its ends."""
    return period.label, period.start.isoformat(), period.end.isoformat()


@pytest.mark.parametrize(
    ("when", "label", "start"),
    [
        ("last", "2025-W20", "2025-05-12"),
        ("this", "2025-W21", "2025-05-19"),
        ("2025-W20", "2025-W20", "2025-05-12"),
        ("2025-05-18", "2025-W20", "2025-05-12"),
        ("2024-12-30", "2025-W01", "2024-12-30"),
        ("2020-W53", "2020-W53", "2020-12-28"),
    ],
)
def test_week(when: str, label: str, start: str) -> None:
    """A week can be named by last, this, its number or a day in it."""
    found = periods.week(when, now=NOW, zone=ZONE)
    assert (found.label, found.start.date().isoformat()) == (label, start)
    assert found.end - found.start == timedelta(days=7)


def test_last_week_is_complete() -> None:
    """On Monday at midnight the week before is complete; a second earlier it is not."""
    monday = datetime(2025, 5, 19, tzinfo=UTC)
    assert periods.week("last", now=monday, zone=ZONE).label == "2025-W20"
    assert periods.week("last", now=monday - timedelta(seconds=1), zone=ZONE).label == "2025-W19"


def test_week_with_another_first_day() -> None:
    """A week that begins on Sunday bears the ISO week of its Wednesday, whichever way it is asked for."""
    expected = ("2025-W20", "2025-05-11T00:00:00+00:00", "2025-05-18T00:00:00+00:00")
    for when in ("2025-W20", "2025-05-11", "2025-05-17"):
        assert say(periods.week(when, now=NOW, zone=ZONE, first_weekday=6)) == expected


def test_a_numbered_week_that_begins_on_friday() -> None:
    """Week 20 is the one whose fourth day, here the Monday, lies in ISO week 20."""
    found = periods.week("2025-W20", now=NOW, zone=ZONE, first_weekday=4)
    assert say(found) == ("2025-W20", "2025-05-09T00:00:00+00:00", "2025-05-16T00:00:00+00:00")


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 9998), st.integers(1, 52), st.integers(0, 6))
def test_a_numbered_week_has_its_own_name_and_first_day(year: int, number: int, first_weekday: int) -> None:
    """Whatever weekday a week begins on, the week asked for by a number is labelled with that number."""
    found = periods.week(f"{year:04}-W{number:02}", now=NOW, zone=ZONE, first_weekday=first_weekday)
    assert (found.label, found.start.weekday()) == (f"{year:04}-W{number:02}", first_weekday)


def test_week_begins_in_the_newsletters_zone() -> None:
    """The last week before Sunday evening in New York is not over in Tokyo, where it is Monday."""
    now = datetime(2025, 5, 18, 20, tzinfo=UTC)
    assert periods.week("last", now=now, zone=ZoneInfo("America/New_York")).label == "2025-W19"
    assert periods.week("last", now=now, zone=ZoneInfo("Asia/Tokyo")).label == "2025-W20"


def test_week_across_a_change_of_the_clock() -> None:
    """The week in which Berlin's clock goes forward has an hour less."""
    found = periods.week("2025-W13", now=NOW, zone=ZoneInfo("Europe/Berlin"))
    assert say(found)[1:] == ("2025-03-24T00:00:00+01:00", "2025-03-31T00:00:00+02:00")
    assert found.end - found.start == timedelta(days=7, hours=-1)


@pytest.mark.parametrize(("when", "label"), [("yesterday", "2025-05-19"), ("today", "2025-05-20"), ("2024-02-29",) * 2])
def test_day(when: str, label: str) -> None:
    """A day can be named by yesterday, today or its date."""
    found = periods.day(when, now=NOW, zone=ZONE)
    assert (found.label, found.start.date().isoformat()) == (label, label)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("last", ("2025-04", "2025-04-01T00:00:00+00:00", "2025-05-01T00:00:00+00:00")),
        ("this", ("2025-05", "2025-05-01T00:00:00+00:00", "2025-06-01T00:00:00+00:00")),
        ("2024-12", ("2024-12", "2024-12-01T00:00:00+00:00", "2025-01-01T00:00:00+00:00")),
    ],
)
def test_month(when: str, expected: tuple[str, str, str]) -> None:
    """A month can be named by last, this or its number."""
    assert say(periods.month(when, now=NOW, zone=ZONE)) == expected


def test_last_goes_by_the_local_clock() -> None:
    """Seven days before 8 o'clock is 8 o'clock, also across a change of the clock; hours are hours."""
    zone = ZoneInfo("Europe/Berlin")
    now = datetime(2025, 4, 1, 6, tzinfo=UTC)
    found = periods.last("7d", now=now, zone=zone)
    assert say(found) == ("2025-03-25--2025-04-01", "2025-03-25T08:00:00+01:00", "2025-04-01T08:00:00+02:00")
    assert periods.last("168h", now=now, zone=zone).start == now - timedelta(hours=168)
    assert periods.last("1w", now=now, zone=zone) == found


def test_since_includes_both_days() -> None:
    """The last day of a stretch belongs to it, and names it."""
    found = periods.since("2025-05-01", "2025-05-10", now=NOW, zone=ZONE)
    assert say(found) == ("2025-05-01--2025-05-10", "2025-05-01T00:00:00+00:00", "2025-05-11T00:00:00+00:00")
    assert periods.since("2025-05-01", None, now=NOW, zone=ZONE).end == NOW


def test_since_and_until_the_same_day_is_that_day() -> None:
    """The first and the last day may be one."""
    found = periods.since("2025-05-10", "2025-05-10", now=NOW, zone=ZONE)
    assert say(found) == ("2025-05-10--2025-05-10", "2025-05-10T00:00:00+00:00", "2025-05-11T00:00:00+00:00")


def test_since_today_needs_time_since_midnight() -> None:
    """At midnight the day that begins holds nothing yet; an instant later it does."""
    midnight = datetime(2025, 5, 20, tzinfo=UTC)
    with pytest.raises(UsageError, match="not before now"):
        periods.since("2025-05-20", None, now=midnight, zone=ZONE)
    later = midnight + timedelta(microseconds=1)
    assert periods.since("2025-05-20", None, now=later, zone=ZONE).end == later


def test_between() -> None:
    """The stretch since the last issue names its first and last day; none is nothing to do."""
    start = datetime(2025, 5, 12, tzinfo=UTC)
    assert say(periods.between(start, datetime(2025, 5, 19, tzinfo=UTC), zone=ZONE))[0] == "2025-05-12--2025-05-18"
    with pytest.raises(NothingToDoError):
        periods.between(NOW, NOW, zone=ZONE)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (periods.week, "next"),
        (periods.week, "2025-W54"),
        (periods.week, "2025-W00"),
        (periods.week, "0000-W01"),
        (periods.week, "20250515"),
        (periods.day, "2025-02-30"),
        (periods.day, ""),
        (periods.day, "15.5.2025"),
        (periods.month, "2025-13"),
        (periods.month, "May"),
        (periods.month, "0000-05"),
        (periods.last, "7"),
        (periods.last, "0d"),
        (periods.last, "-1d"),
        (periods.last, "999999w"),
        (periods.last, "7 days"),
    ],
)
def test_nonsense_is_a_usage_error_with_a_hint(make: object, text: str) -> None:
    """What cannot be a period says how to write one."""
    with pytest.raises(UsageError) as error:
        make(text, now=NOW, zone=ZONE)  # type: ignore[operator]
    assert error.value.hint


@pytest.mark.parametrize(
    ("first", "until", "message"),
    [
        ("2025-05-11", "2025-05-10", "2025-05-11 is after 2025-05-10"),
        ("2025-05-21", None, "2025-05-21 is not before now"),
        ("x", None, "not a day: 'x'"),
        ("2025-05-11", "soon", "not a day: 'soon'"),
    ],
)
def test_since_refuses_what_holds_no_time(first: str, until: str | None, message: str) -> None:
    """A first day after the last one or after now is a usage error."""
    with pytest.raises(UsageError, match=message):
        periods.since(first, until, now=NOW, zone=ZONE)


def consecutive(when: date, zone: ZoneInfo, first_weekday: int) -> list[list[Period]]:
    """Return runs of consecutive periods of each kind about a day."""
    days = [when + timedelta(days=n) for n in range(-9, 10) if 1 <= when.toordinal() + n <= date.max.toordinal()]
    weeks = dict.fromkeys(
        periods.week(day.isoformat(), now=NOW, zone=zone, first_weekday=first_weekday) for day in days
    )
    months = dict.fromkeys(periods.month(day.isoformat()[:7], now=NOW, zone=zone) for day in days)
    return [[periods.day(day.isoformat(), now=NOW, zone=zone) for day in days], list(weeks), list(months)]


def check_partition(when: date, zone: ZoneInfo, first_weekday: int) -> None:
    """Check that each period ends where the next begins, and that `previous` finds the way back."""
    for run in consecutive(when, zone, first_weekday):
        for before, after in pairwise(run):
            assert before.start <= before.end == after.start <= after.end
            assert periods.previous(after, first_weekday=first_weekday) == before


@settings(deadline=None, max_examples=300)
@given(days, zones, st.integers(0, 6))
def test_consecutive_periods_partition_time(when: date, zone: ZoneInfo, first_weekday: int) -> None:
    """Days, weeks (beginning on any day) and months follow each other without gap or overlap, in every zone."""
    check_partition(when, zone, first_weekday)


@pytest.mark.parametrize(("zone", "when"), TRICKY)
def test_consecutive_periods_partition_time_where_clocks_change(zone: str, when: str) -> None:
    """Also where a midnight, or a whole day, does not exist or exists twice."""
    for offset in range(-2, 3):
        for first_weekday in (0, 6):
            check_partition(date.fromisoformat(when) + timedelta(days=offset), ZoneInfo(zone), first_weekday)


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_partitions_its_changes(zone: str) -> None:
    """In every zone, a day begins at the first instant that has its date, at each change of the clock since 1970."""
    place = ZoneInfo(zone)
    instant, end = datetime(1970, 1, 2, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    offset = instant.astimezone(place).utcoffset()
    while instant < end:
        instant += timedelta(days=10)
        if (now := instant.astimezone(place).utcoffset()) == offset:
            continue
        offset = now
        for day in range(-11, 2):
            when = (instant + timedelta(days=day)).date()
            found = periods.day(when.isoformat(), now=NOW, zone=place)
            assert found.start.astimezone(place).date() >= when
            assert (found.start - timedelta(seconds=1)).astimezone(place).date() < when


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)), zones, st.integers(0, 6))
def test_this_period_holds_now_and_last_ends_before(now: datetime, zone: ZoneInfo, first_weekday: int) -> None:
    """Now is in this week, day and month; the last ones end at or before it, where these begin."""
    if not datetime(1, 3, 1, tzinfo=UTC) < now < datetime(9999, 11, 1, tzinfo=UTC):
        return
    pairs = [
        [periods.week(when, now=now, zone=zone, first_weekday=first_weekday) for when in ("last", "this")],
        [periods.day(when, now=now, zone=zone) for when in ("yesterday", "today")],
        [periods.month(when, now=now, zone=zone) for when in ("last", "this")],
    ]
    for last, this in pairs:
        assert last.end == this.start <= now < this.end


@pytest.mark.parametrize(("zone", "when"), TRICKY)
def test_this_period_holds_now_where_clocks_change(zone: str, when: str) -> None:
    """Also in the hour after a first midnight in which the clock shows the day before again."""
    place = ZoneInfo(zone)
    noon = datetime.fromisoformat(f"{when}T12:00:00+00:00")
    for minutes in range(-36 * 60, 36 * 60, 15):
        now = noon + timedelta(minutes=minutes)
        for this in (periods.day("today", now=now, zone=place), periods.week("this", now=now, zone=place)):
            assert this.start <= now < this.end


@pytest.mark.parametrize("when", ["0001-01-01", "0001-01-07", "9999-12-27", "9999-12-31"])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin"])
def test_the_ends_of_the_calendar(when: str, zone: str) -> None:
    """The years 1 and 9999 overflow nothing, and hold their first and last days."""
    place = ZoneInfo(zone)
    now = datetime.fromisoformat(when + "T12:00:00+00:00")
    for kind in (periods.week, periods.day, periods.month):
        found = kind(when[:7] if kind is periods.month else when, now=now, zone=place)
        assert found.start < found.end
        assert now in found or abs(now - found.start) < timedelta(days=1) or abs(now - found.end) < timedelta(days=1)
        periods.previous(found)
        for word in ("last", "this"):
            kind(word if kind is not periods.day else {"last": "yesterday", "this": "today"}[word], now=now, zone=place)


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)), zones, st.integers(1, 400), st.sampled_from("hdw"))
def test_the_stretch_before_a_stretch(now: datetime, zone: ZoneInfo, number: int, unit: str) -> None:
    """What goes before a stretch of days ends where it begins."""
    if now < datetime(40, 1, 1, tzinfo=UTC):
        return
    found = periods.last(f"{number}{unit}", now=now, zone=zone)
    before = periods.previous(found)
    assert before.start <= before.end == found.start <= found.end
    assert found.label.count("--") == 1


def test_the_stretch_before_a_stretch_is_as_long() -> None:
    """By the local clock, as far as the calendar goes."""
    zone = ZoneInfo("Europe/Berlin")
    before = periods.previous(periods.since("2025-04-01", "2025-04-10", now=NOW, zone=zone))
    assert say(before) == ("2025-03-22--2025-03-31", "2025-03-22T00:00:00+01:00", "2025-04-01T00:00:00+02:00")
    first = periods.previous(periods.since("0001-01-03", "0001-12-31", now=NOW, zone=ZONE))
    assert say(first)[1:] == ("0001-01-01T00:00:00+00:00", "0001-01-03T00:00:00+00:00")


@pytest.mark.parametrize(("zone", "when"), TRICKY)
def test_the_stretch_before_one_across_a_change_of_the_clock(zone: str, when: str) -> None:
    """Where the clock is set back, a stretch may end earlier by the clock than it begins: nothing comes before it."""
    place = ZoneInfo(zone)
    noon = datetime.fromisoformat(f"{when}T12:00:00+00:00")
    instants = [noon + timedelta(minutes=30 * n) for n in range(-72, 73)]
    for start, end in pairwise(instants):
        found = periods.between(start, end, zone=place)
        before = periods.previous(found)
        assert before.start <= before.end == found.start


def test_the_stretch_before_one_at_the_end_of_the_calendar() -> None:
    """Where local time ends, its clock is that of UTC, and an hour seems to end long before it begins."""
    start = datetime(9999, 12, 31, 9, 30, tzinfo=UTC)
    found = periods.between(start, start + timedelta(hours=1), zone=ZoneInfo("Pacific/Kiritimati"))
    assert periods.previous(found).end == found.start


@settings(deadline=None)
@given(st.text(max_size=12) | st.from_regex(r"\A\d{1,4}-?[W\d]?\d{0,2}-?\d{0,2}\Z"))
def test_any_text_is_a_period_or_a_usage_error(text: str) -> None:
    """Whatever is typed, nothing but our own error comes of it."""
    for make in (periods.week, periods.day, periods.month, periods.last):
        try:
            found = make(text, now=NOW, zone=ZONE)
        except UsageError:
            continue
        assert found.start < found.end
