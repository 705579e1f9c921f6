"""Selections: which articles are in, in what order, and the one reason of each that is out."""

import os
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import ConfigError
from newsletter.models import Filters, Selection, SkipReason
from newsletter.selector.archive import Archive
from newsletter.selector.article import Candidate
from newsletter.selector.duplicates import Had
from newsletter.selector.order import sort_key
from newsletter.selector.selection import PreviousIssues, find, select
from newsletter.settings import Order
from tests.selector.archives import NOW, Site, config, had, paths, read, reasons, toml, week

OLD = {"date": '"2025-05-08T10:00:00Z"'}


def adds_up(selection: Selection) -> bool:
    """Return whether the counts are those of the lists, and add up as the design says."""
    counts = selection.counts
    lists = (len(selection.articles), len(selection.skipped), len(selection.invalid), len(selection.unreadable))
    return (
        lists == (counts.articles, counts.skipped, counts.invalid, counts.invalid - counts.undated)
        and counts.articles + counts.skipped + counts.invalid - counts.undated == counts.in_period
        and counts.scanned >= counts.in_period
    )


def test_only_the_periods_articles(site: Site) -> None:
    """The first instant of a period is in it, the end is not, and other weeks' articles are nowhere."""
    for stamp in ("2025-05-11T23:59:59Z", "2025-05-12T00:00:00Z", "2025-05-18T23:59:59Z", "2025-05-19T00:00:00Z"):
        site.add(f"{stamp[:10]}.md", date=f'"{stamp}"')
    found = site.select()
    assert paths(found) == ["2025-05-18.md", "2025-05-12.md"]
    assert (found.counts.scanned, found.counts.in_period) == (4, 2)
    assert adds_up(found)


def test_the_week_is_decided_in_the_newsletters_zone(site: Site) -> None:
    """An article of Sunday evening in London is one of Monday in Tokyo."""
    site.add("a.md", date='"2025-05-18T20:00:00Z"')
    site.add("naive.md", date='"2025-05-12 00:00:00"')
    tokyo = config(newsletter={"timezone": "Asia/Tokyo"})
    assert paths(site.select()) == ["a.md", "naive.md"]
    assert paths(site.select(week(zone="Asia/Tokyo"), settings=tokyo)) == ["naive.md"]


def test_every_reason(site: Site) -> None:
    """Each rule leaves out what it is for, and says so."""
    site.write("section/_index.md", toml())
    site.add("draft.md", draft="true")
    site.add("future.md", publishDate='"2025-05-21"')
    site.add("expired.md", expiryDate='"2025-05-19"')
    site.add("language.fr.md")
    site.add("category.md", categories='["sport"]')
    site.add("source.md", source='"Spam Wire"', categories='["news"]')
    site.add("excluded.md", article_id="7", categories='["news"]')
    site.add("kept.md", article_id="1", categories='["news"]', source='"Wire"', source_link='"https://a.example/"')
    site.add("duplicate.md", categories='["news"]', date='"2025-05-15T11:00:00Z"', source_link='"https://a.example/"')
    site.add("submitted.md", article_id="8", categories='["news"]')
    for number, (source, category) in enumerate([("Wire", "news"), ("B", "news"), ("B", "other"), ("C", "other")]):
        site.add(
            f"{number}.md", date=f'"2025-05-14T0{9 - number}:00:00Z"', source=f'"{source}"', category=f'"{category}"'
        )
    narrowed = {
        "exclude_categories": ("Sport",), "exclude_sources": ("spam  WIRE",), "exclude": ("7",),
        "per_source": 1, "per_category": 2, "limit": 2,
    }  # fmt: skip
    found = site.select(filters=narrowed, submitted={"8": had("2025-W19")})
    assert reasons(found) == {
        "section/_index.md": "section",
        "draft.md": "draft",
        "future.md": "future",
        "expired.md": "expired",
        "language.fr.md": "language",
        "category.md": "category",
        "source.md": "source",
        "excluded.md": "excluded",
        "duplicate.md": "duplicate",
        "submitted.md": "submitted",
        "0.md": "per_source",
        "2.md": "per_source",
        "3.md": "limit",
    }
    details = {one.path: one.detail for one in found.skipped}
    assert details["duplicate.md"].startswith("repeats kept.md: the same source_link")
    assert details["submitted.md"] == "in issue 2025-W19"
    assert paths(found) == ["kept.md", "1.md"]
    assert adds_up(found)


