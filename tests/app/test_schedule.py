"""``newsletter schedule``: what it prints works where it is put."""

import re
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from newsletter import __version__
from newsletter.app.schedule import KINDS, Plan
from newsletter.cli.main import COMMANDS
from newsletter.config import Config
from newsletter.errors import ConfigError
from newsletter.settings import NewsletterSettings, SelectSettings
from tests.conftest import NOW, Project, bare_environment
from tests.fake_sendgrid import KEY, FakeSendGrid

PEOPLE = "email\nann@example.org\nbob@example.org"


def runnable(text: str) -> str:
    """Let a printed command run at the tests' time; `compose` stands for `run` where that is not there yet."""
    text = text.replace("-q run", f"--now {NOW} -q run")
    return text if "run" in COMMANDS else text.replace("-q run", "-q compose")


def plan(folder: Path, *, every: Any = "week", at: str = "07:00", here: str = "UTC", **settings: Any) -> Plan:
    """Make a plan for a project in `folder` of the newsletter's time zone `zone`."""
    zone, week, slug = (
        settings.get(name, default) for name, default in (("zone", "UTC"), ("week", "monday"), ("slug", ""))
    )
    newsletter = NewsletterSettings(name="Field Notes", timezone=zone, slug=slug)
    config = Config(path=folder / "newsletter.toml", newsletter=newsletter, select=SelectSettings(week_starts_on=week))
    hour, minute = map(int, at.split(":"))
    return Plan(
        config=config,
        every=every,
        hour=hour,
        minute=minute,
        program=settings.get("program", (sys.executable, "-m", "newsletter")),
        user="daemon",
        here=ZoneInfo(here),
        now=datetime(2025, 5, 19, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({}, "0 7 * * 1"),
        ({"week": "sunday"}, "0 7 * * 0"),
        ({"every": "day", "at": "6:05"}, "5 6 * * *"),
        ({"every": "month"}, "0 7 1 * *"),
        ({"zone": "Europe/Berlin", "here": "Europe/Berlin"}, "0 7 * * 1"),
        ({"zone": "Europe/Berlin"}, "0 6 * * 1"),  # 05:00 in summer, when it is too late by an hour but never too early
        ({"zone": "Europe/Berlin", "here": "America/New_York"}, "0 1 * * 1"),
        ({"zone": "Europe/Berlin", "here": "America/New_York", "at": "01:30"}, "30 19 * * 0"),
        ({"zone": "Asia/Tokyo", "at": "01:30"}, "30 16 * * 0"),
        ({"zone": "Asia/Tokyo", "at": "01:30", "every": "month"}, "30 16 1 * *"),
        ({"zone": "America/New_York", "here": "Asia/Tokyo", "at": "20:00", "every": "month"}, "0 10 2 * *"),
        ({"zone": "Asia/Kolkata", "at": "07:00"}, "30 1 * * 1"),
    ],
)
def test_cron_is_told_in_the_machines_time(values: dict[str, Any], fields: str, tmp_path: Path) -> None:
    """Whatever the zones, the period has ended when it starts, in winter and in summer."""
    (file,) = KINDS["cron"](plan(tmp_path, **values))
    assert file.text.splitlines()[-1].startswith(f"{fields}  cd ")


def test_a_crontab_line_runs_as_cron_runs_it(week: Project) -> None:
    """With cron's environment, from a folder with a blank, a quote and a percent sign in its name."""
    root = week.root.with_name("it's 100% mine")
    week.root.rename(root)
    moved = Project(root=root, env=week.env)
    done = moved.run("schedule")
    assert done.status == 0
    line = done.stdout.splitlines()[-1]
    command = line.split("  ", 1)[1]
    assert "%" not in command.replace(r"\%", "")
    command = runnable(command.replace(r"\%", "%"))
    ended = subprocess.run(["/bin/sh", "-c", command], cwd="/", env=bare_environment(), capture_output=True, text=True)
    assert "Traceback" not in ended.stderr
    assert (root / "issues" / "2025-W20" / "email.html").exists(), ended.stderr


