"""``newsletter cancel``: call an issue back within its undo window."""

import click

from newsletter.cli.delivery import counts, provider_of
from newsletter.cli.options import json_option
from newsletter.cli.session import Session
from newsletter.errors import ExitStatus
from newsletter.sender.desk import cancel
from newsletter.sender.status import document

__all__ = ["command"]


@click.command("cancel")
@click.argument("issue")
@json_option
@click.pass_obj
def command(session: Session, issue: str, as_json: bool) -> int:
    """Call ISSUE back before SendGrid delivers it; it needs undo_minutes in [send].

    SendGrid promises this only up to ten minutes before the time.
    """
    config = session.load_config()
    found = cancel(config, issue, provider_of(config))
    if as_json:
        session.document(document(found.status))
    else:
        click.echo(f"{counts(found.status)}; SendGrid was told to drop what it has not delivered")
    return ExitStatus.DONE