def test_the_first_reason_counts(site: Site) -> None:
    """Of several reasons it is the one that is first in the design's list."""
    faults = {
        "draft": {"draft": "true"},
        "future": {"publishDate": '"2026-01-01"'},
        "expired": {"expiryDate": '"2025-05-01"'},
        "language": {"language": '"fr"'},
        "category": {"category": '"x"'},
        "source": {"source": '"Spam"', "category": '"news"'},
    }
    for number, reason in enumerate(faults):
        later = list(faults.values())[number:]
        fields = {key: value for fault in reversed(later) for key, value in fault.items()}
        site.add(f"{reason}.md", **fields)
    found = site.select(filters={"categories": ("news",), "exclude_sources": ("Spam",)})
    assert reasons(found) == {f"{reason}.md": reason for reason in faults}


def test_reasons_are_the_designs() -> None:
    """The reasons and their order are a contract."""
    assert " ".join(SkipReason) == (
        "unreadable section hidden draft future expired language category source excluded duplicate submitted"
        " per_source per_category limit"
    )


def test_categories_by_slug_or_label(site: Site) -> None:
    """A category may be asked for by its slug, its label or the label that the configuration gives it."""
    site.add("a.md", categories='["Business Corporate", "Energy"]')
    site.add("b.md", categories='["Sport"]')
    settings = config(labels={"business-corporate": "Companies"})
    for name in ("business-corporate", "Business Corporate", "companies", "ENERGY"):
        assert paths(site.select(settings=settings, filters={"categories": (name,)})) == ["a.md"]
        assert paths(site.select(settings=settings, filters={"exclude_categories": (name,)})) == ["b.md"]


def test_what_there_is_in_the_period_is_listed_in_order(site: Site) -> None:
    """The names of all categories and sources, each once, also of what is left out."""
    names = [f"name-{letter}" for letter in "abcdefgh"]
    for name in [*reversed(names), *names]:
        site.add(f"{len(list(site.root.iterdir()))}.md", categories=f'["{name}"]', source=f'"{name}"', draft="true")
    found = site.select()
    assert (list(found.categories), list(found.sources)) == (names, names)


def test_include_passes_the_rules_of_taste(site: Site) -> None:
    """A named article passes the filters, the limit and what was submitted, but stays a draft if it is one."""
    site.add("a.md", article_id="1", source='"A"')
    site.add("b.md", article_id="2", source='"B"', date='"2025-05-16"')
    site.add("c.md", article_id="3", draft="true")
    narrowed = {"sources": ("B",), "limit": 1, "include": ("1", "3")}
    found = site.select(filters=narrowed, submitted={"1": had("2025-W19")})
    assert (paths(found), reasons(found)) == (["a.md"], {"b.md": "limit", "c.md": "draft"})


def test_submitted_articles_may_be_wanted_again(site: Site) -> None:
    """`exclude_submitted = false` takes articles again."""
    site.add("a.md", article_id="1")
    found = site.select(settings=config(exclude_submitted=False), submitted={"1": had("2025-W19")})
    assert paths(found) == ["a.md"]


# --- duplicates ---------------------------------------------------------------------------------------------------


def test_duplicates(site: Site) -> None:
    """The same key, source or text make a duplicate, the earliest stays; the same title alone makes none."""
    site.write("1.md", toml("<p>One</p>", article_id="1", date='"2025-05-12"'))
    site.write("2.md", toml("<p>Two</p>", article_id="1", date='"2025-05-13"'))
    site.write("3.md", toml("<p>One</p>\n", article_id="3", date='"2025-05-14"'))
    site.write("4.md", toml("<p>Three</p>", article_id="4", date='"2025-05-15"'))
    site.write("5.md", toml("", article_id="5"))
    site.write("6.md", toml("", article_id="6"))
    found = site.select()
    assert reasons(found) == {"2.md": "duplicate", "3.md": "duplicate"}
    assert {one.detail for one in found.skipped} == {"repeats 1.md: the same key", "repeats 1.md: the same text"}


def test_a_draft_is_not_the_earliest(site: Site) -> None:
    """Only articles that pass the rules before make others duplicates."""
    site.write("1.md", toml("<p>One</p>", article_id="1", date='"2025-05-12"', draft="true"))
    site.write("2.md", toml("<p>One</p>", article_id="2", date='"2025-05-13"'))
    assert paths(site.select()) == ["2.md"]