@pytest.mark.parametrize("kind", ["cron", "systemd", "github"])
def test_another_configuration_is_named(kind: str, week: Project) -> None:
    """A project whose file has another name is found by it."""
    (week.root / "newsletter.toml").rename(week.root / "energy.toml")
    done = week.run("--config", "energy.toml", "schedule", f"--{kind}")
    assert "--config energy.toml run --week" in done.stdout


def units(folder: Path, **values: Any) -> dict[str, str]:
    """Return the units by their names."""
    return {Path(file.path).name: file.text for file in KINDS["systemd"](plan(folder, **values))}


@pytest.mark.parametrize("name", ["plain", "it's 100% $mine"])
def test_systemd_takes_the_units(name: str, tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say, whatever the folder is called."""
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("systemd-analyze is not installed")
    folder = tmp_path / name
    folder.mkdir()
    texts = units(folder, slug="energy", zone="Europe/Berlin")
    assert sorted(texts) == ["newsletter-energy.service", "newsletter-energy.timer"]
    for file, text in texts.items():
        (tmp_path / file).write_text(text)
    done = subprocess.run(
        [analyze, "verify", *(str(tmp_path / file) for file in texts)], capture_output=True, text=True, timeout=60
    )
    ours = [line for line in done.stderr.splitlines() if "newsletter" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize(
    ("values", "calendar"),
    [
        ({"zone": "Europe/Berlin"}, "Mon *-*-* 07:00:00 Europe/Berlin"),
        ({"every": "day", "week": "sunday"}, "*-*-* 07:00:00 UTC"),
        ({"every": "month"}, "*-*-01 07:00:00 UTC"),
    ],
)
def test_a_timer_keeps_the_newsletters_zone(values: dict[str, Any], calendar: str, tmp_path: Path) -> None:
    """Systemd knows time zones, so that nothing is converted."""
    (timer,) = [text for name, text in units(tmp_path, **values).items() if name.endswith(".timer")]
    assert f"OnCalendar={calendar}\n" in timer
    if analyze := shutil.which("systemd-analyze"):
        subprocess.run([analyze, "calendar", calendar], check=True, capture_output=True, timeout=60)


def test_the_service_runs_the_program(week: Project) -> None:
    """Its command, in its folder, composes."""
    text = week.run("schedule", "--systemd").stdout
    (command,) = re.findall(r"(?m)^ExecStart=(.*)$", text)
    (folder,) = re.findall(r"(?m)^WorkingDirectory=(.*)$", text)
    subprocess.run(shlex.split(runnable(command)), cwd=folder, env=bare_environment(), capture_output=True, check=False)
    assert (week.issue() / "email.html").exists()


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody with a name."""
    names = ("-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "init.defaultBranch=main")
    return subprocess.run(
        ["git", *names, *arguments], cwd=folder, check=True, capture_output=True, text=True, timeout=60
    ).stdout


@pytest.fixture
def repository(week: Project, tmp_path: Path) -> Path:
    """Put the project into a folder of a repository, with its workflow, and return the bare one it is pushed to."""
    text = (week.root / "newsletter.toml").read_text()
    claim = '\nclaim = "git"\n' if "run" in COMMANDS else "\n"
    week.configure(text.replace("[send]", f'postal_address = "1 Field Road"\n[send]{claim}'))
    (week.root / ".gitignore").write_text((Path(__file__).parents[2] / "newsletter/starter/gitignore").read_text())
    git(tmp_path, "init", "-q")
    workflow = week.run("schedule", "--github")
    assert ("claim" in workflow.stderr) == ("run" not in COMMANDS)
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "newsletter.yml").write_text(workflow.stdout)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "Begin")
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", ".", str(bare))
    return bare


def run_job(clone: Path, sendgrid: FakeSendGrid, programs: Path) -> None:
    """Run the steps of the workflow in a clone as GitHub does, in `bash -e`, each with its own environment."""
    workflow = yaml.safe_load((clone / ".github" / "workflows" / "newsletter.yml").read_text())
    folder = clone / workflow["defaults"]["run"]["working-directory"]
    secrets = {"SENDGRID_API_KEY": KEY, "NEWSLETTER_RECIPIENTS": PEOPLE}
    environ = {**bare_environment(), "PATH": f"{programs}:/usr/bin:/bin", "SENDGRID_HOST": sendgrid.url, "CI": "true"}
    for step in workflow["jobs"]["send"]["steps"]:
        if "run" not in step:
            continue
        given = {name: secrets[value[len("${{ secrets.") : -len(" }}")]] for name, value in step.get("env", {}).items()}
        command = ["bash", "-e", "-o", "pipefail", "-c", runnable(step["run"])]
        done = subprocess.run(
            command, cwd=folder, env={**environ, **given}, capture_output=True, text=True, timeout=100
        )
        assert done.returncode == 0, f"{step['name']}\n{done.stdout}{done.stderr}"


