"""Hostile articles: each is reported or survived, quickly, and none takes another with it."""

import os
import re
import time
from pathlib import Path

import pytest

from newsletter.models import Invalid, Selection
from newsletter.selector.archive import Archive
from tests.conftest import Project
from tests.selector.archives import Site
from tests.selector.hostile import Hostile, hostile_articles, write_hostile_archive

ALL = tuple(hostile_articles())


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Write the hostile archive once."""
    root = tmp_path_factory.mktemp("hostile") / "content"
    write_hostile_archive(root)
    return Site(root)


@pytest.fixture(scope="module")
def selection(archive: Site) -> Selection:
    """Select from it once, in a few seconds at most."""
    start = time.process_time()
    found = archive.select()
    assert time.process_time() - start < 20
    return found


def outcome(selection: Selection, path: str) -> tuple[str, str, int]:
    """Return what became of a path: the outcome, what was said of it, and the line."""
    for article in selection.articles:
        if article.path == path:
            return "article", article.title, 0
    for skipped in selection.skipped:
        if skipped.path == path:
            return skipped.reason.value, skipped.detail, 0
    for invalid in selection.invalid:
        if invalid.path == path or invalid.path.startswith(path + "/"):
            where = "unreadable" if invalid in selection.unreadable else "undated"
            return where, f"{invalid.message} {invalid.hint}", invalid.line
    return "nothing", "", 0


def test_there_are_many() -> None:
    """The folder holds what the issue asks for."""
    assert len({one.path for one in ALL}) == len(ALL) >= 60


@pytest.mark.parametrize("hostile", ALL, ids=lambda one: ascii(one.path[:40]))
def test_outcome(selection: Selection, hostile: Hostile) -> None:
    """Each comes out as expected, and is named."""
    found, said, line = outcome(selection, hostile.shown or hostile.path)
    assert found == hostile.outcome, said
    assert re.search(hostile.says if "|" in hostile.says else re.escape(hostile.says), said)
    assert not hostile.line or line == hostile.line


def test_nothing_else_is_found(selection: Selection) -> None:
    """Nothing outside the archive is read, nothing comes twice, and the counts add up."""
    counts = selection.counts
    expected = [one for one in ALL if one.outcome != "nothing"]
    assert counts.articles + counts.skipped + counts.invalid == len(expected)
    assert counts.in_period == counts.articles + counts.skipped + counts.invalid - counts.undated
    assert "Outside" not in {article.title for article in selection.articles}


def test_no_link_leaves_the_site(selection: Selection) -> None:
    """Every link stays on the site, whatever the names and urls are."""
    for article in selection.articles:
        assert article.link.startswith("https://news.example.org/")
        assert re.fullmatch(r"[!-~]+", article.link)
        assert "/../" not in article.link


def test_prescreening_changes_nothing(archive: Site, selection: Selection) -> None:
    """Parsing every file finds the same."""
    assert archive.select(prescreen=False) == selection


def test_through_the_command_line(project: Project) -> None:
    """The program survives them too, under a C locale, and prints one document."""
    (project.root / "content").rmdir()
    write_hostile_archive(project.root / "content")
    done = project.run("select", "--week", "2025-W20", "--explain", "--json")
    assert done.status == 0
    counts = done.document["counts"]
    assert counts["articles"] + counts["skipped"] + counts["invalid"] - counts["undated"] == counts["in_period"]
    assert project.run("select", "--week", "2025-W20", "--explain").status == 0


def test_a_name_that_turns_into_a_fifo_is_survived(tmp_path: Path) -> None:
    """A file that becomes a FIFO between looking and opening is reported; nothing waits for it."""
    site = Site(tmp_path)
    site.add("a.md")
    site.add("b.md")

    def swap(head: bytes, path: str) -> bool:
        other = tmp_path / ("b.md" if path == "a.md" else "a.md")
        if other.is_file():
            other.unlink()
            os.mkfifo(other)
        return False

    found = list(Archive(tmp_path).scan(swap, read=lambda file: file))
    assert [one.message for one in found if isinstance(one, Invalid)] == ["not a regular file"]
