"""``newsletter run``: the one line for cron."""

import os
from dataclasses import asdict
from typing import Any

import click

from newsletter.app.options import PeriodOptions
from newsletter.app.run import RunRequest, RunResult, run
from newsletter.app.waiting import Waiting
from newsletter.cli.delivery import DeliveryTerminal, completion, counts, in_log, say_membership, say_stop, waiting_line
from newsletter.cli.options import json_option, period_options, where_option
from newsletter.cli.output import say
from newsletter.cli.session import Session
from newsletter.config import Config
from newsletter.errors import ExitStatus
from newsletter.sender.deliver import SendResult
from newsletter.sender.status import document, exit_status
from newsletter.sender.where import parse_where

__all__ = ["command"]


@click.command("run")
@period_options
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and what would stop it; no network access.")
@where_option
@json_option
@click.pass_obj
def command(session: Session, asked: PeriodOptions, dry_run: bool, where: tuple[str, ...], as_json: bool) -> int:
    """Compose the issue of a period and send all that is ready. Run it from cron.

    Also sends what earlier runs left unfinished, includes late articles and those of missed issues, and lists
    everything that needs a person. Running it again is safe: nobody receives an issue twice.

    \b
    newsletter run --week            the latest complete week
    newsletter run --week --dry-run  show what that would do
    """
    config = session.load_config()
    request = RunRequest(asked=asked, now=session.now(config), dry_run=dry_run, where=parse_where(where))
    result = run(config, request, os.environ, session, DeliveryTerminal(session=session, yes=True))
    status = _status(result, dry_run=dry_run)
    if as_json:
        session.document(_document(result))
    _report(session, config, result, as_json=as_json)
    return status


def _report(session: Session, config: Config, result: RunResult, *, as_json: bool) -> None:
    """Write what was done, unless ``-q`` is given, and always what is wrong or waits."""
    if result.found:
        session.note(in_log(config.provider.name, result.found))
    if result.log_error:
        session.warn(f"warning: the log could not be asked: {result.log_error}")
    for name in result.superseded:
        session.note(f"{name} was never sent and is too old now: its articles go into the next issue")
    for report in result.sent:
        _say(session, config, report, as_json=as_json)
    for error in result.errors:
        if error not in result.blocked.values():
            session.warn(f"error: {error}", *([f"hint: {error.hint}"] if error.hint else []))
    for one in result.waiting:
        session.warn(waiting_line(one))
    if result.nothing and not result.sent:
        session.warn(
            f"nothing to do: {result.nothing}", "hint: 'newsletter select --explain' with this period shows why"
        )


def _say(session: Session, config: Config, report: SendResult, *, as_json: bool) -> None:
    if not as_json:
        session.say(counts(report.status))
        for line in completion(report.status, config):
            session.note(line)
        for guard in report.status.would_block:
            say(f"would be stopped [{guard.code}]: {guard.message}", f"  hint: {guard.hint}")
    if report.found:
        session.note(in_log(config.provider.name, report.found))
    say_membership(session, report)
    say_stop(report, config.provider.name)


def _status(result: RunResult, *, dry_run: bool) -> ExitStatus:
    """Return how the run ends: uncertain comes first, then what a later run goes on with, then what is blocked."""
    found = {exit_status(report.status, resting=report.resting) for report in result.sent} | {
        error.status for error in result.errors
    }
    found |= {_OF_KIND[one.kind] for one in result.waiting if one.kind in _OF_KIND} if not dry_run else set()
    if any(report.stopped for report in result.sent):
        found.add(ExitStatus.FAILED)
    found.discard(ExitStatus.DONE)
    if not found and result.nothing and not result.sent:
        return ExitStatus.NOTHING
    return next((status for status in _ORDER if status in found), ExitStatus.DONE)


_ORDER = (ExitStatus.UNCERTAIN, ExitStatus.FAILED, ExitStatus.BLOCKED, ExitStatus.USAGE, ExitStatus.LOCKED)
_OF_KIND = {
    "uncertain": ExitStatus.UNCERTAIN,
    "pending": ExitStatus.FAILED,
    "stuck": ExitStatus.BLOCKED,
    "composed": ExitStatus.FAILED,
    "approval": ExitStatus.BLOCKED,
}


def _document(result: RunResult) -> dict[str, Any]:
    return {
        "issue": result.issue,
        "sent": [document(report.status) for report in result.sent],
        "waiting": [_waiting(one) for one in result.waiting],
        "superseded": list(result.superseded),
        "errors": [{"kind": one.kind, "message": str(one), "hint": one.hint} for one in result.errors],
    }


def _waiting(one: Waiting) -> dict[str, Any]:
    commands = [command for command, _ in one.commands]
    return {**asdict(one), "until": one.until.isoformat() if one.until else "", "commands": commands}
