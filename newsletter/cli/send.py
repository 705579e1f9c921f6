"""``newsletter send``: deliver an issue, or show what that would do."""

import functools
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.delivery import (
    choose_to_send,
    confirmation,
    counts,
    in_log,
    left_behind,
    load_to_send,
    patience,
    pauses,
    progress_bar,
    provider_of,
    require_issue,
    require_yes,
    say_problems,
)
from newsletter.cli.options import json_option
from newsletter.cli.session import Session, shown_path
from newsletter.config import ENV, Config
from newsletter.errors import ConfigError, ExitStatus, UsageError
from newsletter.files import is_public
from newsletter.issues import Issue
from newsletter.sender.deliver import Confirm, Report, Run, dry_run, sandbox, send, send_test
from newsletter.sender.guards import Expected, parse_expected
from newsletter.sender.recipients import parse_email
from newsletter.sender.status import Mode, Status, document, exit_status, people
from newsletter.wording import counted

if TYPE_CHECKING:
    from newsletter.sender.sendgrid import SendGrid

__all__ = ["command"]


@click.command("send")
@click.argument("issue", required=False)
@click.option("--dry-run", is_flag=True, help="Write down what would be asked of the provider; no network.")
@click.option("--test", "addresses", metavar="ADDR", multiple=True, help="Only to this address, the subject marked.")
@click.option("--sandbox", is_flag=True, help="Let SendGrid check every request without delivering any.")
@click.option("--recipients", metavar="FILE", help="Instead of the file that newsletter.toml names.")
@click.option("--expect-recipients", metavar="N|MIN..MAX", help="Stop when the number of recipients is another.")
@click.option("--yes", is_flag=True, help="Do not ask; needed where there is no terminal.")
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
    yes: bool,
    as_json: bool,
) -> int:
    """Deliver ISSUE once to each recipient.

    Without ISSUE: the one whose sending is not finished, else the newest. Running it again goes on where it stopped
    and never sends twice.
    """
    mode = _mode(dry_run, addresses, sandbox)
    config = _load_config(session)
    whom, expected = tuple(map(_address, addresses)), _expected(expect_recipients)
    load = functools.partial(load_to_send, config, _chosen(session, config, issue))
    provider = None if mode == "dry-run" else provider_of(config, sandbox=mode == "sandbox")
    if mode == "live":
        require_yes(yes)
    people_file = Path.cwd() / recipients if recipients else config.recipients
    _warn_of_public(session, config, people_file)
    with progress_bar(session) as progress:
        run = Run(
            recipients=people_file,
            now=session.now(config),
            expected=expected,
            progress=progress,
            paused=pauses(session),
            stopping=functools.partial(patience, session),
            named=issue is not None,
            unread=functools.partial(_say_unread, session, recipients),
        )
        report = _deliver(config, load, run, mode, whom, provider, functools.partial(confirmation, yes))
    if as_json:
        session.document(document(report.status))
    else:
        _say(session, config, report)
    if mode == "live" and not issue:
        _say_left_behind(session, config)
    return _end(report)


def _chosen(session: Session, config: Config, issue: str | None) -> str:
    """Name the issue that is meant; one that is named must be there."""
    return require_issue(config, issue) if issue else choose_to_send(session, config)


def _expected(text: str | None) -> Expected | None:
    return parse_expected(text) if text else None


def _load_config(session: Session) -> Config:
    config = session.load_config()
    if config.send.delivery != "mail":
        hint = 'set delivery = "mail" in [send]'
        raise ConfigError(f"delivery = {config.send.delivery!r} cannot be used yet", hint=hint)
    if config.send.suppressions and not config.suppressions.exists():
        session.warn(
            f"warning: {shown_path(config.suppressions)}: [send] suppressions names it, but there is no such file"
        )
        session.warn("hint: nobody is left out: bring the file back, or make one that says email")
    return config


def _warn_of_public(session: Session, config: Config, recipients: Path) -> None:
    """Warn of files with addresses, or with the key, that every user of the machine may read."""
    files = (recipients, config.suppressions, config.root / ENV, config.journal)
    for path in dict.fromkeys(filter(is_public, files)):
        session.warn(f"warning: {shown_path(path)}: every user of this machine can read it")
        session.warn(f"hint: chmod 600 {shlex.quote(shown_path(path))}")


def _mode(dry_run: bool, addresses: tuple[str, ...], sandbox: bool) -> Mode:
    if dry_run + sandbox + bool(addresses) > 1:
        raise UsageError("--dry-run, --test and --sandbox exclude each other", hint="say one of them")
    return "dry-run" if dry_run else "sandbox" if sandbox else "test" if addresses else "live"


def _deliver(
    config: Config,
    load: Callable[[], Issue],
    run: Run,
    mode: Mode,
    addresses: tuple[str, ...],
    provider: "SendGrid | None",
    confirm: Confirm,
) -> Report:
    if provider is None:
        return dry_run(load(), config, run)
    if mode == "sandbox":
        return sandbox(load(), config, run, provider=provider)
    if mode == "test":
        return send_test(load(), config, run, provider=provider, addresses=addresses)
    return send(load, config, run, provider=provider, confirm=confirm)


def _address(text: str) -> str:
    address = parse_email(text)
    if not address:
        raise UsageError("--test: that is not an email address", hint="write the bare one: ann@example.org")
    return address


def _say(session: Session, config: Config, report: Report) -> None:
    status = report.status
    if report.found:
        session.note(in_log(report.found))
    if report.doubled:
        session.note(f"{counted(report.doubled, 'line')} left out, with an address that was there before")
    if status.mode == "dry-run":
        session.say(counts(status) if report.resumed else _audience(status))
        session.note(
            f"dry run: nothing was sent; the requests are in {shown_path(config.issues / status.issue / 'dry-run')}"
        )
    else:
        session.say(counts(status) if status.mode == "live" else f"{counts(status)} ({status.mode})")
    for guard in status.would_block:
        click.echo(f"would be stopped [{guard.code}]: {guard.message}")
        click.echo(f"  hint: {guard.hint}")


def _audience(status: Status) -> str:
    skipped = f", {status.skipped:,} suppressed" if status.skipped else ""
    return f"{status.issue}: {people(status.recipients)} in {counted(status.batches, 'request')}{skipped}"


def _say_unread(session: Session, recipients: str | None, issue: str) -> None:
    """Warn of a file that a person named for nothing."""
    if recipients:
        session.warn(f"warning: {recipients} is not read: the audience was frozen when the sending of {issue} began")


def _say_left_behind(session: Session, config: Config) -> None:
    """Warn of what a bare `send` passes over: it takes one issue a run, and the newest of those not begun."""
    for name in left_behind(config, session.now(config)):
        session.warn(f"warning: {name} is composed, and not sent")
        session.warn(f"hint: newsletter send {name}; without a name it leaves where nothing newer waits")


def _end(report: Report) -> ExitStatus:
    """Say on stderr what went wrong, and give the exit status."""
    status = exit_status(report.status)
    if report.stopped or status is not ExitStatus.DONE:
        say_problems(report)
    return ExitStatus.FAILED if report.stopped and status is ExitStatus.DONE else status
