"""``newsletter init``: a new folder that works at once."""

import os
import stat
import subprocess
from pathlib import Path

from tests.conftest import Project

ROOT = Path(__file__).parent.parent.parent


def test_a_new_project_can_be_used_at_once(tmp_path: Path, project: Project) -> None:
    """The folder that init makes has a configuration that reads, and an archive that is empty."""
    done = project.run("init", "letter", cwd=tmp_path)
    assert done.status == 0
    assert done.stdout == "letter\n"
    assert project.run("select", "--week", cwd=tmp_path / "letter").status == 4


def test_init_touches_nothing_that_is_there(project: Project, tmp_path: Path) -> None:
    """A folder with a newsletter is refused; other files that are there stay as they are."""
    before = (project.root / "newsletter.toml").read_bytes()
    done = project.run("init")
    assert done.status == 2
    assert (project.root / "newsletter.toml").read_bytes() == before
    folder = tmp_path / "half"
    folder.mkdir()
    (folder / "recipients.csv").write_text("mine")
    assert project.run("init", "half", cwd=tmp_path).status == 0
    assert (folder / "recipients.csv").read_text() == "mine"


def test_the_sample_articles_are_of_last_week(demo: Project) -> None:
    """On the day it is made, the demo's bare ``--week`` has ten articles; a draft and an older one stay out."""
    document = demo.run("select", "--week", "--json").document
    assert document["period"]["label"] == "2025-W20"
    assert document["counts"]["articles"] == 10
    assert {skipped["reason"] for skipped in document["skipped"]} == {"draft"}


def test_the_sample_week_moves_with_the_day(tmp_path: Path, project: Project) -> None:
    """Made on another day, also across a change of the year, the samples are of the week before that day."""
    now = "2026-01-01T12:00:00Z"
    assert project.run("init", "--demo", "later", cwd=tmp_path, now=now).status == 0
    document = project.run("select", "--week", "--json", cwd=tmp_path / "later", now=now).document
    assert document["period"]["label"] == "2025-W52"
    assert document["counts"]["articles"] == 10


def test_the_week_of_the_samples_is_that_of_their_newsletter(tmp_path: Path, project: Project) -> None:
    """Shortly before midnight in UTC it is Monday already where the sample newsletter lives."""
    now = "2026-06-21T23:30:00Z"
    assert project.run("init", "--demo", "edge", cwd=tmp_path, now=now).status == 0
    document = project.run("select", "--week", "--json", cwd=tmp_path / "edge", now=now).document
    assert document["counts"]["articles"] == 10


def test_keys_and_readers_stay_out_of_version_control(tmp_path: Path, project: Project) -> None:
    """A new project's .gitignore covers them, and .env.example is the one of the repository."""
    project.run("init", "letter", cwd=tmp_path)
    folder = tmp_path / "letter"
    (folder / ".env").write_text("SENDGRID_API_KEY=SG.x\n")
    (folder / "issues" / "journal.sqlite3").write_bytes(b"")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    listed = subprocess.run(["git", "status", "--porcelain", "-uall"], cwd=folder, check=True, capture_output=True)
    assert sorted(listed.stdout.decode().split()[1::2]) == [".env.example", ".gitignore", "newsletter.toml"]
    assert (folder / ".env.example").read_bytes() == (ROOT / ".env.example").read_bytes()


def test_files_of_people_are_their_owner_s_alone(tmp_path: Path, project: Project) -> None:
    """Whatever the umask, nobody else reads who gets the newsletter, or who does not."""
    for mask, options in ((0o000, ()), (0o022, ("--demo",)), (0o000, ("--demo",))):
        folder = tmp_path / f"{mask}{len(options)}"
        former = os.umask(mask)
        try:
            assert project.run("init", *options, str(folder)).status == 0
        finally:
            os.umask(former)
        files = [path for name in ("recipients.csv", "suppressions.csv") if (path := folder / name).exists()]
        assert files
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
