"""``newsletter suppressions``: update the list of addresses that nothing is sent to."""

import os

import click

from newsletter.app.operations import pull_suppressions
from newsletter.app.send import suppressor_of
from newsletter.cli.options import json_option
from newsletter.cli.session import Session
from newsletter.errors import ExitStatus

__all__ = ["command"]


@click.command("suppressions")
@click.argument("action", type=click.Choice(["pull"]))
@json_option
@click.pass_obj
def command(session: Session, action: str, as_json: bool) -> int:
    """Add SendGrid's bounces, spam reports, invalid addresses and unsubscribes to the suppression file.

    Nothing is sent to addresses in that file, from the next request on. Addresses are never removed from it.

    \b
    newsletter suppressions pull
    """
    config = session.load_config()
    file = config.send.suppressions or config.suppressions.name
    added, left_out = pull_suppressions(config, suppressor_of(config, os.environ, session))
    if as_json:
        session.document({"file": file, "added": added})
    else:
        session.say(f"{file}: {added:,} added")
    if left_out:
        session.note(
            f"{left_out:,} left out: {config.provider.name} has them as addresses, but nothing can be sent to them"
        )
    return ExitStatus.DONE
