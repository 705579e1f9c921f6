"""``newsletter approve``: let an issue be sent."""

import click

from newsletter.app.approve import approve
from newsletter.cli.options import json_option
from newsletter.cli.session import Session
from newsletter.errors import ExitStatus

__all__ = ["command"]


@click.command("approve")
@click.argument("issue")
@json_option
@click.pass_obj
def command(session: Session, issue: str, as_json: bool) -> int:
    """Approve ISSUE as it is now. With require_approval in [run], 'newsletter run' sends only what was approved.

    An edit after that has to be approved again.

    \b
    newsletter approve 2025-W20
    """
    config = session.load_config()
    approved = approve(config, issue)
    if as_json:
        session.document({"issue": approved.id, "digest": approved.digest})
    else:
        session.say(f"{approved.id}: approved")
        session.note("next: newsletter run (with the period that your cron line has) sends it")
    return ExitStatus.DONE
