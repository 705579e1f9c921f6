"""Words and dates of every language."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from babel import Locale

from newsletter.composer.languages import available, direction, load_language
from newsletter.models import Period
from tests.composer.samples import WEEK

ENGLISH = load_language("en")


@pytest.mark.parametrize("tag", available())
def test_every_language_says_the_same_things(tag: str) -> None:
    """No language lacks a word, a month or a place to fill in that English has."""
    language = load_language(tag)
    assert language.tag == tag
    assert {word: places(text) for word, text in language.words.items()} == {
        word: places(text) for word, text in ENGLISH.words.items()
    }
    assert language.counted.keys() == ENGLISH.counted.keys()
    assert len({language.format_date(date(2025, month, 2), language.month) for month in range(1, 13)}) == 12


@pytest.mark.parametrize("tag", available())
def test_every_plural_of_a_language_has_a_form(tag: str) -> None:
    """Each category that CLDR uses for whole numbers up to a thousand is written, and names its number or says it."""
    language = load_language(tag)
    used = {Locale.parse(tag).plural_form(number) for number in range(1001)}
    for patterns in language.counted.values():
        assert used <= patterns.keys()


@pytest.mark.parametrize(
    ("tag", "number", "text"),
    [
        ("en", 1, "1 story"),
        ("pl", 1, "1 artykuł"),
        ("pl", 3, "3 artykuły"),
        ("pl", 5, "5 artykułów"),
        ("pl", 22, "22 artykuły"),
        ("ar", 2, "مقالان"),
        ("ar", 7, "7 مقالات"),
        ("ar", 20, "20 مقالاً"),
    ],
)
def test_counts_follow_the_plural_rules(tag: str, number: int, text: str) -> None:
    """A language may have more than two forms."""
    assert load_language(tag).count("story", number) == text


def places(text: str) -> set[str]:
    """List what a text wants filled in."""
    return set(re.findall(r"\{\w+\}", text))


@pytest.mark.parametrize(
    ("tag", "first", "last", "text"),
    [
        ("en", date(2025, 5, 12), date(2025, 5, 18), "12 to 18 May 2025"),
        ("en", date(2025, 4, 28), date(2025, 5, 4), "28 April to 4 May 2025"),
        ("en", date(2024, 12, 30), date(2025, 1, 5), "30 December 2024 to 5 January 2025"),
        ("en", date(2025, 5, 12), date(2025, 5, 12), "12 May 2025"),
        ("de", date(2025, 5, 12), date(2025, 5, 18), "12. bis 18. Mai 2025"),
        ("fr", date(2025, 5, 1), date(2025, 5, 4), "du 1er au 4 mai 2025"),
        ("es", date(2025, 4, 28), date(2025, 5, 4), "del 28 de abril al 4 de mayo de 2025"),
        ("pl", date(2025, 4, 28), date(2025, 5, 4), "28 kwietnia\u20134 maja 2025"),
    ],
)
def test_days_are_written_as_the_language_does(tag: str, first: date, last: date, text: str) -> None:
    """Months and years are not said twice."""
    assert load_language(tag).format_days(first, last) == text


def test_a_week_has_its_number_and_its_days() -> None:
    """The issue line of a week names both; the last day is the one before the period's end."""
    assert ENGLISH.describe_period(WEEK) == ("Week 20", "12 to 18 May 2025")


def test_days_are_those_of_the_newsletters_zone() -> None:
    """A week that begins at midnight in Auckland names Auckland's days."""
    start, end = datetime(2025, 5, 11, 12, tzinfo=UTC), datetime(2025, 5, 18, 12, tzinfo=UTC)
    period = replace(WEEK, start=start, end=end, timezone="Pacific/Auckland")
    assert ENGLISH.describe_period(period)[1] == "12 to 18 May 2025"


@pytest.mark.parametrize(
    ("kind", "label", "end", "name"),
    [
        ("month", "2025-05", datetime(2025, 6, 1, tzinfo=UTC), "May 2025"),
        ("day", "2025-05-01", datetime(2025, 5, 2, tzinfo=UTC), "1 May 2025"),
        ("days", "2025-05-01--2025-05-10", datetime(2025, 5, 11, tzinfo=UTC), "1 to 10 May 2025"),
    ],
)
def test_other_periods_have_one_name(kind: str, label: str, end: datetime, name: str) -> None:
    """A month is a month, a day a day, and a stretch its days."""
    period = Period(kind=kind, label=label, start=datetime(2025, 5, 1, tzinfo=UTC), end=end, timezone="UTC")  # type: ignore[arg-type]
    assert ENGLISH.describe_period(period) == (name,)


def test_a_month_alone_is_in_the_nominative() -> None:
    """Polish declines a month in a date, and not in the name of a month."""
    polish = load_language("pl")
    assert polish.format_date(date(2025, 5, 5)) == "5 maja 2025"
    assert polish.format_date(date(2025, 5, 5), polish.month) == "maj 2025"


def test_a_language_without_words_gets_english_ones() -> None:
    """An unknown language falls back; a region does not matter."""
    assert load_language("sw").tag == "en"
    assert load_language("de-AT").tag == "de"


@pytest.mark.parametrize(
    ("tag", "way"), [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("uz-Arab", "rtl"), ("az-Latn-IR", "ltr")]
)
def test_the_direction_follows_the_script(tag: str, way: str) -> None:
    """A script in the tag decides, else the language."""
    assert direction(tag) == way
