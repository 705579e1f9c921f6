"""A project folder is code: one of another user's is not followed only because it lies above."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.config import find_config
from newsletter.errors import ConfigError
from tests.conftest import Project

STRANGER = 54_321

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")


def _own_link(project: Path) -> None:
    """Point newsletter.toml, as a link of the user's, to another user's file."""
    other = project / "other.toml"
    (project / "newsletter.toml").rename(other)
    os.chown(other, STRANGER, -1)
    (project / "newsletter.toml").symlink_to(other)


def _foreign_link(project: Path) -> None:
    """Make newsletter.toml another user's link to a file of the user's."""
    (project / "newsletter.toml").rename(project / "mine.toml")
    (project / "newsletter.toml").symlink_to("mine.toml")
    os.chown(project / "newsletter.toml", STRANGER, -1, follow_symlinks=False)


def _both(project: Path) -> None:
    for path in (project, project / "newsletter.toml"):
        os.chown(path, STRANGER, -1)


FOREIGN: dict[str, Callable[[Path], object]] = {
    "file": lambda project: os.chown(project / "newsletter.toml", STRANGER, -1),
    "folder": lambda project: os.chown(project, STRANGER, -1),
    "both": _both,
    "link to another's": _own_link,
    "another's link": _foreign_link,
}
WRITABLE: dict[str, Callable[[Path], object]] = {
    "folder": lambda project: project.chmod(0o777),
    "like /tmp": lambda project: project.chmod(0o1777),
    "file": lambda project: (project / "newsletter.toml").chmod(0o666),
}


def _refused(project: Project, below: str, reason: str) -> None:
    folder = project.root / below
    folder.mkdir(parents=True, exist_ok=True)
    for command in (["select", "--week"], ["send", "--yes"], ["suppressions", "pull"]):
        done = project.run(*command, cwd=folder)
        assert done.status == 2
        assert done.stderr.startswith(f"error: {project.root / 'newsletter.toml'}: is not used: ")
        assert reason in done.stderr
        assert (
            f"hint: if you trust everything in that folder, specify it: newsletter --config {project.root}"
            in done.stderr
        )


@root_only
@pytest.mark.parametrize("make", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("below", [".", "mine/deep"])
def test_another_user_s_project_is_not_followed(week: Project, make: Callable[[Path], object], below: str) -> None:
    """In its folder or below it, whichever part is not the user's."""
    make(week.root)
    _refused(week, below, f"belongs to another user (uid {STRANGER})")


@pytest.mark.parametrize("make", WRITABLE.values(), ids=WRITABLE)
def test_a_project_that_everybody_may_write_is_not_followed(week: Project, make: Callable[[Path], object]) -> None:
    """As one in /tmp itself: whoever likes puts templates beside it."""
    make(week.root)
    _refused(week, ".", "can be written by every user")


@root_only
def test_who_names_it_trusts_it(week: Project) -> None:
    """With --config or NEWSLETTER_CONFIG another user's project is used."""
    FOREIGN["both"](week.root)
    week.root.chmod(0o777)
    assert week.run("--config", ".", "select", "--week").status == 0
    assert week.run("select", "--week", NEWSLETTER_CONFIG=str(week.root)).status == 0


@root_only
def test_under_sudo_the_caller_s_project_is_followed(week: Project) -> None:
    """As git does: root works in the folder of the one who called sudo, and of nobody else's."""
    FOREIGN["both"](week.root)
    assert week.run("select", "--week", SUDO_UID=str(STRANGER)).status == 0
    for other in (str(STRANGER + 1), "", "x", "-1", "9" * 5000, "²"):
        with pytest.raises(ConfigError, match="another user"):
            find_config(week.root, None, {"SUDO_UID": other})


def test_a_folder_of_one_s_own_in_a_shared_one_is_followed(week: Project) -> None:
    """What others may do above the project does not make it theirs."""
    week.root.parent.chmod(0o1777)
    assert week.run("select", "--week").status == 0
