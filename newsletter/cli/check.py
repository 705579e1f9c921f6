"""``newsletter check``: judge a composed issue."""

import click

from newsletter.cli.options import json_option
from newsletter.cli.session import Session, shown_path
from newsletter.config import Config
from newsletter.documents import findings_document
from newsletter.errors import ExitStatus
from newsletter.issues import BUILD, Issue, find_issue, newest_issue
from newsletter.models import Finding, Severity
from newsletter.wording import counted

__all__ = ["check_issue", "command"]


@click.command("check")
@click.argument("issue", required=False)
@click.option("--strict", is_flag=True, help="Let warnings count as errors.")
@json_option
@click.pass_obj
def command(session: Session, issue: str | None, strict: bool, as_json: bool) -> int:
    """Judge ISSUE, or the newest one: what would hurt in inboxes, and what would stop a send.

    The exit status is 5 when a finding is an error, with --strict also when one is a warning.
    """
    config = session.load_config()
    loaded = find_issue(config.issues, newest_issue(config.issues, config.newsletter.slug) if issue is None else issue)
    findings = check_issue(loaded, config)
    if as_json:
        session.document({"issue": loaded.id, "findings": findings_document(findings)})
    else:
        for finding in findings:
            click.echo(_line(finding, loaded))
        session.note(_summary(loaded, findings))
    severe = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return ExitStatus.BLOCKED if any(finding.severity in severe for finding in findings) else ExitStatus.DONE


def check_issue(issue: Issue, config: Config) -> tuple[Finding, ...]:
    """Join what composing found with what the checks say of the files as they are now, the worst first.

    Of one code at one place, what composing found counts: it knew the articles.
    """
    from newsletter.composer.checks import check

    known = {(finding.code, finding.where) for finding in issue.findings}
    again = check(issue.message, issue.outline, None, config)
    new = (finding for finding in again if (finding.code, finding.where) not in known)
    found = [*_changed(issue), *new, *issue.findings]
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: list(Severity).index(finding.severity)))


def _changed(issue: Issue) -> list[Finding]:
    hint = "compose the issue again, so that what is checked is what is sent"
    return [
        Finding(
            code="changed", severity=Severity.ERROR, where=name, message="is not the file that was composed", hint=hint
        )
        for name in issue.changed
    ]


def _line(finding: Finding, issue: Issue) -> str:
    known = finding.where in (BUILD, *issue.build.files)
    where = shown_path(issue.directory / finding.where) if known else finding.where
    text = f"{where}: {finding.severity}[{finding.code}]: {finding.message}"
    return f"{text}\n  hint: {finding.hint}" if finding.hint else text


def _summary(issue: Issue, findings: tuple[Finding, ...]) -> str:
    counts = [(sum(f.severity == severity for f in findings), severity.value) for severity in Severity]
    said = ", ".join(counted(count, name) for count, name in counts if count)
    return f"{issue.id}: {said or 'nothing to complain about'}"
