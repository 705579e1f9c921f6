"""``newsletter prune``: delete personal data."""

import re
from datetime import datetime, timedelta

import click

from newsletter.app.prune import prune_older, prune_person
from newsletter.cli.options import json_option
from newsletter.cli.session import Session, shown_path
from newsletter.config import Config
from newsletter.email_addresses import parse_email
from newsletter.errors import ExitStatus, UsageError
from newsletter.wording import counted

__all__ = ["command"]


@click.command("prune")
@click.option("--older-than", "age", metavar="SPAN", help="Delete data older than this (e.g. 12w; default 90d).")
@click.option("--recipient", "person", metavar="ADDR", help="Delete this recipient's data, whatever its age.")
@json_option
@click.pass_obj
def command(session: Session, age: str | None, person: str | None, as_json: bool) -> int:
    """Delete addresses from old journal rows and old dry runs; the counts are kept.

    With --recipient, one person's data is deleted everywhere, whatever its age, and the address is added to the
    suppression file so that nothing is sent to it again.

    \b
    newsletter prune --older-than 90d
    newsletter prune --recipient ann@example.org
    """
    if age and person:
        raise UsageError("--older-than and --recipient cannot be combined", hint="run it twice")
    config = session.load_config()
    if person:
        found = prune_person(config, _address(person))
        forgotten, said = found.places, f"forgotten in {counted(found.places, 'place')}, and suppressed from now on"
        _remind(session, config, found.lines)
    else:
        forgotten = prune_older(config, _before(session.moment(), age or "90d"))
        said = f"{forgotten:,} address{'' if forgotten == 1 else 'es'} forgotten"
    if as_json:
        session.document({"forgotten": forgotten})
    else:
        session.say(said)
    return ExitStatus.DONE


def _remind(session: Session, config: Config, lines: tuple[int, ...]) -> None:
    """Name the lines of the recipients file with this person: the program does not change that file."""
    for line in lines:
        session.warn(f"{shown_path(config.recipients)}:{line}: the recipient is still listed here")
    if lines:
        session.warn("hint: remove the line there, and at the source of that file")


def _address(text: str) -> str:
    address = parse_email(text)
    if not address:
        raise UsageError("--recipient: that is not an email address", hint="write the bare one: ann@example.org")
    return address


def _before(moment: datetime, age: str) -> datetime:
    try:
        return moment - _span(age)
    except OverflowError:
        raise UsageError(f"--older-than: {age!r} ago is before the year 1", hint="write it like 90d or 12w") from None


def _span(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,5})([dw])", text)
    if not match:
        raise UsageError(f"--older-than: {text!r} is not a span", hint="write it like 90d or 12w")
    return timedelta(days=int(match[1]) * (7 if match[2] == "w" else 1))