def test_duplicates_of_duplicates_name_the_one_that_stays(site: Site) -> None:
    """What repeats a repetition repeats the first."""
    site.write("1.md", toml("<p>One</p>", article_id="1", date='"2025-05-12"'))
    site.write("2.md", toml("<p>One</p>", article_id="2", date='"2025-05-13"', source_link='"https://a.example/"'))
    site.write("3.md", toml("<p>Two</p>", article_id="3", date='"2025-05-14"', source_link='"https://a.example/"'))
    assert {one.detail.split(":")[0] for one in site.select().skipped} == {"repeats 1.md"}


# --- languages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "language", "selected"),
    [
        (["a.md", "a.fr.md"], "en", ["a.md"]),
        (["a.md", "a.fr.md"], "fr", ["a.fr.md"]),
        (["a/index.md", "a/index.fr.md"], "en", ["a/index.md"]),
        (["a/index.en.md", "a/index.fr.md"], "en", ["a/index.en.md"]),
        (["en/a.md", "fr/a.md"], "fr", ["fr/a.md"]),
        (["a.md", "fr/a.md"], "en", ["a.md"]),
        (["a.md", "fr/a.md"], "fr", ["fr/a.md"]),
        (["en/a.md", "fr/b.md"], "en", ["en/a.md"]),
        (["it/a.md", "uk/b.md"], "en", ["it/a.md", "uk/b.md"]),  # information technology, United Kingdom
        (["a.pt-BR.md", "a.pt-PT.md"], "pt-BR", ["a.pt-BR.md"]),
        (["a.en.md"], "en-GB", ["a.en.md"]),
    ],
)
def test_languages(site: Site, files: list[str], language: str, selected: list[str]) -> None:
    """An article in several languages comes once, in the newsletter's; a folder needs evidence to be a language."""
    for path in files:
        site.add(path)
    found = site.select(settings=config(newsletter={"language": language}))
    assert sorted(paths(found)) == selected
    assert set(reasons(found).values()) <= {"language"}


def test_language_in_front_matter(site: Site) -> None:
    """The front matter may name the language."""
    site.add("a.md", language='"fr"')
    assert reasons(site.select()) == {"a.md": "language"}


def test_a_draft_replaces_no_translation(site: Site) -> None:
    """While the French version is a draft, the article without a mark stays."""
    site.add("a.md")
    site.add("a.fr.md", draft="true")
    assert paths(site.select(settings=config(newsletter={"language": "fr"}))) == ["a.md"]


# --- order and limits ---------------------------------------------------------------------------------------------


def test_orders(site: Site) -> None:
    """Newest, oldest, by weight (none comes last) and featured first; ties go by time."""
    site.add("a.md", date='"2025-05-12"', weight="2")
    site.add("b.md", date='"2025-05-13"', featured="true")
    site.add("c.md", date='"2025-05-14"', weight="1")
    site.add("d.md", date='"2025-05-15"')
    expected = {"newest": "dcba", "oldest": "abcd", "weight": "cadb", "featured": "bdca"}
    for order, names in expected.items():
        assert "".join(path[0] for path in paths(site.select(settings=config(order=order)))) == names


def test_limits_apply_in_reading_order(site: Site) -> None:
    """Each limit keeps the first in reading order, and the reasons come in the design's order."""
    for number in range(4):
        site.add(f"{number}.md", date=f'"2025-05-1{number + 2}"', source='"A"', category='"x"')
    assert paths(site.select(filters={"limit": 2})) == ["3.md", "2.md"]
    assert set(reasons(site.select(filters={"per_source": 1, "per_category": 1, "limit": 1})).values()) == {
        "per_source"
    }
    assert set(reasons(site.select(filters={"per_category": 1, "limit": 1})).values()) == {"per_category"}
    assert paths(site.select(settings=config(order="oldest"), filters={"per_source": 1})) == ["0.md"]


def test_what_names_no_source_or_category_is_not_limited_by_it(site: Site) -> None:
    """Articles that say nothing have nothing in common."""
    for path in ("a.md", "b.md"):
        site.add(path)
    assert len(paths(site.select(filters={"per_source": 1, "per_category": 1}))) == 2


ORDERS: tuple[Order, ...] = ("newest", "oldest", "weight", "featured")


