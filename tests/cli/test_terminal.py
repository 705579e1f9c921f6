"""What a person sees on a terminal, tried on a real pseudo-terminal."""

import re
import subprocess
import sys

from tests.conftest import Project, on_terminal

COUNTING = """
import time
from newsletter.cli.session import Session
with Session().progress("files read") as progress:
    for count in range(12):
        time.sleep(0.1)
        if progress:
            progress(count * 1000)
"""


def shown(command: list[str], project: Project) -> str:
    """Run `command` on a terminal in the project, and give all that it showed."""
    env = {**project.env, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    return on_terminal(command, cwd=project.root, env=env)[1]


def test_a_terminal_gets_a_table(week: Project) -> None:
    """Columns have heads and line up; a long title is cut by the width, not by chance."""
    program = [sys.executable, "-m", "newsletter", "--now", "2025-05-19T08:00:00Z", "select", "--week"]
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown(program, week)).splitlines()
    head = next(line for line in lines if "published" in line)
    row = next(line for line in lines if "News of health" in line)
    assert head.index("title") == row.index("News of health")


def test_long_work_shows_a_count_and_leaves_no_trace(project: Project) -> None:
    """After half a second a line counts up and is wiped away at the end."""
    written = shown([sys.executable, "-c", COUNTING], project)
    assert "000 files read" in written
    assert written.endswith("\r\x1b[K")


def test_elsewhere_nothing_counts(project: Project) -> None:
    """In a pipe there is no progress at all."""
    done = subprocess.run([sys.executable, "-c", COUNTING], capture_output=True, check=True, cwd=project.root)
    assert done.stderr == b""


def test_quiet_counts_nothing_on_a_terminal(week: Project) -> None:
    """With -q a terminal sees the data only."""
    program = [sys.executable, "-m", "newsletter", "--now", "2025-05-19T08:00:00Z", "-q", "select", "--week"]
    assert "articles" not in shown(program, week)
