"""``newsletter init``: start a new project folder."""

import shlex
from pathlib import Path

import click

from newsletter.app.init import create_project, demo_zone, shipped_names
from newsletter.cli.session import Session, shown_path
from newsletter.config import CONFIG_NAME
from newsletter.errors import ExitStatus, UsageError

__all__ = ["command"]


@click.command("init")
@click.argument("directory", metavar="[DIR]", default=".")
@click.option("--demo", is_flag=True, help="Include sample recipients and articles dated last week.")
@click.option(
    "--template", metavar="NAME", default="", help="Use this template: digest, magazine, wire, letter, compact."
)
@click.pass_obj
def command(session: Session, directory: str, demo: bool, template: str) -> int:
    """Create a project in DIR. Existing files are not modified."""
    target = Path.cwd() / directory
    if target.exists() and not target.is_dir():
        raise UsageError("is not a folder", place=shown_path(target), hint="name another one: newsletter init DIR")
    if (target / CONFIG_NAME).exists():
        hint = "edit it, or name another folder: newsletter init DIR"
        raise UsageError("there is a newsletter already", place=shown_path(target / CONFIG_NAME), hint=hint)
    if template and template not in shipped_names():
        hint = f"there are: {', '.join(shipped_names())}"
        raise UsageError(f"there is no template '{template}'", place="--template", hint=hint)
    create_project(target, demo_now=session.moment(demo_zone()) if demo else None, template=template)
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