def ties() -> list[tuple[str, str]]:
    """Write twelve articles of which many are equal in all that an order looks at."""
    return [
        (
            f"{number}.md",
            toml(
                f"<p>{number % 7}</p>",
                date=f'"2025-05-1{number % 4 + 2}"',
                weight=str(number % 3),
                source=f'"{number % 2}"',
                featured=["true", "false"][number % 2],
                article_id=str(number % 11),
            ),
        )
        for number in range(12)
    ]


@settings(deadline=None, max_examples=25)
@given(st.randoms(use_true_random=False), st.sampled_from(ORDERS))
def test_equal_articles_have_one_order(chance: random.Random, order: Order) -> None:
    """Articles that are equal in all that an order looks at are put into the same order, however they come."""
    ones = [read(content, path) for path, content in ties()]
    ones += [replace(one, archive=1) for one in ones if isinstance(one, Candidate)]
    shuffled = chance.sample(ones, len(ones))
    candidates = [one for one in shuffled if isinstance(one, Candidate)]
    found = [(one.archive, one.article.path) for one in sorted(candidates, key=sort_key(order))]
    candidates.reverse()
    assert found == [(one.archive, one.article.path) for one in sorted(candidates, key=sort_key(order))]


def listing(site: Site) -> tuple[str, ...]:
    """List an archive's files as the file system does."""
    return tuple(path.name for path in site.root.iterdir())


@pytest.fixture
def listed() -> Iterator[Callable[[Sequence[str]], Site]]:
    """Return a function that makes archives whose folder is listed in another order when it is written in another one.

    Most file systems sort a folder by the names or by a hash of them; one in memory goes by the writing.
    """
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        pytest.skip("there is no file system in memory")
    with tempfile.TemporaryDirectory(dir=memory) as top:

        def make(names: Sequence[str]) -> Site:
            site = Site(Path(tempfile.mkdtemp(dir=top)))
            for name in names:
                (site.root / name).touch()
            return site

        names = [path for path, _ in ties()]
        if listing(make(names)) == listing(make(names[::-1])):
            pytest.skip("the file system in memory sorts its folders")
        yield make


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_of_files_never_shows(listed: Callable[[Sequence[str]], Site], order: Order) -> None:
    """The same articles in a folder that the file system lists in another order give the same selection."""
    made = dict(ties())
    chance = random.Random(order)
    found, listings = [], set()
    for _ in range(6):
        site = listed(chance.sample(list(made), len(made)))
        listings.add(listing(site))
        for path, content in made.items():
            site.write(path, content)
        found.append(site.select(settings=config(order=order), filters={"limit": 3, "per_source": 2}))
    assert len(listings) > 1
    assert all(one == found[0] for one in found)


# --- several archives, nothing there, find -------------------------------------------------------------------------


def test_several_archives(tmp_path: Path) -> None:
    """Articles of all archives make one selection."""
    sites = [Site(tmp_path / name) for name in ("a", "b")]
    for number, site in enumerate(sites):
        site.write("a.md", toml(f"<p>{number}</p>", article_id=str(number)))
    found = select([site.root for site in sites], week(), filters=Filters(), config=config(), now=NOW)
    assert sorted(one.key for one in found.articles) == ["0", "1"]


def test_a_missing_archive_is_a_configuration_error(tmp_path: Path) -> None:
    """A folder that is not there is named."""
    with pytest.raises(ConfigError, match="gone: no such archive folder"):
        select([tmp_path / "gone"], week(), filters=Filters(), config=config(), now=NOW)


def test_an_archive_that_cannot_be_read_is_no_empty_one(tmp_path: Path) -> None:
    """An archive that goes away, as an unmounted disk does, ends the run instead of making an empty issue."""
    root = tmp_path / "content"
    root.mkdir()
    archive = Archive(root)
    root.rmdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        list(archive.scan(lambda head, path: False, read=lambda file: file))


def test_an_empty_archive(site: Site) -> None:
    """Nothing there is a selection of nothing."""
    found = site.select()
    assert (found.articles, found.skipped, found.invalid) == ((), (), ())
    assert adds_up(found)


