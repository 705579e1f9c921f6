"""How the program behaves on a terminal: help with examples, narrow windows, colours, completion."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from newsletter.cli.main import COMMANDS, cli
from tests.conftest import NOW, Project, bare_environment, on_terminal

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "terminal.md"
NARROW = 60


def help_of(*words: str) -> list[str]:
    """Return the lines of a help text in a narrow window."""
    done = subprocess.run(
        [sys.executable, "-m", "newsletter", *words, "--help"],
        env={**bare_environment(), "COLUMNS": str(NARROW)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_examples_that_can_be_typed(name: str) -> None:
    """Each is a line of its own that begins with the program's name, and its options exist."""
    command = cli.get_command(click.Context(cli), name)
    assert command
    lines = re.findall(rf"(?m)^\s*(newsletter (?:-\w )?{name}\b.*)$", command.help or "")
    assert lines
    for line in lines:
        words = shlex.split(re.split(r"\s{2,}| >", line)[0])
        command.make_context(name, words[words.index(name) + 1 :])


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_fits_into_a_narrow_window(name: str) -> None:
    """No line is longer than 60 characters."""
    assert [line for line in help_of(*filter(None, [name])) if len(line) > NARROW] == []


def test_tables_fit_into_a_narrow_window(week: Project) -> None:
    """Long cells wrap; nothing is cut off in the middle of a word without a sign."""
    week.add(
        "long.md", title="A headline " * 9, date="2025-05-14T09:00:00Z", source="A source with a long name", url="x"
    )
    env = {**week.env, "TERM": "xterm"}
    for arguments in ("select --week", "select --week --explain", "compose --week --offline", "check", "status"):
        command = [sys.executable, "-m", "newsletter", "--now", NOW, *arguments.split()]
        _, shown = on_terminal(command, cwd=week.root, env=env, columns=NARROW)
        table = [line for line in plain(shown).splitlines() if re.search(r"\S {2,}\S", line)]
        assert [line for line in table if len(line) > NARROW] == []


def plain(shown: str) -> str:
    """Return what a terminal shows without its escapes."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "")


@pytest.mark.parametrize("env", [{"NO_COLOR": "1", "TERM": "xterm-256color"}, {"TERM": "dumb"}])
def test_colours_can_be_switched_off(env: dict[str, str], week: Project) -> None:
    """With NO_COLOR, and on a terminal that has none, no colour is asked for."""
    for arguments in ("select --week", "select --week --explain", "--help"):
        command = [sys.executable, "-m", "newsletter", "--now", NOW, *arguments.split()]
        _, shown = on_terminal(command, cwd=week.root, env={**week.env, **env})
        codes = {code for codes in re.findall(r"\x1b\[([0-9;]*)m", shown) for code in codes.split(";")}
        assert {code for code in codes if code[:1] in ("3", "4", "9") and len(code) > 1} == set()


def test_nothing_is_coloured_where_nobody_looks(week: Project) -> None:
    """A pipe gets text without escapes, one line a row."""
    done = week.run("select", "--week", TERM="xterm-256color", FORCE_COLOR="1")
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_documented_and_there(shell: str) -> None:
    """Each shell's line of the guide gives a script, which the shell can read where it is installed."""
    assert f"_NEWSLETTER_COMPLETE={shell}_source newsletter" in GUIDE.read_text()
    env = {**os.environ, "_NEWSLETTER_COMPLETE": f"{shell}_source"}
    done = subprocess.run([sys.executable, "-m", "newsletter"], env=env, capture_output=True, text=True, check=False)
    assert f"_NEWSLETTER_COMPLETE={shell}_complete" in done.stdout
    if program := shutil.which(shell):
        subprocess.run([program, "-n", "-c", done.stdout], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("newsletter do", {"doctor"}), ("newsletter se", {"select", "send"}), ("newsletter doctor --off", {"--offline"})],
)
def test_what_is_begun_is_completed(typed: str, offered: set[str], tmp_path: Path) -> None:
    """Commands and options, as bash asks for them."""
    env = {**bare_environment(), "_NEWSLETTER_COMPLETE": "bash_complete", "COMP_WORDS": typed}
    env["COMP_CWORD"] = str(len(typed.split()) - 1)
    done = subprocess.run(
        [sys.executable, "-m", "newsletter"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} == offered
