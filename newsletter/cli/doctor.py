"""``newsletter doctor``: look at everything that a newsletter depends on."""

import os
from collections import Counter
from dataclasses import asdict

import click

from newsletter.app.doctor import Setting, diagnose, exit_status, unconfigured
from newsletter.cli.options import json_option
from newsletter.cli.output import say
from newsletter.cli.session import Session
from newsletter.diagnosis import Diagnosis, Level
from newsletter.errors import ExitStatus
from newsletter.wording import counted

__all__ = ["command"]


@click.command("doctor")
@click.option("--offline", is_flag=True, help="Don't ask SendGrid or the DNS.")
@click.option("--name-server", metavar="ADDR", default="", help="Ask this name server (IP or IP:PORT).")
@json_option
@click.pass_obj
def command(session: Session, offline: bool, name_server: str, as_json: bool) -> int:
    """Check configuration, articles, files, journal, SendGrid account and DNS.

    Each line is ok, a warning or a failure, with a hint. Nothing is written and nothing is sent. The exit status is 1
    if anything is a failure, 2 if the configuration cannot be used; warnings leave it at 0.

    \b
    newsletter doctor
    newsletter -q doctor          only problems
    newsletter doctor --offline   without SendGrid and the DNS
    """
    config = unconfigured(session.load_config)
    if isinstance(config, Diagnosis):
        return _end(session, [config], ExitStatus.USAGE, offline, as_json)
    setting = Setting(
        config=config,
        environ=os.environ,
        now=session.now(config),
        started=session.started,
        events=session,
        name_server=name_server,
    )
    if name_server:
        _ = setting.lookup  # a usage error where it is no address
    found = []
    for one in diagnose(setting, offline=offline):
        found.append(one)
        if not as_json:
            _say(session, one)
    return _end(session, found, exit_status(found), offline, as_json)


def _say(session: Session, one: Diagnosis) -> None:
    if one.level is Level.OK:
        session.say(f"{one.level:<7}  {one.check}: {one.message}")
        return
    say(f"{one.level:<7}  {one.check}: {one.message}", *([f"         hint: {one.hint}"] if one.hint else []))


def _end(session: Session, found: list[Diagnosis], status: ExitStatus, offline: bool, as_json: bool) -> ExitStatus:
    """Print the document, or how many lines of each kind there were."""
    counts = Counter(one.level for one in found)
    if as_json:
        checks = [{**asdict(one), "level": one.level.value} for one in found]
        session.document(
            {"offline": offline, "counts": {level.value: counts[level] for level in Level}, "checks": checks}
        )
        return status
    if status is ExitStatus.USAGE:
        _say(session, found[0])
    said = [counted(counts[level], level.value) for level in (Level.FAILURE, Level.WARNING) if counts[level]]
    session.note(f"{', '.join(said) or 'all is well'}{' (offline: nobody was asked)' if offline else ''}")
    return status