def test_unreadable_files(site: Site) -> None:
    """A broken file of the week is `unreadable`, one without a date is in no period, an old one is no news."""
    site.write("week.md", toml(title='"open').replace("draft", ""))
    site.write("old.md", toml(title='"open', **OLD))
    site.write("undated.md", toml(title='"open', date=""))
    site.write("no-title.md", toml(title=""))
    site.write("section/_index.md", '+++\ntitle = "Section"\n+++\n')
    found = site.select()
    assert [(one.path, one.line) for one in found.invalid] == [("no-title.md", 0), ("undated.md", 2), ("week.md", 2)]
    assert [one.path for one in found.unreadable] == ["no-title.md", "week.md"]
    assert (found.counts.undated, found.counts.scanned) == (1, 5)
    assert adds_up(found)


def test_a_date_from_the_file_name_is_said(site: Site) -> None:
    """An article that only its name dates says so where it is listed as out."""
    site.add("2025-05-15-a.md", date="", draft="true")
    assert [one.detail for one in site.select().skipped] == ["draft; dated by its file name"]


def test_find(site: Site) -> None:
    """Articles are found by key whatever their date; drafts and unknown keys are not."""
    site.add("a.md", article_id="1", **OLD)
    site.add("b.md", url='"grüße"')
    site.add("c.md", article_id="3", draft="true")
    site.add("folder/d.md", date='"2001-01-01"')
    site.write("broken.md", "+++\n1\n")
    site.write("e.md", toml("<p>Escaped</p>", article_id='"\\u0065-5"'))
    found = find([site.root], {"1", "grüße", "3", "folder/d.md", "e-5", "none"}, config=config())
    assert find([site.root], {"e-5"}, config=config()) == {"e-5": found["e-5"]}
    assert {key: one.path for key, one in found.items()} == {
        "1": "a.md", "grüße": "b.md", "folder/d.md": "folder/d.md", "e-5": "e.md",
    }  # fmt: skip


def test_find_passes_over_what_is_no_file(site: Site) -> None:
    """A link that leads nowhere, as an unmounted disk makes one, keeps nothing else from being found."""
    site.add("a.md", article_id="1")
    (site.root / "b.md").symlink_to("nowhere.md")
    assert list(find([site.root], {"1", "b.md"}, config=config())) == ["1"]


def test_find_gives_no_section_page(site: Site) -> None:
    """A page that only heads a folder is no article, whoever names it."""
    site.add("section/_index.md")
    assert find([site.root], {"section/_index.md"}, config=config()) == {}


def test_find_gives_the_earliest_of_several_with_one_key(site: Site) -> None:
    """It is the one that a selection keeps, wherever it lies."""
    for path, day in (("b.md", "14"), ("a.md", "13"), ("c.md", "15")):
        site.add(path, article_id="1", date=f'"2025-05-{day}"')
    assert find([site.root], {"1"}, config=config())["1"].path == "a.md"
    assert paths(site.select()) == ["a.md"]


def test_what_is_out_is_listed_by_path(site: Site) -> None:
    """Whatever its reason: a draft comes after what a limit left out, where its path does."""
    site.add("z.md", draft="true")
    site.add("m.md", categories='["x"]')
    site.add("b.md", date='"2025-05-14"')
    site.add("a.md", date='"2025-05-16"')
    found = site.select(filters={"exclude_categories": ("x",), "limit": 1})
    assert list(reasons(found).items()) == [("b.md", "limit"), ("m.md", "category"), ("z.md", "draft")]


def test_endings_and_their_case(site: Site) -> None:
    """Markdown and HTML are articles whatever the case of the ending; other files are nothing."""
    for name in ("a.md", "b.MD", "c.markdown", "d.html", "e.Htm", "f.txt", "g"):
        site.add(name)
    assert sorted(paths(site.select())) == ["a.md", "b.MD", "c.markdown", "d.html", "e.Htm"]


def test_progress_counts_files(site: Site) -> None:
    """A long scan tells how far it is."""
    for number in range(2500):
        site.write(f"{number}.md", toml(**OLD))
    told: list[int] = []
    select([site.root], week(), filters=Filters(), config=config(), now=NOW, progress=told.append)
    assert told == [1000, 2000]


# --- late articles -------------------------------------------------------------------------------------------------


def earlier(*seen: str) -> PreviousIssues:
    """Return the week before, and what its issue saw."""
    return PreviousIssues(period=week("2025-W19"), seen=frozenset(seen))


