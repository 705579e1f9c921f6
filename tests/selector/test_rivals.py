"""Several sources in one archive: what one of them writes does not quietly keep out what another one does."""

from dataclasses import replace

import pytest

from newsletter.models import Selection
from newsletter.selector.selection import PreviousIssues, find
from tests.selector.archives import Site, article, config, had, paths, toml, week

EARLY, NOON, LATE = ({"date": f'"2025-05-15T{hour}:00:00Z"'} for hour in ("08", "12", "16"))
BEFORE = {"date": '"2025-05-08T10:00:00Z"'}
LINK = {"source_link": '"https://honest.example/n/1"'}
BODY = "<p>What the honest one will say.</p>"


def elsewhere(selection: Selection) -> dict[str, str]:
    """Map the path of each article that is out for another source's to the detail."""
    return {one.path: one.detail for one in selection.skipped if one.elsewhere}


@pytest.mark.parametrize(
    ("shared", "what"),
    [(LINK, "the same source_link"), ({"article_id": "123"}, "the same key"), ({"url": '"a-story"'}, "the same key")],
)
def test_a_copy_that_is_dated_earlier_is_seen(site: Site, shared: dict[str, str], what: str) -> None:
    """Both articles, both sources and what the two have in common are said."""
    site.add("evil.md", source='"Evil"', **shared, **EARLY)
    site.add("honest.md", source='"Honest"', **shared, **NOON)
    found = site.select()
    assert paths(found) == ["evil.md"]
    assert elsewhere(found) == {"honest.md": f"repeats evil.md: {what}; the source there is Evil, here Honest"}
    assert found.skipped[0].source == "Honest"


@pytest.mark.parametrize(("other", "own"), [("Evil", ""), ("", "Honest")])
def test_no_source_is_another_one(site: Site, other: str, own: str) -> None:
    """An article without a source is not of the same one as an article that has one."""
    site.write("evil.md", toml(BODY, source=f'"{other}"', **EARLY))
    site.write("honest.md", toml(BODY, source=f'"{own}"', **NOON))
    said = f"the same text; the source there is {other or 'none'}, here {own or 'none'}"
    assert elsewhere(site.select()) == {"honest.md": f"repeats evil.md: {said}"}


@pytest.mark.parametrize(("other", "own"), [("Honest", "Honest"), ("", ""), ("honest ", "HONEST"), ("A  B", "a b")])
def test_a_source_that_repeats_itself_is_no_news(site: Site, other: str, own: str) -> None:
    """One source's own repetition is a duplicate and nothing more, however the name is written."""
    site.add("first.md", source=f'"{other}"', **LINK, **EARLY)
    site.add("second.md", source=f'"{own}"', **LINK, **NOON)
    found = site.select()
    assert [one.detail for one in found.skipped] == ["repeats first.md: the same source_link"]
    assert elsewhere(found) == {}


def test_a_third_article_that_joins_two_is_seen(site: Site) -> None:
    """A copy of one article's link and another one's text makes the second repeat the first, of its own source."""
    site.add("one.md", source='"Honest"', **LINK, **EARLY)
    site.write("bridge.md", toml(BODY, source='"Evil"', **LINK, **NOON))
    site.write("two.md", toml(BODY, source='"Honest"', **LATE))
    assert elsewhere(site.select()) == {
        "bridge.md": "repeats one.md: the same source_link; the source there is Honest, here Evil",
        "two.md": "repeats bridge.md: the same text; the source there is Evil, here Honest",
    }


