"""Write what makes a machine run the newsletter by itself: a crontab line, systemd units, a workflow of GitHub's.

Each is for one project: its folder, its time zone, the program that wrote it. Nothing is installed.
"""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from newsletter import __version__
from newsletter.config import CONFIG_NAME, Config
from newsletter.errors import ConfigError
from newsletter.files import real_path
from newsletter.sender.sent_marker import MARKER
from newsletter.settings import weekday_number

__all__ = ["KINDS", "Every", "File", "Plan", "needs_claim"]

Every = Literal["week", "day", "month"]
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One text to put somewhere: `path` says where, "" for lines of a file that is there already."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to run, and when: `every` period, `hour`:`minute` of the newsletter's time zone after it has ended.

    `program` is how this program is called, word by word; `user` who runs it; `here` the machine's time zone; `now`
    decides what the clocks of both zones are this year.
    """

    config: Config
    every: Every
    hour: int
    minute: int
    program: tuple[str, ...]
    user: str
    here: tzinfo | None
    now: datetime

    def __post_init__(self) -> None:
        """Raise ConfigError for a name that would end its line, or begin something else, in what is written."""
        for text in (str(self.root), self.config.path.name, self.config.send.recipients, *self.program, self.user):
            if not text.isprintable() or text.endswith("\\") or "${{" in text:
                raise ConfigError("no schedule can name it", place=repr(text)[1:-1], hint="rename that folder or file")

    @property
    def name(self) -> str:
        """Return what its units are called."""
        slug = self.config.newsletter.slug
        return f"newsletter-{slug}" if slug else "newsletter"

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return the arguments of the command that runs."""
        named = () if self.config.path.name == CONFIG_NAME else ("--config", self.config.path.name)
        return ("-q", *named, "run", f"--{self.every}")

    @property
    def root(self) -> Path:
        """Return the project folder, wherever this was called from."""
        return real_path(self.config.root)

    @property
    def weekday(self) -> int:
        """Return the day on which a week has ended: the first of the next one, 0 for Monday."""
        return weekday_number(self.config.select.week_starts_on)

    def start_in(self, zone: tzinfo | None) -> datetime:
        """Return a start in another zone (None: the machine's): of the year's two, the later one by that zone's clock.

        Zones change their time on different days, or not at all. Later is right: the period has ended in either case.
        """
        there = ZoneInfo(self.config.newsletter.timezone)
        starts = []
        for month in (1, 7):
            first = datetime(self.now.year, month, 1, self.hour, self.minute, tzinfo=there)
            day = first + timedelta(days=(self.weekday - first.weekday()) % 7 if self.every == "week" else 0)
            starts.append((day.replace(tzinfo=None), day.astimezone(zone).replace(tzinfo=None)))
        return max(starts, key=lambda pair: pair[1] - pair[0])[1]


def needs_claim(plan: Plan) -> bool:
    """Return whether nothing keeps two machines, or a machine that forgets, from sending an issue twice."""
    return plan.config.send.claim == "none"


def _cron(plan: Plan) -> tuple[File, ...]:
    """Return the lines for ``crontab -e``."""
    start = plan.start_in(plan.here)
    command = f"cd {shlex.quote(str(plan.root))} && {shlex.join((*plan.program, *plan.arguments))}"
    here = plan.now.astimezone(plan.here).tzname()
    lines = [
        f"# {_line(plan.config.newsletter.name)}: {_when(plan)}. cron goes by this machine's clock ({here}), and mails",
        "# what is printed: only what needs a person.",
        f"{_fields(plan, start)}  {command.replace('%', chr(92) + '%')}",
    ]
    return (File(path="", text="\n".join(lines) + "\n"),)


def _fields(plan: Plan, start: datetime) -> str:
    """Return minute, hour, day, month and weekday as cron writes them."""
    day = (start.day if start.day < 15 else 1) if plan.every == "month" else "*"  # no month's last day is fixed
    weekday = (start.weekday() + 1) % 7 if plan.every == "week" else "*"
    return f"{start.minute} {start.hour} {day} * {weekday}"


def _when(plan: Plan) -> str:
    which = {"week": f"every {_DAYS[plan.weekday]}", "day": "every day", "month": "on the first of each month"}
    return f"{which[plan.every]} at {plan.hour:02}:{plan.minute:02} in {plan.config.newsletter.timezone}"


