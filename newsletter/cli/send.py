"""``newsletter send``: deliver an issue, or show what that would do."""

from pathlib import Path

import click

from newsletter.cli.options import json_option
from newsletter.cli.session import Session, shown_path
from newsletter.config import Config
from newsletter.errors import ExitStatus, UsageError
from newsletter.issues import Issue, load_issue, newest_issue
from newsletter.sender.status import Status, document

__all__ = ["command"]


@click.command("send")
@click.argument("issue", required=False)
@click.option("--dry-run", is_flag=True, help="Write down what would be asked of the provider; no network.")
@click.option("--recipients", metavar="FILE", help="Instead of the file that newsletter.toml names.")
@click.option("--expect-recipients", metavar="N|MIN..MAX", help="Stop when the number of recipients is another.")
@json_option
@click.pass_obj
def command(
    session: Session,
    issue: str | None,
    dry_run: bool,
    recipients: str | None,
    expect_recipients: str | None,
    as_json: bool,
) -> int:
    """Deliver ISSUE, or the newest one, once to each recipient."""
    if not dry_run:
        raise UsageError("this version does not send yet", hint="see what it would do: newsletter send --dry-run")
    config = session.load_config()
    loaded = load_issue(config.issues / (issue or newest_issue(config.issues)))
    status = _dry_run(session, config, loaded, recipients, expect_recipients)
    if as_json:
        session.document(document(status))
    else:
        _say(session, loaded, status)
    return ExitStatus.DONE


def _dry_run(session: Session, config: Config, issue: Issue, recipients: str | None, expected: str | None) -> Status:
    from newsletter.sender.deliver import Run, dry_run
    from newsletter.sender.guards import parse_expected

    path = Path.cwd() / recipients if recipients else config.root / config.send.recipients
    with session.progress("recipients") as progress:
        report = dry_run(
            issue,
            config,
            Run(
                recipients=path,
                now=session.now(config),
                expected=parse_expected(expected) if expected else None,
                progress=(lambda settled, _: progress(settled)) if progress else lambda settled, total: None,
            ),
        )
    return report.status


def _say(session: Session, issue: Issue, status: Status) -> None:
    click.echo(
        f"{status.issue}: {status.recipients:,} recipients in {status.batches:,} requests, "
        f"{status.skipped:,} suppressed"
    )
    for guard in status.would_block:
        click.echo(f"would be stopped [{guard.code}]: {guard.message}")
        click.echo(f"  hint: {guard.hint}")
    session.note(f"dry run: nothing was sent; the requests are in {shown_path(issue.directory / 'dry-run')}")
