"""``newsletter compose`` and ``check``: what is written, what stays, what is refused."""

import email
import fcntl
import json
import re
import shutil
import signal
import subprocess
import sys
from email import policy
from pathlib import Path

import pytest

from tests.conftest import CONFIG, NOW, Project

PARTS = ("email.html", "email.txt", "email.eml")


def test_a_week_becomes_an_issue(week: Project) -> None:
    """The folder holds the promised files, and they hold the articles."""
    done = week.run("compose", "--week")
    assert done.status == 0
    assert done.stdout == "issues/2025-W20\n"
    names = {path.relative_to(week.issue()).as_posix() for path in week.issue().rglob("*") if path.is_file()}
    assert {*PARTS, "issue.toml", "build.json"} <= names
    html = (week.issue() / "email.html").read_text()
    text = (week.issue() / "email.txt").read_text()
    for category in ("energy", "health", "travel"):
        assert f"News of {category}" in html
        assert f"https://notes.example.org/{category}-news/" in html
        assert f"https://notes.example.org/{category}-news/" in text
        assert f"https://cdn.example.org/banners/{category}" in html
    assert "Old news" not in html


def test_the_document_says_what_was_composed(week: Project) -> None:
    """Under --json stdout is one document, and it agrees with the files."""
    document = week.run("compose", "--week", "--json").document
    assert document["schema"] == 1
    assert document["issue"] == "2025-W20"
    assert document["directory"] == str(week.issue())
    assert document["articles"] == 3
    assert document["html_bytes"] == (week.issue() / "email.html").stat().st_size
    assert document["digest"] == json.loads((week.issue() / "build.json").read_text())["digest"]
    assert {"code", "severity", "where", "message", "hint"} == set(document["findings"][0])


def test_the_eml_opens_in_a_mail_program(week: Project) -> None:
    """The message parses without a defect, has one text and one HTML part and the period's end as its date."""
    week.run("compose", "--week")
    message = email.message_from_bytes((week.issue() / "email.eml").read_bytes(), policy=policy.default)
    assert [part.defects for part in message.walk() if part.defects] == []
    assert message["Date"].datetime.isoformat() == "2025-05-19T00:00:00+00:00"
    body = message.get_body(("html",))
    assert body is not None
    assert "%%" not in body.get_content()


def test_nothing_to_compose_is_status_4(week: Project) -> None:
    """A period without articles writes no folder, says so, and under --json still prints its document."""
    done = week.run("compose", "--week", "2025-W01", "--json")
    assert done.status == 4
    assert done.document["articles"] == 0
    assert "error: no article" in done.stderr
    assert not week.issue("2025-W01").exists()


def test_one_broken_article_never_stops_the_others(week: Project) -> None:
    """It is reported with file and line on stderr, and the issue is made of the rest."""
    (week.root / "content" / "broken.md").write_text('+++\ndate = "2025-05-13"\ntitle = "open\n+++\n')
    done = week.run("compose", "--week")
    assert done.status == 0
    assert "broken.md:3: " in done.stderr
    assert "hint: " in done.stderr
    build = json.loads((week.issue() / "build.json").read_text())
    assert build["selection"]["invalid"][0]["path"] == "broken.md"
    assert len(build["articles"]) == 3


def test_an_issue_counts_what_the_limit_left_out(week: Project) -> None:
    """Composed again it still does, less what a person put in."""
    week.run("compose", "--week", "--limit", "1")
    assert "and 2 more at notes.example.org" in (week.issue() / "email.txt").read_text()
    outline = week.issue() / "issue.toml"
    outline.write_text(outline.read_text() + '\n[[articles]]\nkey = "1"\n')
    assert week.run("compose", "--week", "--limit", "1").status == 0
    assert "and 1 more at notes.example.org" in (week.issue() / "email.txt").read_text()


def test_the_rest_is_in_build_json_with_its_reason(week: Project) -> None:
    """Whoever does not make it into the issue is recorded there."""
    week.run("compose", "--week", "--limit", "1")
    build = json.loads((week.issue() / "build.json").read_text())
    assert [entry["key"] for entry in build["articles"]] == ["3"]
    assert {item["key"]: item["reason"] for item in build["selection"]["skipped"]} == {"1": "limit", "2": "limit"}
    assert set(build["seen"]) == {"1", "2", "3"}


