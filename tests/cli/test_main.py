"""The command line as such: help, wrong words, and how errors are told."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter import __version__
from newsletter.cli.main import COMMANDS
from tests.conftest import Project

VALUELESS = (["--config"], ["select", "--since"], ["compose", "--until"], ["send", "--test"], ["prune", "--recipient"])


def test_help_lists_every_command(project: Project) -> None:
    """``--help`` names each command with one line of what it does."""
    done = project.run("--help")
    assert done.status == 0
    assert all(f"  {name}" in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(project: Project, name: str) -> None:
    """Each command has a description, and each of its options a sentence."""
    done = project.run(name, "--help")
    assert done.status == 0
    options = done.stdout.partition("Options:")[2].splitlines()
    assert [line for line in options if line.strip().startswith("-") and len(line.split()) < 2] == []


def test_the_version_is_said(project: Project) -> None:
    """``--version`` prints name and version."""
    assert project.run("--version").stdout == f"newsletter {__version__}\n"


def test_the_version_is_said_without_loading_the_house() -> None:
    """``--version`` imports none of what takes long."""
    heavy = "jinja2 premailer sendgrid PIL rich yaml sqlite3 tomli zxingcpp nh3 zoneinfo newsletter.models"
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"  # what measures coverage brings some of them along
        "from newsletter.cli.main import cli\n"
        "try:\n    cli.main(['--version'])\nexcept SystemExit: pass\n"
        f"print([name for name in {heavy.split()!r} if name in sys.modules.keys() - before])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compos"], "there is no command 'compos': did you mean 'compose'?"),
        (["banana"], "there is no command 'banana'\n"),
        (["send", "-q"], "put it before the command: newsletter -q send"),
        (["compose", "--week", "--now", "x"], "put it before the command: newsletter --now compose"),
        (["compose", "--weak"], "No such option"),
        (["compose"], "no period is specified"),
        (["compose", "--week", "--day"], "--week and --day cannot be combined"),
        (["compose", "--until", "2025-05-01"], "--until requires --since"),
        (["compose", "--week", "2025-W99"], "2025-W99"),
        (["compose", "--day", "2025-02-30"], "2025-02-30"),
        (["compose", "--last", "soon"], "soon"),
        (["compose", "--since", "2025-05-10", "--until", "2025-05-01"], "2025-05-01"),
        (["compose", "--week", "--limit", "-1"], "--limit"),
        (["compose", "--week", ""], "not a week: ''"),
        (["check", ""], "'' cannot name an issue"),
        (["compose", "--week", "--issue", "../x"], "'../x' cannot name an issue"),
        (["compose", "--since-last"], "no issue has been submitted yet"),
        (["--now", "tomorrow", "compose", "--week"], "'tomorrow' is not an ISO 8601 time"),
        (["--now", "9999-12-31T23:59:59-12:00", "compose", "--week"], "is outside the calendar in this time zone"),
        (["select", "--week", "--source", ""], "'--source': an empty name matches nothing"),
        (["select", "--week", "--include", " "], "'--include': an empty name matches nothing"),
        (["select", "--week", "--exclude", ""], "'--exclude': an empty name matches nothing"),
        (["compose", "--week", "--exclude", "a\udcff"], r"'--exclude': 'a\udcff' is not UTF-8 text"),
        (["select", "--week", "--category", "a\udcff"], r"'--category': 'a\udcff' is not UTF-8 text"),
        (["cancel", "\udcff"], r"'\udcff' cannot name an issue"),
        (["resolve", "\udcff", "--all", "--as", "submitted"], r"'\udcff' cannot name an issue"),
        (["status", "../x"], "'../x' cannot name an issue"),
        (["-q", "-v", "compose", "--week"], "cannot be combined"),
        (["--config", "nowhere.toml", "compose", "--week"], "no such configuration file"),
    ],
)
def test_a_wrong_word_is_a_usage_error(project: Project, arguments: list[str], message: str) -> None:
    """What cannot be meant is refused with status 2, one message and a hint."""
    done = project.run(*arguments, now=None if "--now" in arguments else "2025-05-19T08:00:00Z")
    assert done.status == 2
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert done.stdout == ""


def test_a_wrong_command_is_answered_with_the_list_of_commands(project: Project) -> None:
    """The hint of a mistyped command does not speak of options."""
    assert project.run("slect", now=None).stderr.endswith("hint: 'newsletter --help' lists the commands\n")


@pytest.mark.parametrize("words", [*([name, "--nonsense"] for name in COMMANDS), *VALUELESS])
def test_a_wrong_option_is_answered_with_the_help_of_its_command(project: Project, words: list[str]) -> None:
    """An unknown option, and one that lacks its value, point to what that very command takes."""
    done = project.run(*words, now=None)
    assert (done.status, done.stdout) == (2, "")
    command = " ".join(["newsletter", *words[:-1]])
    assert done.stderr.splitlines()[-1] == f"hint: '{command} --help' lists the options"


def test_the_hint_stands_apart(project: Project) -> None:
    """After what is wrong comes a line of its own with what to do."""
    done = project.run("compose", "--since-last")
    assert done.stderr.splitlines()[-1].startswith("hint: specify the first period: --since")


def test_under_json_an_error_is_a_document(project: Project) -> None:
    """A script gets the error as the one document on stdout, and the same status."""
    done = project.run("select", "--json", "--week", "2025-W99")
    assert done.status == 2
    assert done.document["schema"] == 1
    assert done.document["error"]["kind"] == "usage"
    assert "2025-W99" in done.document["error"]["message"]
    assert done.stderr.startswith("error: ")


def test_without_a_configuration_the_hint_names_init(tmp_path: Path, project: Project) -> None:
    """In a folder without newsletter.toml every command says how to get one."""
    done = project.run("compose", "--week", cwd=tmp_path)
    assert done.status == 2
    assert "newsletter init" in done.stderr


def test_a_missing_archive_is_named(project: Project) -> None:
    """An archive that is not there is an error with the folder's name, not an empty week."""
    (project.root / "content").rmdir()
    done = project.run("select", "--week")
    assert done.status == 2
    assert "content" in done.stderr


