"""``newsletter init``: start a new project folder."""

import shlex
from pathlib import Path

import click

from newsletter.app.init import create_project, demo_zone
from newsletter.cli.session import Session, shown_path
from newsletter.config import CONFIG_NAME
from newsletter.errors import ExitStatus, UsageError

__all__ = ["command"]


@click.command("init")
@click.argument("directory", metavar="[DIR]", default=".")
@click.option("--demo", is_flag=True, help="Include sample recipients and articles dated last week.")
@click.pass_obj
def command(session: Session, directory: str, demo: bool) -> int:
    """Create a project in DIR. Existing files are not modified.

    \b
    newsletter init my-newsletter
    newsletter init --demo try-it    with sample articles
    """
    target = Path.cwd() / directory
    if target.exists() and not target.is_dir():
        raise UsageError("is not a folder", place=shown_path(target), hint="name another one: newsletter init DIR")
    if (target / CONFIG_NAME).exists():
        hint = "edit it, or name another folder: newsletter init DIR"
        raise UsageError("a newsletter already exists here", place=shown_path(target / CONFIG_NAME), hint=hint)
    create_project(target, demo_now=session.moment(demo_zone()) if demo else None)
    session.say(shown_path(target))
    enter = "" if target == Path.cwd() else f"cd {shlex.quote(directory)} && "
    if demo:
        session.note("next:")
    else:
        session.note(f"next: set your site, your sender and your postal address in {shown_path(target / CONFIG_NAME)},")
        session.note("      list your recipients in recipients.csv, put your articles into content/, then run:")
    session.note(f"  {enter}newsletter compose --week && newsletter send --dry-run")
    return ExitStatus.DONE
