"""``newsletter status``: show the journal's record of an issue."""

import click

from newsletter.app.choose import load_index
from newsletter.app.operations import IssueOverview, overview
from newsletter.cli.delivery import counts
from newsletter.cli.options import json_option
from newsletter.cli.output import say
from newsletter.cli.session import Session
from newsletter.errors import ExitStatus
from newsletter.issues import find_issue
from newsletter.sender.journal import BatchRow
from newsletter.sender.sent_marker import missing_journal
from newsletter.sender.status import State, document, people, summarise

__all__ = ["command"]


@click.command("status")
@click.argument("issue", required=False)
@json_option
@click.pass_obj
def command(session: Session, issue: str | None, as_json: bool) -> int:
    """Show how many recipients of ISSUE were submitted, failed, or are uncertain.

    Without ISSUE, shows an unfinished issue or else the newest. The exit status is 3 if anything is uncertain.
    'newsletter -v status' includes addresses: the refused ones, and some of each uncertain batch to look up.

    \b
    newsletter status
    newsletter -v status 2025-W20   with addresses
    """
    config = session.load_config()
    index = load_index(config)
    name = index.choose(issue, State.PENDING, State.UNCERTAIN, State.SUBMITTING)
    found = overview(config, name)
    if found is None:
        loaded = find_issue(config.issues, name)
        if error := missing_journal(loaded.directory, config.journal):
            raise error
        found = IssueOverview(status=summarise(loaded.id, (), batches=0, digest=loaded.digest))
    if as_json:
        session.document(document(found.status))
    else:
        _say(found, addresses=session.verbose)
        if found.status.pending and (reason := index.obstacle(name, session.now(config))):
            say(f"it cannot be resumed: {reason}; 'newsletter cancel {name}' cancels the rest")
    uncertain = any(batch.state is State.UNCERTAIN and batch.recipients for batch in found.batches)
    return ExitStatus.UNCERTAIN if uncertain or (found.status.uncertain and not found.running) else ExitStatus.DONE


def _say(found: IssueOverview, *, addresses: bool) -> None:
    if not found.status.audience:
        say(f"{found.status.issue}: not sent yet")
        return
    flying = sum(batch.recipients for batch in found.batches if batch.state is State.SUBMITTING)
    say(counts(found.status, under_way=flying if found.running else 0, called_back=found.called_back))
    if found.cancelled:
        say(f"{'called back' if found.called_back else 'cancelled'} {found.cancelled}")
    for batch in found.batches:
        if batch.recipients and batch.attempts and batch.state is not State.SUBMITTED:
            say(_line(batch, running=found.running))
            if addresses and batch.number in found.to_look_up:
                say(f"  look up: {', '.join(found.to_look_up[batch.number])}")
            if addresses and batch.number in found.failed:
                say(f"  refused: {', '.join(found.failed[batch.number])}")
    if found.refused:
        named = f": {', '.join(found.refused)}" if addresses else "; -v lists them"
        one = len(found.refused) == 1
        say(f"{len(found.refused):,} {'address was' if one else 'addresses were'} refused by name{named}")
        for answer in found.refusals if addresses else ():
            say(f"  {answer}")


def _line(batch: BatchRow, *, running: bool) -> str:
    state = batch.state.value
    if batch.state is State.SUBMITTING:
        state = "under way" if running else "uncertain (its run was interrupted)"
    answer = f": {batch.answer}" if batch.answer else ""
    who = f"batch {batch.number} ({people(batch.recipients)})"
    return f"{who} {state}, attempt {batch.attempts}, {batch.began}{answer}"