def test_a_reader_that_stops_reading_is_no_error_message(week: Project) -> None:
    """``newsletter select | head -0`` ends quietly."""
    command = f"{sys.executable} -m newsletter --now 2025-05-19T08:00:00Z -q select --week --json | true"
    done = subprocess.run(
        ["/bin/bash", "-c", command], cwd=week.root, env=dict(week.env), capture_output=True, timeout=60, check=False
    )
    assert done.stderr == b""


@pytest.mark.parametrize("arguments", [["select", "--week"], ["select", "--week", "--json"], ["--help"]])
def test_a_full_disk_behind_stdout_is_told(week: Project, arguments: list[str]) -> None:
    """Output that cannot be written is a failure that says so."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "newsletter", "--now", "2025-05-19T08:00:00Z", *arguments],
            cwd=week.root,
            env=dict(week.env),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert "standard output" in done.stderr or "No space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_outputs_are_no_obstacle(week: Project, closed: str) -> None:
    """Started with an output closed, a command does its work and says the rest where it can."""
    command = f"{sys.executable} -m newsletter --now 2025-05-19T08:00:00Z compose --week {closed}"
    done = subprocess.run(
        ["/bin/bash", "-c", command], cwd=week.root, env=dict(week.env), capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert (week.issue() / "email.html").exists()


def test_without_a_command_the_help_is_shown(project: Project) -> None:
    """A bare ``newsletter`` shows what there is; it is not told as an error."""
    done = project.run(now=None)
    assert done.status == 2
    assert done.stderr.startswith("Usage: newsletter")


@pytest.mark.parametrize("command", [["select", "--week"], ["compose", "--week"], ["check"], ["send", "--dry-run"]])
def test_a_mistake_in_the_configuration_stops_every_command(project: Project, command: list[str]) -> None:
    """Each command refuses an unknown key with its line and the word that was probably meant."""
    project.configure((project.root / "newsletter.toml").read_text().replace("base_url", "base_ulr"))
    done = project.run(*command)
    assert done.status == 2
    assert done.stderr == "error: newsletter.toml:3: unknown key 'base_ulr'\nhint: did you mean 'base_url'?\n"


SIGNALLED = """
import os, sys
number, sent = int(sys.argv.pop(1)), []
def send(event, values):
    if event == "open" and str(values[0]).endswith("build.json") and not sent:
        sent.append(number)
        os.kill(os.getpid(), number)
sys.addaudithook(send)
from newsletter.cli.main import main
main()
"""
"""The program, which gets a signal when it opens an issue's build.json."""


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated by SIGTERM"),
        (signal.SIGHUP, 129, "terminated by SIGHUP"),
    ],
)
@pytest.mark.parametrize("command", ["select", "compose", "check", "status"])
def test_a_signal_ends_every_command_with_a_line(
    project: Project, command: str, name: signal.Signals, status: int, message: str
) -> None:
    """A line, a status of its own, a document under ``--json``; here while an issue is read."""
    path = project.issue() / "build.json"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED, str(int(name)), command, "--json"],
        cwd=project.root,
        env=dict(project.env),
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stderr.decode().split("\n")[-2]) == (status, f"error: {message}")
    assert json.loads(done.stdout)["error"]["kind"] == "interrupted"