def test_edits_survive_composing_again(week: Project) -> None:
    """Subject, intro, order and titles of issue.toml are rendered as they stand; the file is not touched."""
    week.run("compose", "--week")
    path = week.issue() / "issue.toml"
    edited = """\
subject = "A hand-made subject"
intro = "Dear readers, *hello*."
[[articles]]
key = "1"
title = "Energy first"
[[articles]]
key = "9"
"""
    path.write_text(edited)
    assert week.run("compose", "--week").status == 0
    html = (week.issue() / "email.html").read_text()
    assert path.read_text() == edited
    assert "A hand-made subject" in html
    assert html.index("Energy first") < html.index("Old news")
    assert "News of health" not in html
    build = json.loads((week.issue() / "build.json").read_text())
    assert set(build["seen"]) == {"1", "2", "3", "9"}


def test_a_new_article_does_not_slip_into_a_composed_issue(week: Project) -> None:
    """The list is frozen until --reselect, which keeps an edited file as a copy."""
    week.run("compose", "--week")
    path = week.issue() / "issue.toml"
    path.write_text(path.read_text().replace('subject = "', 'subject = "Edited: ', 1))
    edited = path.read_text()
    week.add("new.md", title="Brand new", date="2025-05-16T10:00:00Z", article_id=12, summary="New.")
    week.run("compose", "--week")
    assert "Brand new" not in (week.issue() / "email.html").read_text()
    week.run("compose", "--week", "--reselect")
    assert "Brand new" in (week.issue() / "email.html").read_text()
    assert (week.issue() / "issue.toml.bak").read_text() == edited
    week.run("compose", "--week", "--reselect")
    assert (week.issue() / "issue.toml.bak").read_text() == edited


@pytest.mark.parametrize("content", [None, "{"])
def test_an_edited_file_is_kept_though_its_beginnings_are_unknown(week: Project, content: str | None) -> None:
    """Where the first compose was not finished, or build.json is damaged, it is unknown what a person changed."""
    week.run("compose", "--week")
    path, build = week.issue() / "issue.toml", week.issue() / "build.json"
    build.unlink() if content is None else build.write_text(content)
    path.write_text(path.read_text().replace('subject = "', 'subject = "Edited: ', 1))
    edited = path.read_text()
    assert week.run("compose", "--week").status == 0
    assert week.run("compose", "--week", "--reselect").status == 0
    assert path.read_text() != edited
    assert (week.issue() / "issue.toml.bak").read_text() == edited


def test_every_edited_file_is_kept(week: Project) -> None:
    """A second --reselect puts its copy beside the first."""
    week.run("compose", "--week")
    path = week.issue() / "issue.toml"
    for number in (1, 2, 3):
        path.write_text(path.read_text().replace('subject = "', f'subject = "Edit {number}: ', 1))
        week.run("compose", "--week", "--reselect")
    copies = [(week.issue() / f"issue.toml.bak{suffix}").read_text() for suffix in ("", "2", "3")]
    assert [f'subject = "Edit {number}: ' in copy for number, copy in enumerate(copies, 1)] == [True] * 3


def test_other_filters_for_an_issue_are_a_usage_error(week: Project) -> None:
    """What would silently be ignored is refused; another name, or --reselect, is the way."""
    week.run("compose", "--week")
    done = week.run("compose", "--week", "--category", "energy")
    assert done.status == 2
    assert "--reselect" in done.stderr
    assert week.run("compose", "--week", "--category", "energy", "--issue", "energy-week").status == 0
    assert week.run("compose", "--week", "--category", "energy", "--reselect").status == 0
    assert "News of health" not in (week.issue() / "email.html").read_text()


def test_an_article_that_is_gone_is_an_error_of_the_check(week: Project) -> None:
    """Composing goes on without it, the check does not pass."""
    week.run("compose", "--week")
    (week.root / "content" / "health.md").unlink()
    assert week.run("compose", "--week").status == 0
    done = week.run("check", "--json")
    assert done.status == 5
    assert any(f["severity"] == "error" and "2" in f["where"] + f["message"] for f in done.document["findings"])


def test_the_check_notices_an_edited_file(week: Project) -> None:
    """An issue that is not what was composed is blocked until it is composed again."""
    week.configure(CONFIG.replace("[send]", 'postal_address = "1 Example Street"\n[send]'))
    week.run("compose", "--week")
    assert week.run("check").status == 0
    path = week.issue() / "email.html"
    path.write_text(path.read_text().replace("News of energy", "News of others"))
    done = week.run("check")
    assert done.status == 5
    assert "issues/2025-W20/email.html: error[changed]" in done.stdout
    week.run("compose", "--week")
    assert week.run("check").status == 0


def test_an_issue_that_is_too_large_is_said_once(week: Project) -> None:
    """Composing counted the articles that fit; checking without them does not add another number."""
    for number in range(20, 160):
        week.add(
            f"{number}.md",
            title=f"Long {number}",
            date="2025-05-14T10:00:00Z",
            article_id=number,
            summary="Word. " * 200,
        )
    week.run("compose", "--week", "--limit", "140")
    composed = json.loads((week.issue() / "build.json").read_text())["findings"]
    checked = week.run("check", "--json").document["findings"]
    sizes = [[one["message"] for one in findings if one["code"] == "size"] for findings in (composed, checked)]
    assert len(sizes[0]) == 1
    assert sizes[0] == sizes[1]


