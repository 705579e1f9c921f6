"""Nothing outside the project is written, deleted or read, whatever somebody who hands over a folder put into it."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.errors import IssueError, StorageError
from newsletter.files import open_folder, read_file
from newsletter.issues import load_issue
from tests.conftest import Project


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """Make a folder outside the project with files that nothing may touch."""
    folder = tmp_path / "victim"
    (folder / "dry-run").mkdir(parents=True)
    (folder / "images").mkdir()
    for name in ("mine.png", "requests.jsonl", ".email.html.1.tmp", "issue.toml", "dry-run/requests.jsonl"):
        (folder / name).write_text("ann@reader.example")
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def replace_by_link(path: Path, target: Path) -> None:
    """Put a link in the place of a file or folder."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        path.rename(path.with_name(f"{path.name}-moved"))
    path.symlink_to(target)


LINKS = ["", "images", "issue.toml", "build.json", "email.html", "email.eml", "preview.html", "images/{picture}"]


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("options", [(), ("--reselect",)])
def test_compose_follows_no_link(week: Project, victim: Path, link: str, options: tuple[str, ...]) -> None:
    """A linked issue, folder or file of one is refused by its name, and what it leads to stays as it was."""
    week.run("compose", "--week")
    picture = next((week.issue() / "images").iterdir()).name
    path = week.issue() / link.format(picture=picture)
    replace_by_link(path, victim if link in ("", "images") else victim / "issue.toml")
    before = tree(victim)
    done = week.run("compose", "--week", *options)
    assert tree(victim) == before
    assert done.status == 1
    assert f"{path.relative_to(week.root)}: is a link" in done.stderr.replace(f"{week.root}/", "")
    assert "hint: replace it with the file or folder itself" in done.stderr


@pytest.mark.parametrize("link", ["dry-run", ""])
def test_a_dry_run_and_prune_follow_no_link(week: Project, victim: Path, link: str) -> None:
    """Neither writes behind a linked folder, or removes what lies there."""
    week.run("compose", "--week")
    (week.root / "recipients.csv").write_text("email\nann@reader.example\n")
    replace_by_link(week.issue() / link, victim)
    before = tree(victim)
    for command in (
        ("send", "--dry-run", "2025-W20"),
        ("prune", "--recipient", "ann@reader.example"),
        ("prune", "--older-than", "1d"),
    ):
        done = week.run(*command, now="2030-01-01T00:00:00Z")
        assert (done.status, tree(victim)) == (1, before), done.stderr
        assert "is a link" in done.stderr


def test_prune_removes_what_a_dry_run_writes(week: Project) -> None:
    """What names people goes, under its own and under temporary names; a file that somebody put beside it stays."""
    week.run("compose", "--week")
    (week.root / "recipients.csv").write_text("email\nann@reader.example\n")
    assert week.run("send", "--dry-run", "2025-W20").status == 0
    folder = week.issue() / "dry-run"
    for name in (".requests.123.tmp", ".requests.jsonl.00ff.tmp", ".sample.eml.9.tmp", "notes.txt"):
        (folder / name).write_text("ann@reader.example")
    assert week.run("prune", "--older-than", "1d", now="2030-01-01T00:00:00Z").status == 0
    assert sorted(path.name for path in folder.iterdir()) == ["notes.txt", "summary.json"]


NAMES = [
    "../../etc/passwd",
    "/etc/passwd",
    "images/../../secret",
    "images/a/b.png",
    "images/.hidden",
    "images\\a.png",
    "images/a\0.png",
    "images/",
    ".env",
    "newsletter.toml",
    "..",
    "",
    "images/" + "a" * 300,
]


@pytest.mark.parametrize("name", NAMES)
def test_build_json_names_files_of_the_issue_alone(week: Project, name: str) -> None:
    """A name that leads elsewhere is refused when it is read, whether as a file or as a picture."""
    week.run("compose", "--week")
    path = week.issue() / "build.json"
    build = json.loads(path.read_text())
    image = {**build["images"][0], "filename": name.removeprefix("images/")}
    for change in ({"files": {**build["files"], name: "0" * 64}}, {"images": [image]}):
        path.write_text(json.dumps({**build, **change}))
        with pytest.raises(IssueError, match=r"is damaged.*(is not the name|does not name)"):
            load_issue(week.issue())


def test_what_a_forged_build_names_is_not_removed(week: Project) -> None:
    """Composing removes pictures of the last compose that are gone from the message, and no other file of the issue."""
    week.run("compose", "--week")
    path = week.issue() / "build.json"
    build = json.loads(path.read_text())
    build["files"] |= {"images/old.png": "0" * 64}
    path.write_text(json.dumps(build))
    (week.issue() / "images" / "old.png").write_text("of the last compose")
    (week.issue() / "images" / "mine.png").write_text("mine")
    (week.issue() / ".mine.0.tmp").write_text("mine")
    assert week.run("compose", "--week").status == 0
    names = {file.name for file in week.issue().rglob("*")}
    assert "old.png" not in names
    assert {"mine.png", ".mine.0.tmp"} <= names


def special(make: Callable[[Path], object]) -> Callable[[Path], None]:
    """Return a function that puts something that is no file in a file's place."""

    def put(path: Path) -> None:
        path.unlink(missing_ok=True)
        make(path)

    return put


