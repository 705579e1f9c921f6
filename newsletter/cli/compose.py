"""``newsletter compose``: write the issue of a period."""

import click

from newsletter import merge
from newsletter.cli.composing import ComposeOptions, compose_issue
from newsletter.cli.history import sending_has_begun
from newsletter.cli.options import FilterOptions, PeriodOptions, filter_options, json_option, period_options
from newsletter.cli.output import warn
from newsletter.cli.selecting import Request, make_request, why_nothing
from newsletter.cli.session import Session, shown_path
from newsletter.config import Config
from newsletter.documents import findings_document
from newsletter.errors import ExitStatus
from newsletter.issues import PAGE, Issue
from newsletter.models import Selection, Severity
from newsletter.wording import counted

__all__ = ["command"]


@click.command("compose")
@period_options
@filter_options
@click.option("--issue", "name", metavar="ID", help="The issue's name; otherwise it comes from the period.")
@click.option("--reselect", is_flag=True, help="Pick the articles anew; an edited issue.toml is kept as a copy.")
@click.option("--offline", is_flag=True, help="Fetch no pictures.")
@click.option("--open", "open_", is_flag=True, help="Show the issue in a browser.")
@json_option
@click.pass_obj
def command(
    session: Session,
    asked: PeriodOptions,
    narrowed: FilterOptions,
    name: str | None,
    reselect: bool,
    offline: bool,
    open_: bool,
    as_json: bool,
) -> int:
    """Write the issue of a period into issues/<id>/.

    Composing again renders the articles that issue.toml lists, a person's edits included.
    """
    request = make_request(session, asked, narrowed)
    issue = compose_issue(request, ComposeOptions(name=name, reselect=reselect, offline=offline))
    if isinstance(issue, Selection):
        return _say_nothing(request, issue, as_json)
    session.report_findings(issue.findings, limit=0 if session.verbose else 5)
    if as_json:
        session.document(_document(issue))
    else:
        _say(session, issue, _next_step(issue, request.config))
    if open_:
        click.launch((issue.directory / PAGE).as_uri())
    return ExitStatus.DONE


def _document(issue: Issue) -> dict[str, object]:
    return {
        "issue": issue.id,
        "directory": str(issue.directory),
        "subject": issue.message.subject,
        "articles": len(issue.build.articles),
        "html_bytes": len(issue.message.html.encode()),
        "digest": issue.digest,
        "findings": findings_document(issue.findings),
    }


def _say(session: Session, issue: Issue, next_step: str) -> None:
    articles = counted(len(issue.build.articles), "article")
    size = len(issue.message.html.encode()) / 1000
    subject = _readable(issue.message.subject)
    session.note(f"{issue.id}: {articles}, {size:.0f} kB of HTML, subject: {subject}")
    session.say(shown_path(issue.directory))
    if next_step:
        session.note(f"next: {next_step}")


def _readable(subject: str) -> str:
    """Write merge fields as a person does: ``{{ merge.first_name }}``."""
    for context, field in merge.find(subject):
        subject = subject.replace(merge.token(context, field), f"{{{{ merge.{field} }}}}")
    return subject


def _next_step(issue: Issue, config: Config) -> str:
    """Say what to do with a composed issue, "" where its sending has begun."""
    if sending_has_begun(config, issue.id):
        return ""
    if any(finding.severity == Severity.ERROR for finding in issue.findings):
        return "mend what is an error, then compose again"
    return f"look at {PAGE} in it, then newsletter check, then newsletter send --dry-run"


def _say_nothing(request: Request, selection: Selection, as_json: bool) -> int:
    """Say that there is no article, and what to look at; the exit status tells scripts."""
    if as_json:
        empty = {"issue": "", "directory": "", "subject": "", "articles": 0, "html_bytes": 0, "digest": ""}
        request.session.document({**empty, "findings": []})
    hint = why_nothing(request, selection) or "'newsletter select --explain' with the same options says more"
    warn(f"error: no article of {selection.period.label} can be in the issue", f"hint: {hint}")
    return ExitStatus.NOTHING
