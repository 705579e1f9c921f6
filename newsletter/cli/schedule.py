"""``newsletter schedule``: print what makes a machine send the newsletter by itself."""

import getpass
import os
import re
import shutil
import sys
from pathlib import Path

import click

from newsletter.app.schedule import KINDS, Every, Plan, needs_claim
from newsletter.cli.options import json_option
from newsletter.cli.output import say
from newsletter.cli.session import Session
from newsletter.errors import ExitStatus, UsageError

__all__ = ["command"]


@click.command("schedule")
@click.option("--cron", is_flag=True, help="A line for crontab (the default).")
@click.option("--systemd", is_flag=True, help="A service and a timer.")
@click.option("--github", is_flag=True, help="A GitHub Actions workflow.")
@click.option(
    "--every",
    type=click.Choice(["week", "day", "month"]),
    default="week",
    show_default=True,
    help="Period of an issue.",
)
@click.option("--at", metavar="HH:MM", default="07:00", show_default=True, help="Time, in the newsletter's zone.")
@json_option
@click.pass_obj
def command(session: Session, every: Every, at: str, as_json: bool, *, cron: bool, systemd: bool, github: bool) -> int:
    """Print a crontab line, systemd units or a workflow that sends this newsletter.

    The output fits this project's folder and time zone, and this installation. Nothing is installed or changed.

    \b
    newsletter schedule --cron
    newsletter schedule --systemd --at 06:30
    newsletter schedule --github --every day
    """
    config = session.load_config()
    kind = _kind(cron=cron, systemd=systemd, github=github)
    hour, minute = _time(at)
    plan = Plan(
        config=config,
        every=every,
        hour=hour,
        minute=minute,
        program=_program(),
        user=getpass.getuser(),
        here=None,
        now=session.started,
    )
    files = KINDS[kind](plan)
    if kind == "github" and needs_claim(plan):
        session.warn("warning: every job begins with an empty journal, and nothing keeps two from sending one issue")
        session.warn('hint: set claim = "git" in [send]')
    if as_json:
        session.document({"kind": kind, "files": [{"path": file.path, "text": file.text} for file in files]})
        return ExitStatus.DONE
    for file in files:
        say(
            *([f"# {file.path}"] if file.path else []),
            *file.text.rstrip("\n").split("\n"),
            *([""] if file.path else []),
        )
    return ExitStatus.DONE


def _kind(**asked: bool) -> str:
    """Return the one kind that is asked for; the crontab line where none is."""
    kinds = [kind for kind, wanted in asked.items() if wanted] or ["cron"]
    if len(kinds) > 1:
        names = " and ".join(f"--{kind}" for kind in kinds)
        raise UsageError(f"{names} cannot be combined", hint="run it once for each")
    return kinds[0]


def _time(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text)
    if not match:
        raise UsageError(f"--at: {text!r} is not a time", hint="write it like 07:00")
    return int(match[1]), int(match[2])


def _program() -> tuple[str, ...]:
    """Return how this very program is called by its whole path, since nobody's PATH can be relied on."""
    called = Path(sys.argv[0])
    if called.name == "newsletter" and (found := shutil.which(called if called.parent.name else called.name)):
        return (os.path.abspath(found),)  # noqa: PTH100 - a link stays: it outlives an upgrade
    return (sys.executable, "-m", "newsletter")