def test_the_workflow_runs_in_fresh_clones(repository: Path, tmp_path: Path) -> None:
    """The second job, which finds what the first one kept, sends nothing again."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "pip").write_text(f'#!/bin/sh\ntest "$*" = "install newsletter-compiler=={__version__}"\n')
    (programs / "newsletter").write_text(f'#!/bin/sh\nexec {sys.executable} -m newsletter "$@"\n')
    for path in programs.iterdir():
        path.chmod(0o755)
    with FakeSendGrid() as sendgrid:
        for name in ("first", "second"):
            git(tmp_path, "clone", "-q", str(repository), name)
            run_job(tmp_path / name, sendgrid, programs)
        if "run" in COMMANDS:
            assert sendgrid.accepted() == {"ann@example.org": 1, "bob@example.org": 1}
    kept = git(repository, "ls-tree", "-r", "--name-only", "main").splitlines()
    assert "project/issues/2025-W20/build.json" in kept
    private = ("recipients", "journal", "dry-run", "sending.json", ".env")
    assert [name for name in kept if any(word in name for word in private)] == []


def test_the_workflow_is_what_github_takes(repository: Path, tmp_path: Path) -> None:
    """One scheduled job that may write the repository, never two at once, secrets in no command."""
    text = git(repository, "show", "main:.github/workflows/newsletter.yml")
    workflow = yaml.safe_load(text)
    assert workflow[True]["schedule"] == [{"cron": "0 7 * * 1"}]  # YAML 1.1 reads "on" as a truth value
    assert workflow["permissions"] == {"contents": "write"}
    assert workflow["concurrency"] == {"group": "newsletter", "cancel-in-progress": False}
    assert all("secrets." not in step.get("run", "") for step in workflow["jobs"]["send"]["steps"])


@pytest.mark.parametrize("at", ["7", "24:00", "07:60", "7 am", ""])
def test_a_time_is_hours_and_minutes(at: str, project: Project) -> None:
    """Anything else is a usage error that shows how to write it."""
    done = project.run("schedule", "--at", at)
    assert done.status == 2
    assert "07:00" in done.stderr


def test_one_kind_at_a_time_is_printed(project: Project) -> None:
    """Two would be mixed on one output: the message names both."""
    done = project.run("schedule", "--github", "--cron")
    assert (done.status, done.stdout) == (2, "")
    assert "--cron and --github cannot be combined" in done.stderr


def test_the_program_is_named_by_its_whole_path(week: Project) -> None:
    """No PATH is needed: it is the one that printed the line."""
    program = Path(sys.executable).with_name("newsletter")
    if not program.exists():
        pytest.skip("the program is not installed beside this Python")
    done = subprocess.run(
        [str(program), "schedule"], cwd=week.root, env=week.env, capture_output=True, text=True, check=True
    )
    assert f" {program} -q run --week" in done.stdout


def test_json_has_the_files(week: Project) -> None:
    """One document with each path and its text."""
    document = week.run("schedule", "--systemd", "--json").document
    assert [Path(file["path"]).name for file in document["files"]] == ["newsletter.service", "newsletter.timer"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name", ["a\n* * * * * root touch pwned", "b\\", "c${{ secrets.KEY }}", "d\u2028on: push", "e\x1b[2J"]
)
def test_a_name_that_would_become_a_command_is_refused(name: str, kind: str, tmp_path: Path) -> None:
    """A folder called so would add a line to a crontab, a unit or a workflow; the message is of one line."""
    with pytest.raises(ConfigError, match="no schedule can name it") as caught:
        KINDS[kind](plan(tmp_path / name))
    assert caught.value.place.isprintable()
