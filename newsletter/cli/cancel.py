"""``newsletter cancel``: cancel the rest of an issue, and call it back within its undo window."""

import functools
import os

import click

from newsletter.app.campaign import campaigns_of, cancel_campaign
from newsletter.app.operations import IssueOverview, cancel, sent_by_mail
from newsletter.app.send import provider_of
from newsletter.cli.delivery import counts
from newsletter.cli.options import json_option
from newsletter.cli.session import Session
from newsletter.errors import ExitStatus
from newsletter.issues import check_issue_id
from newsletter.sender.status import document

__all__ = ["command"]


@click.command("cancel")
@click.argument("issue")
@json_option
@click.pass_obj
def command(session: Session, issue: str, as_json: bool) -> int:
    """Stop sending ISSUE. Recipients not yet submitted are marked as skipped.

    An issue that was composed and not sent yet is given up: its articles are available to the next one.

    Within its undo window (undo_minutes in [send]) SendGrid is also asked to drop what it has not delivered yet; it
    guarantees this only until ten minutes before the scheduled time. With delivery = "marketing", a
    Single Send that has not been triggered is cancelled, for every machine.

    \b
    newsletter cancel 2025-W20
    """
    config = session.load_config()
    name = check_issue_id(issue)
    if config.provider.campaigns and not sent_by_mail(config, name):
        found = cancel_campaign(config, name, campaigns_of(config, os.environ, session))
    else:
        found = cancel(config, name, functools.partial(provider_of, config, os.environ, session))
    if as_json:
        session.document(document(found.status))
    elif found.campaign:
        how = "called back before it was sent" if found.called_back else "cancelled"
        session.say(f"{issue}: {how}; no machine sends it any more")
    elif not found.status.batches and not found.cancelled:
        session.say(f"{issue}: given up before anything was sent; its articles are available to the next issue")
    else:
        session.say(
            f"{counts(found.status, called_back=found.called_back)}; {_what_leaves(found, config.provider.name)}"
        )
    if found.status.uncertain:
        session.note(f"next: newsletter resolve {issue} --all --as submitted (or not-submitted, which skips them)")
    return ExitStatus.DONE


def _what_leaves(found: IssueOverview, provider: str) -> str:
    if found.held and not found.called_back:
        return f"{provider} was told less than ten minutes before the scheduled time: messages may still arrive"
    return "no further request will be sent"
