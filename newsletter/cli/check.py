"""``newsletter check``: check a composed issue."""

import click

from newsletter.app.check import check_issue, load_to_check
from newsletter.app.proof import ask_links
from newsletter.cli.options import json_option
from newsletter.cli.output import say
from newsletter.cli.session import Session, shown_path
from newsletter.config import Config
from newsletter.documents import findings_document
from newsletter.errors import ExitStatus, UsageError
from newsletter.issues import BUILD, Issue
from newsletter.models import Finding, Severity
from newsletter.wording import counted

__all__ = ["command"]


@click.command("check")
@click.argument("issue", required=False)
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.option("--links", is_flag=True, help="Request each page and picture of your site that is in the issue.")
@json_option
@click.pass_obj
def command(session: Session, issue: str | None, strict: bool, links: bool, as_json: bool) -> int:
    """Check ISSUE (default: the newest) for problems in mail clients and for anything that blocks sending.

    The exit status is 5 if a finding is an error, with --strict also if one is a warning.

    \b
    newsletter check               the newest issue
    newsletter check 2025-W20 --strict
    """
    config = session.load_config()
    loaded = load_to_check(config, issue)
    findings = check_issue(loaded, config, _asked(session, loaded, config) if links else ())
    if as_json:
        session.document({"issue": loaded.id, "findings": findings_document(findings)})
    else:
        for finding in findings:
            say(*_lines(finding, loaded))
        session.note(_summary(loaded, findings))
    severe = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return ExitStatus.BLOCKED if any(finding.severity in severe for finding in findings) else ExitStatus.DONE


def _asked(session: Session, issue: Issue, config: Config) -> tuple[Finding, ...]:
    """Ask the site for the issue's links to it; UsageError where there is no address of a site."""
    if not config.newsletter.base_url:
        raise UsageError("--links asks your site, whose address is not known", hint="set base_url in [newsletter]")
    with session.progress("links asked for") as progress:
        return ask_links(issue.message, issue.outline, config, progress)


def _lines(finding: Finding, issue: Issue) -> list[str]:
    known = finding.where in (BUILD, *issue.build.files)
    where = shown_path(issue.directory / finding.where) if known else finding.where
    text = f"{where}: {finding.severity}[{finding.code}]: {finding.message}"
    return [text, f"  hint: {finding.hint}"] if finding.hint else [text]


def _summary(issue: Issue, findings: tuple[Finding, ...]) -> str:
    counts = [(sum(f.severity == severity for f in findings), severity.value) for severity in Severity]
    said = ", ".join(counted(count, name) for count, name in counts if count)
    return f"{issue.id}: {said or 'no problems found'}"
