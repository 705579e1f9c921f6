"""``newsletter cancel``: call an issue back within its undo window, or give up the rest of it."""

import functools

import click

from newsletter.cli.delivery import counts, provider_of
from newsletter.cli.options import json_option
from newsletter.cli.session import Session
from newsletter.errors import ExitStatus
from newsletter.sender.desk import Overview, cancel
from newsletter.sender.status import document

__all__ = ["command"]


@click.command("cancel")
@click.argument("issue")
@json_option
@click.pass_obj
def command(session: Session, issue: str, as_json: bool) -> int:
    """End the sending of ISSUE: who has not got it will not get it, and counts as skipped.

    Within its undo window (undo_minutes in [send]) SendGrid is told to drop what it has not delivered, too; it promises
    this only up to ten minutes before the time.
    """
    config = session.load_config()
    found = cancel(config, issue, functools.partial(provider_of, session, config))
    if as_json:
        session.document(document(found.status))
    else:
        session.say(f"{counts(found.status, called_back=found.called_back)}; {_what_leaves(found)}")
    if found.status.uncertain:
        session.note(f"next: newsletter resolve {issue} --all --as submitted (or not-submitted, which skips them)")
    return ExitStatus.DONE


def _what_leaves(found: Overview) -> str:
    if found.held and not found.called_back:
        return "SendGrid was told less than ten minutes before its time: what it was given may still arrive"
    return "nothing more of it leaves"
