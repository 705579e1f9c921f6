"""Which articles an issue takes where more are there than the limit."""

from collections import Counter
from pathlib import Path

import pytest

from newsletter.settings import Balance
from tests.selector.archives import Site, config, paths, reasons


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Give an archive with a busy Friday: eight articles then, two on Monday, one on Wednesday."""
    made = Site(tmp_path)
    for day, count in (("12", 2), ("14", 1), ("16", 8)):
        for number in range(count):
            source, category = ("A" if number < 6 else "B"), ("x" if number % 2 else "y")
            made.add(
                f"{day}-{number}.md",
                date=f'"2025-05-{day}T{10 + number}:00:00Z"',
                source=f'"{source}"',
                category=f'"{category}"',
            )
    return made


def days(found: list[str]) -> Counter[str]:
    """Count the days of paths."""
    return Counter(path[:2] for path in found)


def test_days_take_turns(site: Site) -> None:
    """The newest of each day, then the second of each; the issue keeps its reading order, the others are named."""
    found = site.select(filters={"limit": 5})
    assert paths(found) == ["16-7.md", "16-6.md", "14-0.md", "12-1.md", "12-0.md"]
    assert set(reasons(found).values()) == {"limit"}
    assert days(paths(site.select(filters={"limit": 8}))) == {"16": 5, "12": 2, "14": 1}


def test_a_day_is_the_one_that_is_shown(site: Site) -> None:
    """An article's own, not the newsletter's."""
    site.add("13-0.md", date='"2025-05-16T23:59:00+09:00"')
    site.write("12-0.md", site.root.joinpath("12-0.md").read_text().replace("2025-05-12T10:00:00Z", "2025-05-13"))
    found = paths(site.select(settings=config(newsletter={"timezone": "America/New_York"}), filters={"limit": 4}))
    assert "12-0.md" in found
    assert "12-1.md" in found


@pytest.mark.parametrize(
    ("balance", "expected"),
    [
        ("none", ["16-7.md", "16-6.md", "16-5.md", "16-4.md"]),
        ("source", ["16-7.md", "16-6.md", "16-5.md", "16-4.md"]),
        ("category", ["16-7.md", "16-6.md", "16-5.md", "16-4.md"]),
        ("day", ["16-7.md", "16-6.md", "14-0.md", "12-1.md"]),
    ],
)
def test_what_takes_turns(site: Site, balance: Balance, expected: list[str]) -> None:
    """Days, categories, sources, or nothing."""
    assert paths(site.select(settings=config(balance=balance), filters={"limit": 4})) == expected


def test_sources_take_turns(site: Site) -> None:
    """One that writes little has a place beside one that writes much."""
    found = site.select(settings=config(balance="source", order="oldest"), filters={"limit": 4})
    assert paths(found) == ["12-0.md", "12-1.md", "16-6.md", "16-7.md"]


def test_what_an_order_puts_first_stays_first(site: Site) -> None:
    """Featured and weighted articles do not wait for a turn."""
    for number in range(3):
        site.add(f"16-f{number}.md", date='"2025-05-16T01:00:00Z"', featured="true", weight="1")
    for order in ("featured", "weight"):
        found = paths(site.select(settings=config(order=order), filters={"limit": 4}))
        assert found == ["16-f0.md", "16-f1.md", "16-f2.md", "16-7.md"]


def test_named_articles_take_places_first(site: Site) -> None:
    """And nothing takes turns where all have a place."""
    found = site.select(filters={"limit": 2, "include": ("12-0.md", "16-0.md")})
    assert paths(found) == ["16-0.md", "12-0.md"]
    assert len(paths(site.select(filters={"limit": 11}))) == 11
    assert len(paths(site.select(filters={"limit": 4, "per_source": 2}))) == 4
