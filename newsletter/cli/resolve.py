"""``newsletter resolve``: record the outcome of uncertain batches."""

import functools
import os
import re

import click

from newsletter.app.choose import load_index
from newsletter.app.operations import resolve
from newsletter.app.send import provider_of
from newsletter.cli.delivery import counts, in_log
from newsletter.cli.options import json_option
from newsletter.cli.session import Session
from newsletter.errors import ExitStatus, NothingToDoError, UsageError
from newsletter.sender.status import State, document

__all__ = ["command"]


@click.command("resolve")
@click.argument("issue", required=False)
@click.argument("batch", required=False)
@click.option("--all", "every", is_flag=True, help="Settle all uncertain batches of the issue.")
@click.option(
    "--as",
    "decision",
    type=click.Choice(["submitted", "not-submitted"]),
    required=True,
    help="Outcome to record; not-submitted batches will be sent again.",
)
@json_option
@click.pass_obj
def command(session: Session, issue: str | None, batch: str | None, every: bool, decision: str, as_json: bool) -> int:
    """Record the outcome of the uncertain BATCH of ISSUE, after looking it up at SendGrid.

    Batches that SendGrid's log shows as accepted (if the key may read it) count as submitted in any case.

    \b
    newsletter resolve 2025-W20 3 --as submitted
    newsletter resolve 2025-W20 --all --as not-submitted
    """
    if issue and issue.isdecimal() and batch is None and not every:
        issue, batch = None, issue
    config = session.load_config()
    index = load_index(config)
    if not issue and not index.begun(State.UNCERTAIN, State.SUBMITTING):
        raise NothingToDoError("nothing is uncertain", hint="'newsletter status' shows the delivery progress")
    found = resolve(
        config,
        index.choose(issue, State.UNCERTAIN, State.SUBMITTING),
        _number(batch, every),
        submitted=decision == "submitted",
        log=functools.partial(provider_of, config, os.environ, session),
    )
    if found.found:
        say = session.note if decision == "submitted" else session.warn
        say(in_log(config.provider.name, found.found))
    if found.log_error:
        session.warn(f"warning: the log could not be read: {found.log_error}; only your decision is recorded")
    if as_json:
        session.document(document(found.status))
    else:
        session.say(counts(found.status))
    if not found.decided:
        session.note(f"nothing of {found.status.issue} is uncertain")
    elif found.status.pending:
        session.note(f"next: newsletter send {found.status.issue}")
    return ExitStatus.DONE


def _number(batch: str | None, every: bool) -> int | None:
    if every == (batch is not None):
        raise UsageError("specify a batch number or --all", hint="'newsletter status' lists the uncertain ones")
    if batch is not None and not re.fullmatch("[0-9]{1,9}", batch):
        raise UsageError(f"{batch[:30]!r} is not the number of a batch", hint="'newsletter status' lists them")
    return int(batch) if batch else None