@pytest.mark.parametrize("by", ["key", "mark"])
def test_what_an_issue_had_of_another_source_is_seen(site: Site, by: str) -> None:
    """A key, or a title with its text, that another source used up in an issue that was sent."""
    site.write("honest.md", toml(BODY, article_id="123", source='"Honest"'))
    one = article(toml(BODY, article_id="123"))
    name = one.key if by == "key" else one.fingerprint
    found = site.select(submitted={name: had("2025-W19", "evil.md", "Evil")})
    said = "in issue 2025-W19 (evil.md); the source there is Evil, here Honest"
    assert elsewhere(found) == {"honest.md": said}
    for own in (had("2025-W19", "old.md", "Honest"), had("2025-W19"), had("2025-W19", "honest.md", "Former name")):
        found = site.select(submitted={name: own})
        assert ([one.detail for one in found.skipped], elsewhere(found)) == (["in issue 2025-W19"], {})


def test_a_source_that_was_sent_itself_blames_nobody(site: Site) -> None:
    """Where an article's own text was in an issue, another source's use of its key has kept nothing from readers."""
    site.write("honest.md", toml(BODY, article_id="123", source='"Honest"'))
    mark = article(toml(BODY, article_id="123")).fingerprint
    submitted = {"123": had("2025-W18", "evil.md", "Evil"), mark: had("2025-W19", "old.md", "Honest")}
    assert [one.detail for one in site.select(submitted=submitted).skipped] == ["in issue 2025-W19"]


def test_a_late_article_that_repeats_another_source_is_seen(site: Site) -> None:
    """What an issue had of another source with the same source_link is named with its file."""
    site.add("honest.md", source='"Honest"', **LINK, **BEFORE)
    marks = {("source_link", "https://honest.example/n/1"): had("2025-W19", "evil.md", "Evil")}
    found = site.select(earlier=PreviousIssues(period=week("2025-W19"), seen=frozenset(), had=marks))
    said = "the same source_link; the source there is Evil, here Honest"
    assert elsewhere(found) == {"honest.md": f"repeats an article of issue 2025-W19 (evil.md): {said}"}


@pytest.mark.parametrize(
    ("claims", "late"),
    [
        ({("evil.md", "Evil")}, True),
        ({("evil.md", "Evil"), ("old.md", "Honest")}, False),
        ({("honest.md", "Former name")}, False),
        ({("old.md", None)}, False),
        (set(), False),
    ],
)
def test_a_key_that_another_source_used_is_not_seen(
    site: Site, claims: set[tuple[str, str | None]], late: bool
) -> None:
    """Drafts with the next hundred numbers, say, do not make another source's late articles pass for seen."""
    site.add("honest.md", source='"Honest"', article_id="123", **BEFORE)
    earlier = PreviousIssues(period=week("2025-W19"), seen=frozenset({"123"}), claimed={"123": claims})
    assert [one.late for one in site.select(earlier=earlier).articles] == [True] * late


def test_an_article_is_found_where_it_was(site: Site) -> None:
    """Of several with one key the file that is named, else the earliest."""
    site.add("evil.md", article_id="123", **EARLY)
    site.add("honest.md", article_id="123", **NOON)
    for wanted, path in (({}, "evil.md"), ({"123": "honest.md"}, "honest.md"), ({"123": "gone.md"}, "evil.md")):
        assert find([site.root], {"123"}, config=config(), paths=wanted)["123"].path == path


@pytest.mark.parametrize(
    ("lead_sources", "leads"),
    [((), True), (("Desk", "Evil"), True), (("  EVIL  ",), True), (("Desk",), False)],
)
def test_lead_sources_say_whose_featured_counts(site: Site, lead_sources: tuple[str, ...], leads: bool) -> None:
    """For those who may not lead the key is as if it were not there, for the order too; an empty list means all."""
    settings = config(order="featured", lead_sources=lead_sources)
    site.add("evil.md", source='"Evil"', featured="true", **EARLY)
    site.add("desk.md", source='"Desk"', **NOON)
    found = site.select(settings=settings)
    assert [one.featured for one in found.articles] == [leads, False]
    assert paths(found)[0] == ("evil.md" if leads else "desk.md")
    assert replace(settings.select, lead_sources=()) == config(order="featured").select