def _line(text: str) -> str:
    """Return a text as one line of a comment or a description."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())


def _systemd(plan: Plan) -> tuple[File, ...]:
    """Return a service and its timer."""
    calendar = {"week": f"{_DAYS[plan.weekday]} *-*-*", "day": "*-*-*", "month": "*-*-01"}[plan.every]
    root = str(plan.root).replace("%", "%%")
    service = f"""\
[Unit]
Description={_line(plan.config.newsletter.name).replace("%", "%%")}: newsletter
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={plan.user}
WorkingDirectory={root}
ExecStart={" ".join(map(_systemd_word, (*plan.program, *plan.arguments)))}
# 4: there was nothing to send
SuccessExitStatus=4
UMask=0077
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={_quoted(root)}
"""
    timer = f"""\
[Unit]
Description={_line(plan.config.newsletter.name).replace("%", "%%")}: newsletter, {_when(plan)}

[Timer]
OnCalendar={calendar} {plan.hour:02}:{plan.minute:02}:00 {plan.config.newsletter.timezone}
# run at once if the machine was off at that time
Persistent=true

[Install]
WantedBy=timers.target
"""
    folder = "/etc/systemd/system"
    return (
        File(path=f"{folder}/{plan.name}.service", text=service),
        File(path=f"{folder}/{plan.name}.timer", text=timer),
    )


def _systemd_word(word: str) -> str:
    """Return a word of a command line as systemd reads it."""
    return _quoted(word.replace("%", "%%").replace("$", "$$"))


def _quoted(word: str) -> str:
    if re.fullmatch(r"[\w@%+=:,./$-]+", word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _github(plan: Plan) -> tuple[File, ...]:
    """Return a workflow for the repository that the project is in."""
    text = f"{_workflow_start(plan)}{_workflow_steps(plan)}"
    return (File(path=f".github/workflows/{plan.name}.yml", text=text),)


def _workflow_start(plan: Plan) -> str:
    """Return the part of the workflow before its steps: when it runs, where, and what it may do."""
    secrets = ", ".join(plan.config.provider.secrets)
    return f"""\
# {_line(plan.config.newsletter.name)}: {_when(plan)}; GitHub goes by UTC.
# Secrets of the repository: {secrets}, and NEWSLETTER_RECIPIENTS with the content of the recipients file.
name: {json.dumps(plan.name)}
on:
  schedule:
    - cron: "{_fields(plan, plan.start_in(ZoneInfo("UTC")))}"
  workflow_dispatch:
permissions:
  contents: write  # the claim of an issue is a reference of this repository; composed issues are committed
concurrency:
  group: {json.dumps(plan.name)}
  cancel-in-progress: false
defaults:
  run:
    working-directory: {json.dumps(_place_in_repository(plan.root))}
jobs:
  send:
    runs-on: ubuntu-latest
    timeout-minutes: 60
"""


def _workflow_steps(plan: Plan) -> str:
    """Return the steps of the workflow: install, restore the recipients, send, commit the issue."""
    secrets = "\n".join(f"          {name}: ${{{{ secrets.{name} }}}}" for name in plan.config.provider.secrets)
    return f"""\
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Install
        run: |
          pip install newsletter-compiler=={__version__}
      - name: Put the recipients in place
        env:
          RECIPIENTS: ${{{{ secrets.NEWSLETTER_RECIPIENTS }}}}
        run: |
          umask 077
          printf '%s\\n' "$RECIPIENTS" > {shlex.quote(plan.config.send.recipients)}
      - name: Send what is due
        env:
{secrets}
        run: |
          newsletter {shlex.join(plan.arguments)}
      - name: Keep the issue
        if: always()
        run: |
          git config user.name {plan.name}
          git config user.email {plan.name}@localhost
          git add -- {shlex.quote(plan.config.issues.name)} ':!:*/{MARKER}'  # names a journal that is gone
          git diff --cached --quiet || git commit -q -m "Keep the issue"
          git push -q
"""


def _place_in_repository(root: Path) -> str:
    """Return the way from the top of the repository that a folder is in; "." without one."""
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
    return root.relative_to(top).as_posix()


KINDS: Mapping[str, Callable[[Plan], tuple[File, ...]]] = MappingProxyType(
    {"cron": _cron, "systemd": _systemd, "github": _github}
)
"""What can be written, by the name of its option."""