def test_late_articles(site: Site) -> None:
    """An article of the week before that its issue did not see comes in, marked late; what it saw does not."""
    site.add("new.md")
    site.add("late.md", article_id="1", **OLD)
    site.add("seen.md", article_id="2", **OLD)
    site.add("older.md", date='"2025-05-01"')
    found = site.select(earlier=earlier("2"))
    assert [(one.path, one.late) for one in found.articles] == [("new.md", False), ("late.md", True)]
    assert found.seen == {"new.md", "1"}
    assert adds_up(found)


def test_late_articles_have_reasons_too(site: Site) -> None:
    """A late article that a rule leaves out is listed with it."""
    site.add("late.md", draft="true", **OLD)
    found = site.select(earlier=earlier())
    assert reasons(found) == {"late.md": "draft"}
    assert adds_up(found)


def test_late_articles_can_be_reported_or_ignored(site: Site) -> None:
    """`late = "report"` names them and takes none, `late = "off"` does not look."""
    site.add("late.md", **OLD)
    found = site.select(earlier=earlier(), settings=config(late="report"))
    assert (found.articles, [one.path for one in found.late], found.counts.in_period) == ((), ["late.md"], 0)
    assert site.select(earlier=earlier(), settings=config(late="off")).late == ()


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"article_id": "8"}, "8"),
        ({"Article_ID": '"a 8"'}, "a 8"),
        ({"url": '"posts/e"'}, "posts/e"),
        ({"params": '{url = "e", weight = 1}'}, "e"),
    ],
)
@pytest.mark.parametrize("other", ["", "drafts/e.md", "other.md"])
def test_what_waits_is_found_where_it_was_moved(site: Site, fields: dict[str, str], key: str, other: str) -> None:
    """Publishing is often a move out of a folder of drafts; another file may have come to the old place since."""
    site.add("posts/e.md", **fields, date='"2025-03-03"')
    site.add(other, article_id="88", weight="8", date='"2025-03-03"')
    waiting = replace(earlier(), waiting={key: "drafts/e.md"})
    found = site.select(earlier=waiting)
    assert [(one.path, one.late) for one in found.articles] == [("posts/e.md", True)]
    assert found == site.select(earlier=waiting, prescreen=False)


def test_beside_what_waits_an_old_file_that_cannot_be_read_is_no_news(site: Site) -> None:
    """Every file is looked at for what was moved; what is neither that nor of the time is left alone."""
    site.write("old.md", toml(title='"open', date='"2001-01-01"'))
    site.add("moved.md", article_id="1", date='"2025-03-03"')
    for prescreen in (True, False):
        found = site.select(earlier=replace(earlier(), waiting={"1": "drafts/e.md"}), prescreen=prescreen)
        assert (paths(found), found.invalid) == (["moved.md"], ())


def test_what_still_waits_is_no_part_of_the_period(site: Site) -> None:
    """A draft of weeks ago that is a draft still is not listed each week."""
    site.add("a.md", article_id="1", date='"2025-03-03"', draft="true")
    site.add("b.md", article_id="2", date='"2025-03-03"', publishDate='"2025-06-01"')
    found = site.select(earlier=replace(earlier(), waiting={"1": "a.md", "2": "b.md"}))
    assert (found.articles, found.skipped, found.counts.in_period) == ((), (), 0)


def test_what_waits_may_have_an_odd_name(site: Site) -> None:
    """A name with control characters, or of bytes that are no text, is known by the way it is shown."""
    for path in ("a\x01.md", "b\udc90.md"):
        site.write(path, toml(f"<p>{path[0]}</p>", date='"2025-03-03"'))
    shown = ("a\\x01.md", "b\\udc90.md")
    found = site.select(earlier=replace(earlier(), waiting=dict(zip(shown, shown, strict=True))))
    assert sorted(paths(found)) == sorted(shown)


@pytest.mark.parametrize("fields", [OLD, {"draft": "true"}])
def test_a_translation_of_what_is_not_in_the_period_is_one(site: Site, fields: dict[str, str]) -> None:
    """The original may be of another week, or a draft: the file in the language's folder stays a translation."""
    site.add("story.md", **fields)
    site.add("fr/story.md")
    assert ("fr/story.md", "language") in {(one.path, one.reason) for one in site.select().skipped}


def test_a_word_that_is_no_language_says_nothing(site: Site) -> None:
    """``lang = "English"`` is not a language that the newsletter is not in."""
    site.add("story.md", lang='"English"')
    assert paths(site.select()) == ["story.md"]