def test_a_slug_stands_before_the_name(week: Project) -> None:
    """Newsletters that share a folder keep apart by their slug."""
    week.configure(CONFIG.replace("[send]", 'slug = "notes"\n[send]'))
    assert week.run("compose", "--week").stdout == "issues/notes-2025-W20\n"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["--day", "2025-05-13"], "2025-05-13"),
        (["--month", "2025-05"], "2025-05"),
        (["--since", "2025-05-12", "--until", "2025-05-14"], "2025-05-12--2025-05-14"),
        (["--week", "2025-05-14"], "2025-W20"),
        (["--week", "--issue", "special"], "special"),
    ],
)
def test_an_issue_is_named_after_its_period(week: Project, arguments: list[str], name: str) -> None:
    """Each kind of period has its form of name."""
    assert week.run("compose", *arguments).stdout == f"issues/{name}\n"


def test_the_same_inputs_give_the_same_bytes(week: Project, tmp_path: Path) -> None:
    """Another folder, another system time zone, another hash seed and another clock change no byte."""
    week.run("compose", "--week", TZ="UTC", PYTHONHASHSEED="1")
    other = tmp_path / "elsewhere" / "copy"
    other.parent.mkdir()
    subprocess.run(["cp", "-r", str(week.root), str(other)], check=True)
    subprocess.run(["rm", "-r", str(other / "issues")], check=True)
    copy = Project(root=other, env=week.env)
    copy.run("compose", "--week", now="2025-05-21T23:00:00+09:00", TZ="Pacific/Kiritimati", PYTHONHASHSEED="2")
    for name in (*PARTS, "issue.toml"):
        assert (week.issue() / name).read_bytes() == (copy.issue() / name).read_bytes(), name


DYING = """
import os, signal, sys
from newsletter.__main__ import main

def replace(*paths, **options):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    really(*paths, **options)

left, really = int(sys.argv.pop(1)), os.replace
os.replace = replace
main()
"""


