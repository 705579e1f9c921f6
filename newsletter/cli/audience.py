"""``newsletter audience``: the contacts that the provider keeps."""

import os
from dataclasses import asdict
from pathlib import Path

import click

from newsletter.app.audience import push_audience, rehearse_push, show_audience
from newsletter.cli.options import json_option
from newsletter.cli.output import table
from newsletter.cli.session import Session, shown_path
from newsletter.errors import ExitStatus
from newsletter.sender.push import Pushed, Survey
from newsletter.wording import counted

__all__ = ["command"]

_SHOWN = 20  # lines with an error


@click.group("audience")
def command() -> None:
    """Push people to a list at SendGrid, and show what is there; for delivery = "marketing"."""


@command.command("push")
@click.argument("file")
@click.option("--list", "name", metavar="NAME", help="The list to push to, by name or id.")
@click.option("--create", is_flag=True, help="Make the list if there is none of that name.")
@click.option("--dry-run", is_flag=True, help="Only read the file and count; no network access.")
@json_option
@click.pass_obj
def push(session: Session, file: str, name: str | None, create: bool, dry_run: bool, as_json: bool) -> int:
    """Add or update the people of FILE, a recipients file, as contacts of a list.

    Suppressed addresses, and those that a column of FILE says have left, are not pushed. Columns are pushed to the
    contact fields of the same name. If it is interrupted, the same command goes on where it stopped.

    \b
    newsletter audience push recipients.csv --list Weekly --dry-run
    newsletter audience push recipients.csv --list Weekly
    """
    config = session.load_config()
    path = Path.cwd() / file
    if not name and not dry_run:
        raise click.UsageError("Missing option '--list'.")
    if dry_run:
        survey = rehearse_push(config, path)
        if as_json:
            session.document({"mode": "dry-run", "contacts": survey.contacts, "suppressed": survey.suppressed})
        else:
            session.say(f"{shown_path(path)}: {counted(survey.contacts, 'contact')} to push{_left_out(survey)}")
            session.note("dry run: nothing was pushed")
        return ExitStatus.DONE
    survey, done = push_audience(config, os.environ, path, name or "", create=create, events=session)
    if as_json:
        errors = [{"line": line, "message": reason} for line, reason in done.errors]
        session.document({"mode": "live", **asdict(done), "suppressed": survey.suppressed, "errors": errors})
    else:
        resumed = f" ({done.resumed:,} of them by an earlier run)" if done.resumed else ""
        session.say(f"{name}: {counted(done.contacts, 'contact')} pushed{resumed}{_left_out(survey)}")
    return _end(session, path, done)


def _left_out(survey: Survey) -> str:
    return f"; {survey.suppressed:,} suppressed or gone, not pushed" if survey.suppressed else ""


def _end(session: Session, path: Path, done: Pushed) -> ExitStatus:
    """Report what was refused or is not done, and return the exit status."""
    for line, reason in done.errors[:_SHOWN]:
        session.warn(f"{shown_path(path)}:{line}: refused: {reason}")
    if done.refused:
        shown = min(len(done.errors), _SHOWN)
        more = f", of which {shown} are named above" if shown < done.refused else ""
        session.warn(
            f"error: {counted(done.refused, 'contact')} refused{more}", "hint: fix those lines, then push again"
        )
    if done.pending:
        session.warn(
            f"error: {counted(done.pending, 'job')} not finished yet", "hint: the same command follows what is left"
        )
    return ExitStatus.FAILED if done.refused or done.pending else ExitStatus.DONE


@command.command("show")
@json_option
@click.pass_obj
def show(session: Session, as_json: bool) -> int:
    """Show the lists, how many contacts they have, and the fields of contacts.

    \b
    newsletter audience show
    """
    config = session.load_config()
    found = show_audience(config, os.environ)
    if as_json:
        session.document(
            {"total": found.total, "lists": [asdict(one) for one in found.lists], "fields": list(found.fields)}
        )
    else:
        table(("list", "contacts", "id"), ((one.name, f"{one.contacts:,}", one.id) for one in found.lists))
        session.say(f"{counted(found.total, 'contact')} in all; fields: {', '.join(found.fields)}")
    return ExitStatus.DONE
