"""``newsletter compose``: write the issue of a period."""

import click

from newsletter import merge
from newsletter.app.compose import ComposeOptions, compose_issue
from newsletter.app.history import sending_has_begun
from newsletter.app.options import FilterOptions, PeriodOptions
from newsletter.app.select import Request, empty_hint, make_request
from newsletter.cli.options import filter_options, json_option, period_options
from newsletter.cli.output import warn
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
@click.option("--issue", "name", metavar="ID", help="Name of the issue (default: taken from the period).")
@click.option("--reselect", is_flag=True, help="Select the articles again; an edited issue.toml is backed up.")
@click.option("--offline", is_flag=True, help="Don't download images.")
@click.option("--open", "open_", is_flag=True, help="Open the issue in a browser.")
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
    """Compose the issue for a period into issues/<id>/.

    If it already exists, issue.toml (with your edits) is rendered again.

    \b
    newsletter compose --week             last week's
    newsletter compose --week --reselect  choose again
    newsletter compose --month --issue best-of-may
    """
    config = session.load_config()
    request = make_request(config, session.now(config), asked, narrowed, session)
    issue = compose_issue(request, ComposeOptions(name=name, reselect=reselect, offline=offline), session)
    if isinstance(issue, Selection):
        return _say_nothing(session, request, issue, as_json)
    session.report_findings(issue.findings, limit=0 if session.verbose else 5)
    if as_json:
        session.document(_document(issue))
    else:
        _say(session, issue, _next_step(issue, config))
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
    """Return merge fields as a person writes them: ``{{ merge.first_name }}``."""
    for context, field in merge.find(subject):
        subject = subject.replace(merge.token(context, field), f"{{{{ merge.{field} }}}}")
    return subject


def _next_step(issue: Issue, config: Config) -> str:
    """Return the next step for a composed issue, "" if its sending has begun."""
    if sending_has_begun(config, issue.id):
        return ""
    if any(finding.severity == Severity.ERROR for finding in issue.findings):
        return "fix the errors, then compose again"
    return f"open {PAGE}, then run 'newsletter check' and 'newsletter send --dry-run'"


def _say_nothing(session: Session, request: Request, selection: Selection, as_json: bool) -> int:
    """Report that there are no articles, with a hint; scripts use the exit status."""
    if as_json:
        empty = {"issue": "", "directory": "", "subject": "", "articles": 0, "html_bytes": 0, "digest": ""}
        session.document({**empty, "findings": []})
    hint = empty_hint(request, selection) or "run 'newsletter select --explain' with the same options to see why"
    warn(f"error: no articles to include for {selection.period.label}", f"hint: {hint}")
    return ExitStatus.NOTHING