def test_a_killed_compose_is_finished_by_the_next(week: Project) -> None:
    """Killed before any of its files is in place, composing again gives the very issue of an undisturbed run."""
    week.run("compose", "--week")
    right = {name: (week.issue() / name).read_bytes() for name in PARTS}
    count = sum(path.is_file() for path in week.issue().rglob("*"))
    for number in (1, 2, count // 2, count):
        shutil.rmtree(week.issue())
        command = [sys.executable, "-c", DYING, str(number), "--now", NOW, "compose", "--week"]
        killed = subprocess.run(command, cwd=week.root, env=dict(week.env), check=False, capture_output=True)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        written = [path for path in week.issue().rglob("*") if path.is_file() and path.suffix != ".tmp"]
        assert len(written) == number - 1
        assert week.run("compose", "--week").status == 0
        assert {name: (week.issue() / name).read_bytes() for name in PARTS} == right
        assert [path.name for path in week.issue().rglob("*.tmp")] == []


def test_a_page_for_browsers_has_the_pictures(week: Project) -> None:
    """preview.html shows what a reader gets: no token, and every picture comes from the issue's folder."""
    week.run("compose", "--week")
    page = (week.issue() / "preview.html").read_text()
    pictures = re.findall(r'src="(images/[^"]+)"', page)
    assert pictures
    assert all((week.issue() / name).is_file() for name in pictures)
    assert "cid:" not in page
    assert "%%" not in page


def test_quiet_composing_says_nothing_at_all(week: Project) -> None:
    """Cron mails whatever is printed, so with -q a good run prints nothing."""
    week.configure(CONFIG.replace("[send]", 'postal_address = "1 Example Street"\n[send]'))
    done = week.run("-q", "compose", "--week")
    assert (done.status, done.stdout, done.stderr) == (0, "", "")


def test_quiet_composing_names_broken_articles_once(week: Project) -> None:
    """A mistake that keeps an article out is news for cron's mail; one that an earlier issue told is not."""
    (week.root / "content" / "page.md").write_text('+++\ntitle = "About"\n+++\n')
    assert "page.md:1: no date" in week.run("-q", "compose", "--week", "2025-W19").stderr
    (week.root / "content" / "typo.md").write_text('+++\ntitle = "A"\ndate = "13/05/2025"\n+++\n')
    done = week.run("-q", "compose", "--week")
    assert (done.status, done.stdout) == (0, "")
    assert "typo.md:3: date is not a date" in done.stderr
    assert "page.md" not in done.stderr


def test_a_compose_that_failed_leaves_nothing_behind(week: Project) -> None:
    """The next one picks again: what arrived meanwhile is in, not seen and forgotten."""
    templates = week.root / "templates" / "digest"
    templates.mkdir(parents=True)
    (templates / "issue.html").write_text("{{ oops }}")
    assert week.run("compose", "--week").status == 2
    assert not (week.issue() / "issue.toml").exists()
    week.add("new.md", title="Brand new", date="2025-05-15T10:00:00Z", article_id=7)
    (templates / "issue.html").unlink()
    assert week.run("compose", "--week").status == 0
    assert "Brand new" in (week.issue() / "email.txt").read_text()


def test_what_an_issue_of_unknown_beginnings_does_not_hold_comes_late(week: Project) -> None:
    """Without build.json it is unknown what the issue saw: an article that it neither has nor refuses was not seen."""
    week.run("compose", "--week")
    (week.issue() / "build.json").unlink()
    week.add("new.md", title="Brand new", date="2025-05-15T10:00:00Z", article_id=7)
    assert week.run("compose", "--week").status == 0
    document = week.run("select", "--week", "--json", now="2025-05-26T08:00:00Z").document
    assert [(one["key"], one["late"]) for one in document["articles"]] == [("7", True)]


@pytest.mark.parametrize("content", ["{}", "{", '{"schema": 2}'])
def test_one_damaged_issue_does_not_stop_the_others(week: Project, content: str) -> None:
    """It is named in a warning; the others compose and check, and it is itself fixed by composing it again."""
    week.run("compose", "--week")
    week.run("compose", "--week", "2025-W19")
    (week.issue() / "build.json").write_text(content)
    done = week.run("compose", "--week", "2025-W19")
    assert done.status == 0
    assert "issues/2025-W20/build.json" in done.stderr
    assert week.run("select", "--week", "2025-W19").status == 0
    assert week.run("check", "2025-W20").status == 1
    assert week.run("compose", "--week").status == 0
    assert "build.json" not in week.run("check", "2025-W20").stderr


def test_other_filters_for_a_named_issue_are_said_not_to_count(week: Project) -> None:
    """With --issue an issue that is there is rendered as it is, and says that it is not what was asked for."""
    week.run("compose", "--week", "--category", "energy", "--issue", "special")
    done = week.run("compose", "--day", "2025-05-14", "--issue", "special")
    assert done.status == 0
    assert "special keeps its own period and filters" in done.stderr
    assert "keeps its own" not in week.run("compose", "--week", "--category", "energy", "--issue", "special").stderr


def test_compose_waits_for_no_other_run(week: Project) -> None:
    """While another run of the project holds the lock, composing ends at once with status 6."""
    lock = week.root / "issues" / "journal.sqlite3.lock"
    lock.parent.mkdir()
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = week.run("compose", "--week")
    assert done.status == 6
    assert not week.issue().exists()


def test_only_pictures_that_are_shown_travel(demo: Project) -> None:
    """A template of words alone carries no banner, though they are to be embedded, and no code."""
    path = demo.root / "newsletter.toml"
    path.write_text(path.read_text().replace("[compose]", '[compose]\ntemplate = "compact"'))
    assert demo.run("compose", "--week").status == 0
    assert "<img" not in (demo.issue() / "email.html").read_text()
    assert list(demo.issue().glob("images/*")) == []
    assert b"image/" not in (demo.issue() / "email.eml").read_bytes()
    assert "cid-unused" not in demo.run("check").stdout


def test_an_issue_of_nothing_says_where_to_look(week: Project) -> None:
    """Composing knows the cause as selecting does: a mistyped name, another week, an empty folder."""
    for arguments, hint in (
        (["--category", "enrgy"], "the categories of this period are energy, health, travel"),
        (["--source", "Nobody"], "the sources of this period are Field Office"),
        (["--category", "energy", "--source", "Nobody"], "the sources of this period are Field Office"),
        (
            ["--exclude", "1", "--exclude", "2", "--exclude", "3"],
            "run 'newsletter select --explain' with the same options",
        ),
    ):
        done = week.run("compose", "--week", *arguments)
        assert (done.status, f"hint: {hint}" in done.stderr) == (4, True)
    assert "hint: no article is dated in this period" in week.run("compose", "--week", "2025-W01").stderr
    week.configure(CONFIG.replace("[send]", 'archive = "../project/contents"\n[send]'))
    assert f"error: {week.root.resolve() / 'contents'}: no such archive folder" in week.run("compose", "--week").stderr
    (week.root / "contents").mkdir()
    assert "hint: no file in contents ends in .md" in week.run("compose", "--week").stderr
