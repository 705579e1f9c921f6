"""The spellings of dates, and what is refused."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.selector.dates import find_day, parse_date

UTC_ZONE = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-05-15T15:55:19Z", "2025-05-15T15:55:19+00:00"),
        ("2024-05-02 08:00:00.000Z", "2024-05-02T08:00:00+00:00"),
        ("2013-12-02 7:37:00 -0400", "2013-12-02T11:37:00+00:00"),
        ("2013-12-02 07:37 +02", "2013-12-02T05:37:00+00:00"),
        ("2024-05-02T08:00:00.123456789+05:30", "2024-05-02T02:30:00.123456+00:00"),
        ("2024-05-02t08:00:00,5z", "2024-05-02T08:00:00.500000+00:00"),
        ("2024-05-02 08:00:00 UTC", "2024-05-02T08:00:00+00:00"),
        ("2024-05-02", "2024-05-02T00:00:00+00:00"),
        ("2024/05/02 08:00", "2024-05-02T08:00:00+00:00"),
        ("2024-5-2", "2024-05-02T00:00:00+00:00"),
        ("20240502", "2024-05-02T00:00:00+00:00"),
        ("20240502T080000Z", "2024-05-02T08:00:00+00:00"),
        ("Mon, 02 Dec 2013 07:37:00 -0400", "2013-12-02T11:37:00+00:00"),
        ("Thu, 2 May 2024 08:00:00 GMT", "2024-05-02T08:00:00+00:00"),
        ("2 May 2024 08:00 EST", "2024-05-02T13:00:00+00:00"),
        ("Monday, 02-Sep-2013 07:37:00 GMT", "2013-09-02T07:37:00+00:00"),
        ("2 September 2013", "2013-09-02T00:00:00+00:00"),
        ("Mon, 02 Dec 2013 07:37:00 +0000 (UTC)", "2013-12-02T07:37:00+00:00"),
        ("Jul 08 2022", "2022-07-08T00:00:00+00:00"),
        ("July 8, 2022", "2022-07-08T00:00:00+00:00"),
        ("JUL. 8th, 2022 at 3:05 PM", "2022-07-08T15:05:00+00:00"),
        ("12 May 2024 12:30 a.m.", "2024-05-12T00:30:00+00:00"),
        ("Fri Jul 08 2022 10:00:00 GMT+0200 (Central European Summer Time)", "2022-07-08T08:00:00+00:00"),
        ("2024.05.02", "2024-05-02T00:00:00+00:00"),
        ("  2024-05-02\n", "2024-05-02T00:00:00+00:00"),
        (20240502, "2024-05-02T00:00:00+00:00"),
        (date(2024, 5, 2), "2024-05-02T00:00:00+00:00"),
        (datetime(2024, 5, 2, 8, tzinfo=timezone(timedelta(hours=-4))), "2024-05-02T12:00:00+00:00"),
    ],
)
def test_spellings(text: Any, expected: str) -> None:
    """Each spelling that sites use is the instant it means."""
    found = parse_date(text, UTC_ZONE)
    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        "02/05/2024",
        "5-2-24",
        "2024-13-01",
        "2024-02-30",
        "2024-05-02T25:00:00Z",
        "2024-05-02T08:61:00Z",
        "2024-05-02 08:00 CET",
        "2024-05-02T08:00:00+25:00",
        "2024-05-02T08:00:00+05:75",
        "2024-05-02 or so",
        "05.02.2024",
        "2024-05.02",
        "Jul 08 22",
        "Jul 2022",
        "Jux 08 2022",
        "Jul 08 2022 13:00 PM",
        "Jul 08 2022 0:30 AM",
        "yesterday",
        "1714636800",
        "2024",
        "2024-05",
        "0000-01-01",
        "Mon, 02 Foo 2013 07:37:00 GMT",
        "2 Dec 13",
        "\u0662\u0660\u0662\u0664-\u0660\u0665-\u0660\u0662",
        "",
        "9" * 5000,
        True,
        ["2024-05-02"],
        {"date": "2024-05-02"},
        time(8, 0),
        1714636800,
    ],
)
def test_refusals(text: Any) -> None:
    """What could mean two days, or none, is not read."""
    assert parse_date(text, UTC_ZONE) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-05-15 10:00", "2025-05-15T10:00:00+02:00"),
        ("2025-10-26 02:30", "2025-10-26T02:30:00+02:00"),  # twice: the first
        ("2025-03-30 02:30", "2025-03-30T03:30:00+02:00"),  # never: as the clock before the gap counts
        ("2025-05-15T10:00:00Z", "2025-05-15T12:00:00+02:00"),
    ],
)
def test_zone(text: str, expected: str) -> None:
    """A time without an offset is in the newsletter's zone; every time comes back by its clock, the offset fixed."""
    found = parse_date(text, BERLIN)
    assert found is not None
    assert found.isoformat() == expected
    assert isinstance(found.tzinfo, timezone)


@given(st.datetimes(timezones=st.timezones()))
def test_written_dates_read_back(moment: datetime) -> None:
    """Any datetime that can be written with a whole-minute offset reads back as the same instant."""
    offset = moment.utcoffset() or timedelta(0)
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=offset // timedelta(minutes=1))))
    assert parse_date(moment.isoformat(), BERLIN) == moment
    assert parse_date(moment, BERLIN) == moment
    assert parse_date(format_datetime(moment), UTC_ZONE) == moment.replace(microsecond=0)


@given(st.text() | st.from_regex(r"\d{4}[-/]\d\d?[-/]\d\d?[Tt ]?\d\d?:\d\d(:\d\d)?.{0,8}"))
def test_any_text_is_a_date_or_not(text: str) -> None:
    """No text raises."""
    found = parse_date(text, BERLIN)
    assert found is None or found.utcoffset() is not None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("posts/2024-05-06-a-story.md", "2024-05-06"),
        ("/news/2024/05/06/a-story/", "2024-05-06"),
        ("news/2024-13-06-2024-05-06.md", "2024-05-06"),
        ("news/12024-05-061.md", None),
        ("news/2024/05/story.md", None),
        ("news/story.md", None),
    ],
)
def test_find_day(path: str, expected: str | None) -> None:
    """A whole day in a path is found, half of one is not."""
    found = find_day(path, BERLIN)
    assert (found.date().isoformat() if found else None) == expected


def test_the_ends_of_the_calendar() -> None:
    """A date that another zone's calendar cannot hold keeps its own offset."""
    for text in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        found = parse_date(text, UTC_ZONE)
        assert found is not None
        assert found.isoformat() == text
        assert abs(found - datetime(2025, 1, 1, tzinfo=UTC)) > timedelta(days=365 * 2000)
