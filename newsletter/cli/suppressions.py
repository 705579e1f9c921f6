"""``newsletter suppressions``: keep the list of people nothing is sent to."""

import click

from newsletter.cli.delivery import provider_of
from newsletter.cli.options import json_option
from newsletter.cli.session import Session
from newsletter.errors import ExitStatus
from newsletter.sender.desk import pull_suppressions

__all__ = ["command"]


@click.command("suppressions")
@click.argument("action", type=click.Choice(["pull"]))
@json_option
@click.pass_obj
def command(session: Session, action: str, as_json: bool) -> int:
    """Add SendGrid's bounces, spam reports, invalid addresses and unsubscribes to the suppression file.

    Who is in the file gets nothing, from the next request on. Nobody is ever taken out of it.
    """
    config = session.load_config()
    file = config.send.suppressions or config.suppressions.name
    added, left_out = pull_suppressions(config, provider_of(session, config))
    if as_json:
        session.document({"file": file, "added": added})
    else:
        session.say(f"{file}: {added:,} added")
    if left_out:
        session.note(f"{left_out:,} left out: SendGrid has them as addresses, but nothing can be sent to them")
    return ExitStatus.DONE
