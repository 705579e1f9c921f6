"""Three weeks in a row through the command line, with articles that arrive after their week's issue."""

import json
from collections import Counter
from typing import Any

from tests.conftest import Project


def compose(project: Project, now: str) -> dict[str, Any]:
    """Compose the week before `now`, and give what the issue's build.json knows of it."""
    done = project.run("compose", "--week", now=now)
    assert done.status == 0, done.stderr
    composed = json.loads(project.run("select", "--week", "--json", "--explain", now=now).stdout)
    issue = composed["period"]["label"]
    build: dict[str, Any] = json.loads((project.issue(issue) / "build.json").read_text(encoding="utf-8"))
    return {"issue": issue, "selection": composed, "build": build}


def add(project: Project, name: str, date: str, **fields: Any) -> None:
    """Write an article with a text of its own."""
    project.add(
        f"{name}.md", f"<p>The text of {name}.</p>", title=f"About {name}", date=date, article_id=name, **fields
    )


def test_nothing_falls_between_two_issues(project: Project) -> None:
    """Every article is in exactly one issue, or has one reason in one of them; the late ones are marked."""
    add(project, "first", "2025-05-06T10:00:00Z")
    add(project, "draft", "2025-05-07T10:00:00Z", draft=True)
    add(project, "edge", "2025-05-11T23:59:59Z")
    weeks = [compose(project, "2025-05-12T08:00:00Z")]

    add(project, "late", "2025-05-07T10:00:00Z")
    add(project, "late-draft", "2025-05-07T11:00:00Z", draft=True)
    add(project, "late-and-again", "2025-05-08T11:00:00Z")
    add(project, "second", "2025-05-12T00:00:00Z")
    weeks.append(compose(project, "2025-05-19T08:00:00Z"))

    add(project, "later", "2025-05-18T23:00:00Z")
    add(project, "third", "2025-05-20T10:00:00Z")
    weeks.append(compose(project, "2025-05-26T08:00:00Z"))

    assert [one["issue"] for one in weeks] == ["2025-W19", "2025-W20", "2025-W21"]
    taken = [[article["key"] for article in one["selection"]["articles"]] for one in weeks]
    assert [sorted(keys) for keys in taken] == [
        ["edge", "first"],
        ["late", "late-and-again", "second"],
        ["later", "third"],
    ]
    reasons = [{out["key"]: out["reason"] for out in one["selection"]["skipped"]} for one in weeks]
    assert reasons == [{"draft": "draft"}, {"late-draft": "draft"}, {}]
    late = [article["key"] for one in weeks for article in one["selection"]["articles"] if article["late"]]
    assert sorted(late) == ["late", "late-and-again", "later"]

    seen = Counter(key for one in weeks for key in one["build"]["seen"])
    assert seen == Counter(path.stem for path in (project.root / "content").glob("*.md"))


def test_what_waits_is_not_forgotten(project: Project) -> None:
    """A draft of three weeks, and an embargo of two, are in the first issue after they are published, and once."""
    add(project, "first", "2025-05-06T10:00:00Z")
    add(project, "draft", "2025-05-07T10:00:00Z", draft=True)
    add(project, "embargo", "2025-05-08T10:00:00Z", publishDate="2025-05-21T10:00:00Z")
    add(project, "second", "2025-05-13T10:00:00Z")
    add(project, "third", "2025-05-20T10:00:00Z")
    add(project, "fourth", "2025-05-27T10:00:00Z")
    add(project, "fifth", "2025-06-03T10:00:00Z")
    weeks = [compose(project, "2025-05-12T08:00:00Z"), compose(project, "2025-05-19T08:00:00Z")]
    weeks.append(compose(project, "2025-05-26T08:00:00Z"))
    add(project, "draft", "2025-05-07T10:00:00Z")
    weeks += [compose(project, "2025-06-02T08:00:00Z"), compose(project, "2025-06-09T08:00:00Z")]
    taken = [sorted(article["key"] for article in one["selection"]["articles"]) for one in weeks]
    assert taken == [["first"], ["second"], ["embargo", "third"], ["draft", "fourth"], ["fifth"]]
    late = [article["key"] for one in weeks for article in one["selection"]["articles"] if article["late"]]
    assert late == ["embargo", "draft"]


def test_composing_again_changes_nothing(project: Project) -> None:
    """An issue composed again is the same; a late article waits for the next one."""
    add(project, "first", "2025-05-06T10:00:00Z")
    compose(project, "2025-05-12T08:00:00Z")
    before = (project.issue("2025-W19") / "email.html").read_bytes()
    add(project, "late", "2025-05-07T10:00:00Z")
    compose(project, "2025-05-12T09:00:00Z")
    assert (project.issue("2025-W19") / "email.html").read_bytes() == before
    add(project, "second", "2025-05-13T10:00:00Z")
    keys = [article["key"] for article in compose(project, "2025-05-19T08:00:00Z")["selection"]["articles"]]
    assert sorted(keys) == ["late", "second"]
