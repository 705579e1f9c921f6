"""One source's article that keeps another's out: select, compose and check say it, and a composed issue stays."""

import json
from pathlib import Path

import pytest

from tests.conftest import CONFIG, Project

SHARED = {"summary": "What happened, in one sentence that is long enough.", "source_link": "https://honest.example/n/1"}
DETAIL = "repeats evil.md: the same source_link; the source there is Evil, here Honest"


@pytest.fixture
def rivals(project: Project) -> Project:
    """Make a project where a featured article, dated earlier, repeats another source's source_link."""
    evil = {"title": "Act now", "date": "2025-05-12T00:00:00Z", "article_id": "124", "source": "Evil"}
    project.add("evil.md", featured=True, **evil, **SHARED)
    honest = {"title": "Honest story", "date": "2025-05-15T09:00:00Z", "article_id": "123", "source": "Honest"}
    project.add("honest.md", **honest, **SHARED)
    return project


def found(project: Project) -> list[tuple[str, str]]:
    """Return the severity and the place of each finding of the newest issue, as check has them."""
    findings = project.run("check", "--json").document["findings"]
    return [(one["severity"], one["where"]) for one in findings if one["code"] == "duplicate-elsewhere"]


def paths(project: Project) -> list[str]:
    """List the files of an issue's articles."""
    build = json.loads((project.issue() / "build.json").read_text())
    return [article["path"] for article in build["articles"]]


def test_it_is_explained_and_found(rivals: Project) -> None:
    """Both `select --explain` and the finding name both sources; check --strict stops."""
    assert DETAIL in rivals.run("select", "--week", "--explain").stdout
    skipped = rivals.run("select", "--week", "--json").document["skipped"]
    assert [(one["source"], one["elsewhere"]) for one in skipped] == [("Honest", True)]
    document = rivals.run("compose", "--week", "--offline", "--json").document
    messages = [one["message"] for one in document["findings"] if one["code"] == "duplicate-elsewhere"]
    assert len(messages) == 1
    assert DETAIL in messages[0]
    assert found(rivals) == [("warning", "honest.md")]
    assert rivals.run("check", "--strict").status == 5


def test_the_hint_is_the_way_out(rivals: Project) -> None:
    """Without the copy the other one is in, and nothing is left to say, also where it is composed again."""
    rivals.run("compose", "--week", "--offline")
    rivals.run("compose", "--week", "--offline", "--exclude", "evil.md", "--reselect")
    for _ in range(2):
        assert (paths(rivals), found(rivals)) == (["honest.md"], [])
        assert rivals.run("compose", "--week", "--offline", "--exclude", "evil.md").status == 0


def test_composing_again_still_finds_it(rivals: Project) -> None:
    """The issue keeps its articles and so its finding; the article's own key in issue.toml ends it."""
    rivals.run("compose", "--week", "--offline")
    rivals.run("compose", "--week", "--offline")
    assert found(rivals) == [("warning", "honest.md")]
    outline = rivals.issue() / "issue.toml"
    outline.write_text(outline.read_text().replace('"124"', '"123"'))
    rivals.run("compose", "--week", "--offline")
    assert (paths(rivals), found(rivals)) == (["honest.md"], [])


def test_a_composed_article_is_not_replaced(rivals: Project) -> None:
    """Composing again takes the file that the issue had, whoever writes an earlier one with its key since."""
    (rivals.root / "content" / "evil.md").unlink()
    rivals.run("compose", "--week", "--offline")
    rivals.add("evil.md", title="Act now", date="2025-05-12T00:00:00Z", article_id="123", source="Evil")
    rivals.run("compose", "--week", "--offline")
    assert paths(rivals) == ["honest.md"]
    assert "Honest story" in (rivals.issue() / "email.txt").read_text()
    (rivals.root / "content" / "honest.md").rename(rivals.root / "content" / "moved.md")
    (rivals.root / "content" / "evil.md").unlink()
    rivals.run("compose", "--week", "--offline")
    assert paths(rivals) == ["moved.md"]


def test_a_key_by_hand_that_two_have_is_found(rivals: Project) -> None:
    """What a person adds by its key is the earliest with it; that another source has the key too is said."""
    for name, day in (("Evil", "12"), ("Honest", "16")):
        rivals.add(f"{name}-5.md", title=f"{name} 5", date=f"2025-05-{day}T00:00:00Z", article_id="5", source=name)
    rivals.run("compose", "--week", "--offline", "--source", "Desk", "--include", "124")
    outline = rivals.issue() / "issue.toml"
    outline.write_text(outline.read_text() + '[[articles]]\nkey = "5"\n')
    rivals.run("compose", "--week", "--offline", "--source", "Desk", "--include", "124")
    assert paths(rivals) == ["evil.md", "Evil-5.md"]
    assert found(rivals) == [("warning", "Honest-5.md")]


@pytest.mark.parametrize("listed", [False, True])
def test_lead_sources_decide_the_subject(rivals: Project, tmp_path: Path, listed: bool) -> None:
    """A `featured` that does not count makes neither the lead nor the subject; one in issue.toml always counts."""
    rivals.add("desk.md", title="From the desk", date="2025-05-16T09:00:00Z", source="Desk", article_id="7")
    rivals.configure(CONFIG + f"[select]\nlead_sources = {['Desk', 'Evil'] if listed else ['Desk']}\n")
    document = rivals.run("compose", "--week", "--offline", "--json").document
    assert document["subject"] == ("Act now" if listed else "From the desk")