@pytest.mark.parametrize("name", ["issue.toml", "build.json", "email.html", "sending.json"])
@pytest.mark.parametrize("put", [special(os.mkfifo), special(Path.mkdir)], ids=["pipe", "folder"])
def test_what_is_no_file_ends_in_a_message(week: Project, name: str, put: Callable[[Path], None]) -> None:
    """A pipe is not waited for, a folder is not read: the run ends with an error, and not in silence."""
    week.run("compose", "--week")
    (week.root / "recipients.csv").write_text("email\nann@reader.example\n")
    put(week.issue() / name)
    for command in (("check",), ("send", "--dry-run", "2025-W20"), ("compose", "--week"), ("select", "--week")):
        done = week.run(*command)
        assert done.status in (0, 1, 4, 5), done.stderr


@pytest.mark.parametrize("name", ["newsletter.toml", ".env", "recipients.csv", "suppressions.csv"])
def test_a_pipe_in_the_place_of_a_project_s_file_is_not_waited_for(week: Project, name: str) -> None:
    """The run ends at once, with a message; nothing is sent."""
    week.run("compose", "--week")
    (week.root / "recipients.csv").write_text("email\nann@reader.example\n")
    special(os.mkfifo)(week.root / name)
    done = week.run("send", "--sandbox", "2025-W20", SENDGRID_HOST="http://127.0.0.1:9")
    assert done.status != 0
    assert "error: " in done.stderr


def test_people_may_come_through_a_pipe(week: Project) -> None:
    """``--recipients <(…)`` goes on working: a shell's pipe has a program at its other end."""
    week.run("compose", "--week")
    reader, writer = os.pipe()
    os.write(writer, b"email\nann@reader.example\n")
    os.close(writer)
    path = f"/proc/{os.getpid()}/fd/{reader}"
    done = week.run("send", "--dry-run", "2025-W20", "--recipients", path, "--json")
    os.close(reader)
    assert done.document["audience"] == 1


def test_the_folder_of_issues_may_be_a_link_to_one_of_issues(week: Project, tmp_path: Path, victim: Path) -> None:
    """An operator may keep them on another disk; a link to something else, or to nothing, is refused."""
    disk = tmp_path / "disk"
    disk.mkdir()
    replace_by_link(week.root / "issues", disk)
    assert week.run("compose", "--week").status == 0
    assert week.run("compose", "--week").status == 0
    assert (disk / "2025-W20" / "build.json").is_file()
    for target in (victim, tmp_path / "nowhere", Path("/")):
        replace_by_link(week.root / "issues", target)
        before = tree(victim)
        done = week.run("compose", "--week")
        assert (done.status, tree(victim)) == (2, before)
        assert "issues: is a link to something other than a folder of issues" in done.stderr


def test_the_locks_and_the_pictures_follow_no_link(week: Project, victim: Path, tmp_path: Path) -> None:
    """Neither a lock file nor the folder of fetched pictures is made behind a link."""
    lock = week.root / "issues" / "journal.sqlite3.lock"
    lock.parent.mkdir()
    lock.symlink_to(tmp_path / "made")
    assert week.run("compose", "--week").status == 1
    lock.unlink()
    (week.root / "issues" / ".pictures").symlink_to(victim)
    before = tree(victim)
    assert week.run("compose", "--week").status == 0
    assert tree(victim) == before
    assert not (tmp_path / "made").exists()


def test_init_follows_no_link(project: Project, victim: Path, tmp_path: Path) -> None:
    """A folder that has links already gets no file behind them."""
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "content").symlink_to(victim)
    (folder / "recipients.csv").symlink_to(tmp_path / "made")
    before = tree(victim)
    assert project.run("init", "--demo", str(folder)).status == 1
    assert tree(victim) == before
    assert not (tmp_path / "made").exists()


def test_a_folder_goes_by_its_descriptor(tmp_path: Path) -> None:
    """What is opened once stays the same, also when a link takes the place of its name meanwhile."""
    (tmp_path / "a").mkdir()
    (tmp_path / "elsewhere").mkdir()
    with open_folder(tmp_path / "a") as folder:
        (tmp_path / "a").rename(tmp_path / "b")
        (tmp_path / "a").symlink_to(tmp_path / "elsewhere")
        folder.write("images/x", b"1")
        assert folder.read("images/x") == b"1"
    assert (tmp_path / "b" / "images" / "x").is_file()
    assert tree(tmp_path / "elsewhere") == {}


def test_a_hard_link_is_replaced_and_not_written_to(tmp_path: Path) -> None:
    """The other name of the file keeps its content, also where a draft's old name had it."""
    (tmp_path / "other").write_text("mine")
    (tmp_path / "a").mkdir()
    os.link(tmp_path / "other", tmp_path / "a" / "x")
    with open_folder(tmp_path / "a") as folder:
        folder.write("x", b"new")
    assert (tmp_path / "other").read_text() == "mine"


def test_no_file_is_read_beyond_its_bound(tmp_path: Path) -> None:
    """A file that is too large, and one without an end, are errors and cost no memory."""
    with (tmp_path / "large").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(StorageError, match="more than 64,000,000 bytes"):
        read_file(tmp_path / "large")
    with pytest.raises(StorageError, match="is not a file"):
        read_file(Path("/dev/zero"))


def test_a_configuration_s_loop_of_links_is_an_error_of_ours(week: Project) -> None:
    """An archive, a journal and suppressions that lead in a circle end in a message."""
    (week.root / "circle").symlink_to("circle")
    text = (week.root / "newsletter.toml").read_text()
    for key in ('archive = "circle"', 'journal = "circle"', 'suppressions = "circle"'):
        table = "[newsletter]" if key.startswith("archive") else "[send]"
        week.configure(text.replace(table, f"{table}\n{key}"))
        assert week.run("suppressions", "pull", SENDGRID_API_KEY="k", SENDGRID_HOST="http://127.0.0.1:9").status != 0
        assert week.run("compose", "--week").status in (0, 1, 2)
