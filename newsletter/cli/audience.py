"""``newsletter audience``: the contacts that the provider keeps."""

import os
from dataclasses import asdict
from pathlib import Path

import click

from newsletter.app.audience import push_audience, rehearse_push, show_audience
from newsletter.cli.options import json_option
from newsletter.cli.output import table
from newsletter.cli.session import Session, shown_path
from newsletter.config import Config
from newsletter.errors import ExitStatus, UsageError
from newsletter.sender.push import Pushed, Survey
from newsletter.wording import counted

__all__ = ["command"]

_SHOWN = 20  # lines with an error


@click.command("audience")
@click.argument("action", type=click.Choice(["push", "show"]))
@click.argument("file", required=False)
@click.option("--list", "name", metavar="NAME", help="List to push to (name or id).")
@click.option("--create", is_flag=True, help="Create the list if it does not exist.")
@click.option("--dry-run", is_flag=True, help="Only read and count the file; no network access.")
@json_option
@click.pass_obj
def command(
    session: Session, action: str, file: str | None, name: str | None, create: bool, dry_run: bool, as_json: bool
) -> int:
    """Add or update the people of FILE, a recipients file, as contacts of a list at SendGrid, or show its lists.

    Suppressed addresses, and those that a column of FILE says have left, are not pushed. Columns are pushed to the
    contact fields of the same name. If it is interrupted, run it again to resume.

    \b
    newsletter audience push recipients.csv --list Weekly
    newsletter audience show
    """
    config = session.load_config()
    if action == "show":
        if file or name or create or dry_run:
            raise UsageError("'audience show' takes neither a file nor a list", hint="type: newsletter audience show")
        return _show(session, config, as_json=as_json)
    if not file:
        raise UsageError("'audience push' needs a file", hint="newsletter audience push FILE --list NAME")
    path = Path.cwd() / file
    if dry_run:
        return _rehearse(session, config, path, as_json=as_json)
    if not name:
        raise UsageError("'audience push' needs --list", hint="'newsletter audience show' shows the lists")
    survey, done = push_audience(config, os.environ, path, name, create=create, events=session)
    if as_json:
        errors = [{"line": line, "message": reason} for line, reason in done.errors]
        session.document({"mode": "live", **asdict(done), "suppressed": survey.suppressed, "errors": errors})
    else:
        resumed = f" ({done.resumed:,} of them by an earlier run)" if done.resumed else ""
        session.say(f"{name}: {counted(done.contacts, 'contact')} pushed{resumed}{_left_out(survey)}")
    return _end(session, path, done)


def _rehearse(session: Session, config: Config, path: Path, *, as_json: bool) -> ExitStatus:
    survey = rehearse_push(config, path)
    if as_json:
        session.document({"mode": "dry-run", "contacts": survey.contacts, "suppressed": survey.suppressed})
    else:
        session.say(f"{shown_path(path)}: {counted(survey.contacts, 'contact')} to push{_left_out(survey)}")
        session.note("dry run: nothing was pushed")
    return ExitStatus.DONE


def _left_out(survey: Survey) -> str:
    return f"; {survey.suppressed:,} suppressed or unsubscribed, not pushed" if survey.suppressed else ""


def _end(session: Session, path: Path, done: Pushed) -> ExitStatus:
    """Report what was refused or is not done, and return the exit status."""
    for line, reason in done.errors[:_SHOWN]:
        session.warn(f"{shown_path(path)}:{line}: refused: {reason}")
    if done.refused:
        shown = min(len(done.errors), _SHOWN)
        more = f", of which {shown} are named above" if shown < done.refused else ""
        refused = f"error: {counted(done.refused, 'contact')} refused{more}"
        session.warn(refused, "hint: fix those lines, then push again")
    if done.pending:
        pending = f"error: {counted(done.pending, 'job')} not finished yet"
        session.warn(pending, "hint: run the same command again to wait for the rest")
    return ExitStatus.FAILED if done.refused or done.pending else ExitStatus.DONE


def _show(session: Session, config: Config, *, as_json: bool) -> ExitStatus:
    found = show_audience(config, os.environ)
    if as_json:
        lists = [asdict(one) for one in found.lists]
        session.document({"total": found.total, "lists": lists, "fields": list(found.fields)})
    else:
        table(("list", "contacts", "id"), ((one.name, f"{one.contacts:,}", one.id) for one in found.lists))
        session.say(f"{counted(found.total, 'contact')} in all; fields: {', '.join(found.fields)}")
    return ExitStatus.DONE
