"""A project that version 0.1.0 composed, sent and rehearsed: every command goes on from it."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from newsletter.issues import load_issue
from newsletter.models import Filters, Options
from tests.conftest import Project, bare_environment

WRITTEN = Path(__file__).parent / "written_by_0_1_0"


@pytest.fixture
def former(tmp_path: Path) -> Project:
    """Copy that project: 2025-W20 was sent to two people, 2025-W21 has a dry run."""
    shutil.copytree(WRITTEN, tmp_path / "former")
    return Project(root=tmp_path / "former", env=bare_environment())


@pytest.mark.parametrize("name", ["2025-W20", "2025-W21"])
def test_its_issues_are_read_as_they_were_written(former: Project, name: str) -> None:
    """Every file is the one that build.json names, and how its articles were chosen is known."""
    issue = load_issue(former.issue(name))
    assert issue.changed == ()
    assert issue.build.choice.options == Options(category=("energy", "health"), limit=5)
    assert issue.build.choice.filters == Filters(categories=("energy", "health"), limit=5)
    assert len(issue.build.articles) == len(issue.message.images) == 2


def test_what_is_written_now_has_the_same_form(former: Project) -> None:
    """Composing an issue again keeps every value of its build.json in its place; there may be more beside them."""
    before = json.loads((former.issue("2025-W21") / "build.json").read_text())
    (former.issue("2025-W21") / "images" / "mine.png").write_text("mine")
    filters = ("--category", "energy", "--category", "health", "--limit", "5")
    done = former.run("compose", "--week", "2025-W21", *filters, now="2025-05-26T08:00:00Z")
    assert done.status == 0, done.stderr
    after = json.loads((former.issue("2025-W21") / "build.json").read_text())
    assert _common(_form(after), _form(before)) == _form(before)
    same = ("issue", "period", "outline", "entries", "options", "filters", "seen", "waiting", "selection")
    assert {name: _common(after[name], before[name]) for name in same} == {name: before[name] for name in same}


def _form(value: Any) -> Any:
    """Return a document with the types of its values; how an issue looks is not a matter of its form."""
    if isinstance(value, dict):
        return {re.sub(r"-[0-9a-f]{8}\.", "-DIGEST.", key): _form(one) for key, one in value.items()}
    return [_form(one) for one in value] if isinstance(value, list) else type(value).__name__


def _common(after: Any, before: Any) -> Any:
    """Return of `after` what `before` has as well."""
    if isinstance(before, dict):
        return {key: _common(after[key], value) for key, value in before.items() if key in after}
    if isinstance(before, list) and len(before) == len(after):
        return [_common(one, other) for one, other in zip(after, before, strict=True)]
    return after


def test_its_journal_and_its_mark_count(former: Project) -> None:
    """What was sent is known: it is left as it is, its articles are out, and without the journal nothing leaves."""
    assert former.run("status", "2025-W20", "--json").document["submitted"] == 2
    done = former.run("compose", "--week", "2025-W20")
    assert "leaving it unchanged" in done.stderr
    document = former.run("select", "--since", "2025-05-12", "--until", "2025-05-18", "--json").document
    assert {one["key"] for one in document["skipped"] if one["reason"] == "submitted"} >= {"202"}
    (former.root / "issues" / "journal.sqlite3").unlink()
    blocked = former.run("send", "2025-W20", "--dry-run", "--json").document["would_block"]
    assert "on 2026-11-27 with the journal /srv/notes/issues/journal.sqlite3" in blocked[0]["message"]


def test_its_dry_run_is_forgotten(former: Project) -> None:
    """`prune` removes what that version wrote of people."""
    assert former.run("prune", "--recipient", "ann@reader.example").status == 0
    folder = former.issue("2025-W21") / "dry-run"
    assert [path.name for path in folder.iterdir()] == ["summary.json"]
