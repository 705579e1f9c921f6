"""``newsletter report``: what became of an issue."""

import csv
import io
import os

import click

from newsletter.app.report import Line, Report, make_report
from newsletter.cli.options import json_option
from newsletter.cli.output import say, table
from newsletter.cli.session import Session
from newsletter.config import Config
from newsletter.errors import ExitStatus, UsageError
from newsletter.sender.status import people

__all__ = ["command"]


@click.command("report")
@click.argument("issue")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: figure, count.")
@json_option
@click.pass_obj
def command(session: Session, issue: str, as_csv: bool, as_json: bool) -> int:
    """Show what became of ISSUE: the journal's counts and SendGrid's statistics.

    SendGrid's statistics lag by some minutes. Opens and clicks are counted only with tracking = true in [send]; mail
    programs that load pictures by themselves count as opens.

    \b
    newsletter report 2025-W20
    newsletter report 2025-W20 --csv > 2025-W20.csv
    """
    if as_csv and as_json:
        raise UsageError("--csv and --json exclude each other", hint="say one of them")
    config = session.load_config()
    report = make_report(config, issue, os.environ)
    if as_json:
        session.document({"issue": report.status.issue, **{line.name: line.count for line in report.lines()}})
    elif as_csv:
        say(*_csv(report))
    else:
        table(("", "number", "share"), map(_row, report.lines()))
    for note in _notes(report, config):
        session.note(note)
    return ExitStatus.DONE


def _row(line: Line) -> tuple[str, str, str]:
    share = f"{100 * line.count / line.of:.1f} %" if line.of else ""
    return line.label, f"{line.count:,}", share


def _csv(report: Report) -> list[str]:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("figure", "count"))
    rows.writerows((line.name, line.count) for line in report.lines())
    return text.getvalue().splitlines()


def _notes(report: Report, config: Config) -> list[str]:
    """Write where the two counts differ, and what was not counted at all."""
    provider, notes = config.provider.name, []
    if report.uncounted > 0:
        notes.append(
            f"{provider} does not count {people(report.uncounted)} yet: its statistics lag behind by some minutes"
        )
    elif report.uncounted < 0:
        more = people(-report.uncounted)
        reason = (
            "uncertain ones it accepted" if report.status.uncertain else "another issue of this name in the account"
        )
        notes.append(f"{provider} counts {more} more than were submitted: {reason}")
    if not (config.send.tracking or config.provider.campaigns):
        notes.append("opens and clicks are not tracked: tracking = false in [send]")
    return notes
