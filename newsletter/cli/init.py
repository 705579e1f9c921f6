"""``newsletter init``: start a new project folder."""

import re
import shlex
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

import newsletter
from newsletter.cli.session import Session, shown_path
from newsletter.config import CONFIG_NAME
from newsletter.errors import ExitStatus, UsageError
from newsletter.files import Folder, open_folder
from newsletter.tables import load_tables

__all__ = ["command"]

STARTER = Path(newsletter.__file__).parent / "starter"
DEMO = Path(newsletter.__file__).parent / "demo"
HIDDEN = {"env.example": ".env.example", "gitignore": ".gitignore"}
"""What files are called in a project; here they would already do what they are for."""
PEOPLE = {"recipients.csv", "suppressions.csv"}
SAMPLE_MONDAY = date(2025, 5, 12)
"""The Monday of the week in which the sample articles are dated."""


@click.command("init")
@click.argument("directory", metavar="[DIR]", default=".")
@click.option("--demo", is_flag=True, help="With sample articles of last week and recipients, ready to compose.")
@click.pass_obj
def command(session: Session, directory: str, demo: bool) -> int:
    """Start a new project folder in DIR; no file that is already there is touched."""
    target = Path.cwd() / directory
    if target.exists() and not target.is_dir():
        raise UsageError("is not a folder", place=shown_path(target), hint="name another one: newsletter init DIR")
    if (target / CONFIG_NAME).exists():
        hint = "edit it, or name another folder: newsletter init DIR"
        raise UsageError("there is a newsletter already", place=shown_path(target / CONFIG_NAME), hint=hint)
    with open_folder(target.resolve(), make=True) as folder:
        if demo:
            _copy(DEMO, folder, _shift(session.moment(_demo_zone())))
        _copy(STARTER, folder)
        for name in ("content", "issues"):
            with folder.folder(name, make=True):
                pass
    session.say(shown_path(target))
    enter = "" if target == Path.cwd() else f"cd {shlex.quote(directory)} && "
    if demo:
        session.note("next:")
    else:
        session.note(
            f"next: put your site, your sender and your postal address into {shown_path(target / CONFIG_NAME)},"
        )
        session.note("      your readers into recipients.csv, your articles into content/, then:")
    session.note(f"  {enter}newsletter compose --week && newsletter send --dry-run")
    return ExitStatus.DONE


def _copy(source: Path, target: Folder, shift: timedelta = timedelta()) -> None:
    """Copy a folder's files to where nothing is yet; dates in articles and in their names move by `shift`.

    Files of people are for their owner alone, whatever the umask; no link in `target` is followed.
    """
    for path in sorted(source.rglob("*")):
        if not path.is_file() or path.suffix == ".pyc":
            continue
        content = path.read_bytes()
        name = HIDDEN.get(path.name, str(path.relative_to(source)))
        if path.suffix == ".md":
            content = _moved(content.decode(), shift).encode()
            name = _moved(name, shift)
        if not target.has(name):
            target.write(name, content, mode=0o600 if name in PEOPLE else 0o644)


def _moved(text: str, shift: timedelta) -> str:
    def move(match: re.Match[str]) -> str:
        return (date.fromisoformat(match[0]) + shift).isoformat()

    return re.sub(r"\d{4}-\d\d-\d\d", move, text)


def _demo_zone() -> ZoneInfo:
    """Give the time zone of the sample newsletter, in which its week is told."""
    tables, _ = load_tables(DEMO / CONFIG_NAME)
    return ZoneInfo(tables["newsletter"]["timezone"])


def _shift(now: datetime) -> timedelta:
    """Work out how far the sample week is from the latest complete one."""
    this_monday = now.date() - timedelta(days=now.weekday())
    return this_monday - timedelta(days=7) - SAMPLE_MONDAY
