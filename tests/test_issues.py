"""The issue folder: what is saved comes back, and what was changed since is noticed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newsletter.build import ArticleRecord, SelectionRecord
from newsletter.documents import SelectionDocument, SkippedDocument
from newsletter.errors import ConfigError, IssueError, NothingToDoError, UsageError
from newsletter.issues import (
    Issue,
    check_issue_id,
    issue_ids,
    load_build,
    load_issue,
    load_outline,
    newest_issue,
    save_issue,
    save_outline,
)
from newsletter.models import (
    Counts,
    Filters,
    Finding,
    InlineImage,
    Invalid,
    Message,
    Options,
    Outline,
    OutlineEntry,
    Period,
    Severity,
    SkipReason,
)

CHOICE = SelectionRecord(
    options=Options(category=("a",)),
    filters=Filters(categories=("a",)),
    selection=SelectionDocument(
        articles=(),
        skipped=(SkippedDocument(key="4", path="4.md", reason=SkipReason.LIMIT),),
        invalid=(Invalid(path="3.md", line=1, message="no end"),),
        late=(),
        counts=Counts(scanned=4, in_period=4, articles=2, skipped=1, invalid=1, undated=0),
    ),
    seen=frozenset({"1"}),
    waiting={"2": "2.md"},
    generated="",
)
FINDING = Finding(code="alt", severity=Severity.WARNING, where="email.html", message="no alt", hint="add one")


def outline(name: str = "2025-W20", day: int = 12, **texts: str) -> Outline:
    """Make an outline of two articles for a week of May 2025 that begins on `day`."""
    period = Period(
        kind="week",
        label="2025-W20",
        start=datetime(2025, 5, day, tzinfo=UTC),
        end=datetime(2025, 5, day + 7, tzinfo=UTC),
        timezone="UTC",
    )
    entries = (OutlineEntry(key="1"), OutlineEntry(key="a/b.md", title='A "new" title', featured=True))
    return Outline(issue=name, period=period, subject="Subject", entries=entries, **texts)


def save(folder: Path, made: Outline, picture: str = "qr-1") -> Issue:
    """Save an outline and a message below a folder of issues."""
    image = InlineImage(cid=picture, filename=f"{picture}.png", mime_type="image/png", content=b"picture")
    message = Message(subject="Subject", html="<p>é</p>", text="é\n", images=(image,))
    save_outline(folder / made.issue, made, {"1": "The \\ first", "a/b.md": "Second"})
    return save_issue(
        folder / made.issue,
        made,
        message,
        b"eml",
        "<p>page</p>",
        findings=[FINDING],
        choice=CHOICE,
        templates={"digest/issue.html": "0" * 64},
        articles=[ArticleRecord(key="1", path="1.md", digest="1" * 64, mark="2" * 64)],
    )


def test_an_issue_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    """Message, outline, findings and record are the same after loading, and nothing counts as changed."""
    made = outline()
    saved = save(tmp_path, made)
    loaded = load_issue(tmp_path / "2025-W20")
    assert loaded == saved
    assert loaded.outline == made
    assert loaded.message.images[0].content == b"picture"
    assert loaded.findings == (FINDING,)
    assert loaded.changed == ()
    assert loaded.build.choice == CHOICE


@pytest.mark.parametrize("text", ["", "plain", 'q"uo\\te', 'two\nlines\n\nand "quotes" \\ more', "\u2028 \x7f \t"])
def test_texts_survive_issue_toml(tmp_path: Path, text: str) -> None:
    """Any text, with quotes, line breaks and control characters, is read back as it was written."""
    made = outline(intro=text, preheader=text.replace("\n", " "))
    save_outline(tmp_path / made.issue, made, {"1": text})
    assert load_outline(tmp_path / made.issue, made.period) == made


@pytest.mark.parametrize("name", ["email.html", "email.txt", "email.eml", "issue.toml", "images/qr-1.png"])
def test_a_changed_or_missing_file_is_noticed(tmp_path: Path, name: str) -> None:
    """Any file that build.json names counts as changed after an edit, and after its removal."""
    directory = save(tmp_path, outline()).directory
    path = directory / name
    path.write_bytes(path.read_bytes() + b" ")
    assert load_issue(directory).changed == (name,)
    path.unlink()
    assert load_issue(directory).changed == (name,)


def test_a_forged_subject_is_noticed(tmp_path: Path) -> None:
    """The subject is only in build.json, whose own digest covers it."""
    directory = save(tmp_path, outline()).directory
    path = directory / "build.json"
    path.write_text(path.read_text().replace('"subject": "Subject"', '"subject": "Other"', 1))
    assert load_issue(directory).changed == ("build.json",)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema": 1}', "{", '"x"', '{"schema": 1, "period": 3}'])
def test_a_damaged_build_is_an_error_of_ours(tmp_path: Path, content: str) -> None:
    """Whatever build.json holds, loading gives an issue or an IssueError that says to compose again."""
    directory = save(tmp_path, outline()).directory
    (directory / "build.json").write_text(content)
    with pytest.raises(IssueError) as caught:
        load_issue(directory)
    assert "compose the issue again" in caught.value.hint


@pytest.mark.parametrize(
    "odd",
    [
        {"seen": 5},
        {"seen": [5]},
        {"entries": [{}]},
        {"selection": {}},
        {"articles": [{}]},
        {"period": {"start": "2025-05-12T00:00:00"}},
        {"period": {"kind": "fortnight"}},
        {"options": None},
        {"filters": 1},
        {"generated": None},
        {"files": []},
        {"images": [{"cid": 1}]},
        {"findings": [{"severity": "dire"}]},
        {"templates": {"a": 1}},
        {"outline": {}},
    ],
)
def test_a_build_of_odd_types_is_an_error_of_ours(tmp_path: Path, odd: dict[str, Any]) -> None:
    """What later issues need of it is looked at when it is read, so that no command stumbles over it."""
    directory = save(tmp_path, outline()).directory
    build = json.loads((directory / "build.json").read_text())
    period = {**build["period"], **odd.pop("period", {})}
    (directory / "build.json").write_text(json.dumps({**build, **odd, "period": period}))
    with pytest.raises(IssueError, match="is damaged"):
        load_build(directory)


def test_a_build_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """An unknown schema says so instead of guessing."""
    directory = save(tmp_path, outline()).directory
    build = json.loads((directory / "build.json").read_text())
    (directory / "build.json").write_text(json.dumps({**build, "schema": 2}))
    with pytest.raises(IssueError, match="newer version"):
        load_issue(directory)


def test_stale_pictures_go(tmp_path: Path) -> None:
    """Composing again removes the pictures that the last compose wrote, and no file that somebody else put there."""
    directory = save(tmp_path, outline()).directory
    (directory / "images" / "mine.png").write_bytes(b"mine")
    save(tmp_path, outline(), picture="qr-2")
    assert sorted(path.name for path in (directory / "images").iterdir()) == ["mine.png", "qr-2.png"]


def test_issues_are_listed_by_their_period(tmp_path: Path) -> None:
    """The newest is the one whose period ends last, whatever the names; a folder without build.json is none."""
    for name, day in (("b", 5), ("a", 12), ("c", 1)):
        save(tmp_path, outline(name, day))
    (tmp_path / "unfinished").mkdir()
    assert issue_ids(tmp_path, "") == ("c", "b", "a")
    assert newest_issue(tmp_path, "") == "a"


def test_an_issue_without_its_build_was_not_finished(tmp_path: Path) -> None:
    """A folder that has only its issue.toml is there; the hint says to compose it."""
    directory = save(tmp_path, outline()).directory
    (directory / "build.json").unlink()
    with pytest.raises(IssueError, match="was not composed completely"):
        load_issue(directory)


def test_no_issue_is_nothing_to_do(tmp_path: Path) -> None:
    """Asking for an issue that is not there is status 4, with what to do."""
    with pytest.raises(NothingToDoError):
        newest_issue(tmp_path, "")
    with pytest.raises(NothingToDoError, match="2025-W20"):
        load_issue(tmp_path / "2025-W20")


def test_an_only_issue_that_is_damaged_is_not_called_missing(tmp_path: Path) -> None:
    """A command that takes the newest issue says what is wrong with the only one."""
    (save(tmp_path, outline()).directory / "build.json").write_text("{")
    with pytest.raises(IssueError, match="is damaged"):
        newest_issue(tmp_path, "")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("preheader =", "preheadr =", 6, "unknown table or key 'preheadr'"),
        ("subject =", "# subject =", 1, "'subject' is missing"),
        ("featured = true", 'featured = "yes"', 16, "must be true or false"),
        ("featured = true", "titel = 3", 16, "unknown key 'titel'"),
        ('key = "a/b.md"', 'key = "1"', 14, "is listed twice"),
    ],
)
def test_a_mistake_in_issue_toml_names_its_line(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    """A person's slip is told with the line it is on."""
    made = outline()
    save_outline(tmp_path / made.issue, made, {})
    path = tmp_path / made.issue / "issue.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ConfigError) as caught:
        load_outline(path.parent, made.period)
    assert message in caught.value.message
    assert caught.value.place.endswith(f"issue.toml:{line}")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", ".hidden", "journal.sqlite3", "x" * 101, "a b", "a\n"])
def test_what_cannot_name_an_issue_is_refused(name: str) -> None:
    """An id is one plain folder name."""
    with pytest.raises(UsageError):
        check_issue_id(name)