def test_what_is_only_reported_as_late_could_go_in(site: Site) -> None:
    """Drafts, section pages, expired and foreign articles are not named: no key would bring them in."""
    site.add("good.md", **OLD)
    site.add("draft.md", draft="true", **OLD)
    site.add("section/_index.md", **OLD)
    site.add("expired.md", expiryDate='"2025-05-12"', **OLD)
    site.add("story.fr.md", **OLD)
    found = site.select(earlier=earlier(), settings=config(late="report"))
    assert [one.path for one in found.late] == ["good.md"]


def test_articles_are_named_by_key_or_path(site: Site) -> None:
    """What `select --explain` prints, a path, brings in and keeps out as a key does."""
    site.add("a.md", article_id="1", categories='["x"]')
    site.add("b.md", article_id="2", categories='["y"]')
    filters = {"categories": ("nothing",), "include": ("a.md", "2")}
    assert sorted(paths(site.select(filters=filters))) == ["a.md", "b.md"]
    assert paths(site.select(filters={"exclude": ("a.md",)})) == ["b.md"]


def test_an_unreadable_article_of_the_week_before_is_not_reported_again(site: Site) -> None:
    """It was reported in its own week; once fixed it comes in as late."""
    site.write("a.md", toml(title='"open', **OLD))
    known = replace(earlier(), broken=frozenset({"a.md"}))
    assert site.select(earlier=known).invalid == ()
    site.write("a.md", toml(**OLD))
    assert paths(site.select(earlier=earlier())) == ["a.md"]


def test_an_unreadable_article_that_comes_late_is_reported(site: Site) -> None:
    """Its own week's issue is out, so that no other one would name it."""
    site.write("a.md", toml(title='"open', **OLD))
    found = site.select(earlier=earlier())
    assert [one.path for one in found.unreadable] == ["a.md"]
    assert adds_up(found)


def test_two_archives_may_have_files_of_one_name(tmp_path: Path) -> None:
    """They are two articles: neither repeats the other, nor passes for seen, and each says where its file lies."""
    for folder in ("content", "other"):
        Site(tmp_path / folder).write("story.md", toml(body=f"<p>The text of {folder}.</p>"))
    settings = config(newsletter={"archive": ("content", "other")})
    archives = [tmp_path / "content", tmp_path / "other"]
    found = select(archives, week(), filters=Filters(), config=settings, now=NOW)
    assert {(one.key, one.archive) for one in found.articles} == {("story.md", 0), ("other/story.md", 1)}


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.booleans()), max_size=30))
def test_every_article_is_in_one_issue_or_has_a_reason(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[int, int, bool]]
) -> None:
    """Three weeks in a row, articles arriving up to a week after their date: each comes once, or has its reason."""
    site = Site(tmp_path_factory.mktemp("archive"))
    monday = datetime.fromisoformat("2025-05-05T00:00:00+00:00")
    arrivals = [(f"{number}.md", day, day + wait % 8, draft) for number, (day, wait, draft) in enumerate(made)]
    submitted: dict[str, Had] = {}
    seen: dict[str, list[str]] = {}
    before: Selection | None = None
    for number, label in enumerate(["2025-W19", "2025-W20", "2025-W21"], 1):
        for path, day, arrival, draft in arrivals:
            if 7 * (number - 1) <= arrival < 7 * number:
                stamp = (monday + timedelta(days=day)).isoformat()
                site.add(path, date=f'"{stamp}"', draft=str(draft).lower())
        late = PreviousIssues(period=before.period, seen=before.seen) if before else None
        before = site.select(week(label), earlier=late, submitted=submitted, now=monday + timedelta(weeks=number))
        assert adds_up(before)
        submitted |= {one.key: had(label) for one in before.articles}
        for path in [one.path for one in before.articles] + [one.path for one in before.skipped]:
            seen.setdefault(path, []).append(label)
    there = {path for path, _, arrival, _ in arrivals if arrival < 21}
    assert {path: len(labels) for path, labels in seen.items()} == dict.fromkeys(there, 1)
    assert set(submitted) == {path for path, _, arrival, draft in arrivals if arrival < 21 and not draft}


def test_a_selection_compares_by_what_it_holds(site: Site) -> None:
    """Selecting twice gives equal selections, another limit gives another."""
    site.add("a.md")
    site.add("b.md")
    assert site.select() == site.select()
    assert site.select() != site.select(filters={"limit": 1})
    assert replace(site.select(), late=()) == site.select()
