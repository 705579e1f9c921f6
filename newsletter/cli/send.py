"""``newsletter send``: deliver an issue, or show what that would do."""

import os
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from newsletter.app.send import Delivered, SendRequest, send_issue
from newsletter.cli.delivery import (
    DeliveryTerminal,
    campaign_document,
    campaign_line,
    completion,
    counts,
    in_log,
    say_membership,
    say_problems,
    waiting_line,
)
from newsletter.cli.options import json_option, where_option
from newsletter.cli.output import say
from newsletter.cli.session import Session, shown_path
from newsletter.config import Config
from newsletter.email_addresses import parse_email
from newsletter.errors import ClaimedError, ExitStatus, UsageError
from newsletter.sender.deliver import SendResult
from newsletter.sender.guards import parse_expected
from newsletter.sender.status import Mode, Status, document, exit_status, people
from newsletter.sender.where import parse_where
from newsletter.wording import counted

__all__ = ["command"]


@click.command("send")
@click.argument("issue", required=False)
@click.option("--dry-run", is_flag=True, help="Write the requests to disk instead of sending them; no network access.")
@click.option(
    "--test",
    "addresses",
    metavar="ADDR",
    multiple=True,
    help="Send only to this address, with [Test] in the subject; repeatable.",
)
@click.option("--sandbox", is_flag=True, help="Have SendGrid validate every request without delivering any.")
@click.option("--recipients", metavar="FILE", help="Use this file instead of the configured one.")
@click.option(
    "--expect-recipients", metavar="N|MIN..MAX", help="Abort unless the recipient count is N, or between MIN and MAX."
)
@click.option("--at", metavar="ISO", help='Send at this time instead of now; requires delivery = "marketing".')
@where_option
@click.option("--yes", is_flag=True, help="Don't ask for confirmation (required when not on a terminal).")
@json_option
@click.pass_obj
def command(
    session: Session,
    issue: str | None,
    dry_run: bool,
    addresses: tuple[str, ...],
    sandbox: bool,
    recipients: str | None,
    expect_recipients: str | None,
    at: str | None,
    where: tuple[str, ...],
    yes: bool,
    as_json: bool,
) -> int:
    """Send ISSUE once to each recipient.

    Without ISSUE, resumes an unfinished issue or else sends the newest. Rerunning resumes where it stopped; nobody
    receives an issue twice.

    \b
    newsletter send --dry-run
    newsletter send --test you@example.org
    newsletter send --expect-recipients 900..1100
    """
    mode = _mode(dry_run, addresses, sandbox)
    if where and mode == "test":
        raise UsageError("--where and --test cannot be combined", hint="a test goes to the addresses that --test names")
    config = session.load_config()
    request = SendRequest(
        mode=mode,
        now=session.now(config),
        issue=issue,
        addresses=tuple(map(_address, addresses)),
        recipients=Path.cwd() / recipients if recipients else None,
        expected=parse_expected(expect_recipients) if expect_recipients else None,
        at=_moment(at, session, config) if at else "now",
        where=parse_where(where),
    )
    try:
        delivered = send_issue(config, request, os.environ, session, DeliveryTerminal(session=session, yes=yes))
    except ClaimedError as error:
        if not error.done or as_json:
            raise
        session.note(str(error))
        return ExitStatus.DONE
    report = delivered.report
    if as_json:
        more = {"campaign": campaign_document(report.campaign)} if report.campaign else {}
        session.document({**document(report.status), **more})
    else:
        _say(session, config, report)
    _warn_of_others(session, delivered)
    return _end(report, config.provider.name)


def _warn_of_others(session: Session, delivered: Delivered) -> None:
    """Warn of other issues that a person has to do something about."""
    for name in delivered.left_behind:
        session.warn(f"warning: {name} has been composed but not sent")
        session.warn(f"hint: run 'newsletter send {name}' (a plain 'send' takes the newest issue)")
    for waiting in delivered.waiting:
        session.warn(waiting_line(waiting))


def _mode(dry_run: bool, addresses: tuple[str, ...], sandbox: bool) -> Mode:
    if dry_run + sandbox + bool(addresses) > 1:
        raise UsageError("--dry-run, --test and --sandbox cannot be combined", hint="use one of them")
    return "dry-run" if dry_run else "sandbox" if sandbox else "test" if addresses else "live"


def _moment(text: str, session: Session, config: Config) -> str:
    """Return a time of ``--at`` in UTC; UsageError for none, or one that is over by this machine's clock."""
    try:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(config.newsletter.timezone))).astimezone(
            UTC
        )
    except (ValueError, OverflowError):
        raise UsageError(
            f"--at: {text[:40]!r} is not an ISO 8601 time", hint="write it like 2025-05-19T08:00"
        ) from None
    if moment <= session.started:
        raise UsageError(f"--at: {text} is in the past", hint="give a later time, or omit --at to send it now")
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _address(text: str) -> str:
    address = parse_email(text)
    if not address:
        raise UsageError("--test: that is not an email address", hint="write the bare one: ann@example.org")
    return address


def _say(session: Session, config: Config, report: SendResult) -> None:
    status = report.status
    if status.mode == "live" and report.campaign:
        session.say(campaign_line(report.campaign, status.issue, status.audience, config.provider.name))
        return
    if report.found:
        session.note(in_log(config.provider.name, report.found))
    if report.duplicates:
        session.note(f"skipped {counted(report.duplicates, 'duplicate address')}")
    say_membership(session, report)
    if status.mode == "dry-run":
        session.say(counts(status) if report.resumed else _audience(status, config))
        session.note(
            f"dry run: nothing was sent; requests written to {shown_path(config.issues / status.issue / 'dry-run')}"
        )
    else:
        session.say(counts(status) if status.mode == "live" else f"{counts(status)} ({status.mode})")
        for line in completion(status, config):
            session.note(line)
    for guard in status.would_block:
        say(f"would be stopped [{guard.code}]: {guard.message}", f"  hint: {guard.hint}")


def _audience(status: Status, config: Config) -> str:
    if config.provider.campaigns:
        groups = (*config.marketing.lists, *config.marketing.segments)
        return f"{status.issue}: to {', '.join(groups) or 'no list'}, which {config.provider.name} has"
    skipped = f", {status.skipped:,} suppressed" if status.skipped else ""
    return f"{status.issue}: {people(status.recipients)} in {counted(status.batches, 'request')}{skipped}"


def _end(report: SendResult, provider: str) -> ExitStatus:
    """Report problems on stderr, and return the exit status."""
    status = exit_status(report.status, resting=report.resting)
    if report.stopped or status is not ExitStatus.DONE:
        say_problems(report, provider)
    return ExitStatus.FAILED if report.stopped and status is ExitStatus.DONE else status
