"""Check a composed issue: the findings of composing, and those of the checks for its current files."""

from newsletter.config import Config
from newsletter.issues import Issue, find_issue, newest_issue
from newsletter.models import Finding, Severity

__all__ = ["check_issue", "load_to_check"]


def load_to_check(config: Config, name: str | None) -> Issue:
    """Load the issue called `name`, or the newest one."""
    return find_issue(config.issues, newest_issue(config.issues, config.newsletter.slug) if name is None else name)


def check_issue(issue: Issue, config: Config, asked: tuple[Finding, ...] = ()) -> tuple[Finding, ...]:
    """Return the findings of composing and those of the checks for the current files, the most severe first.

    For one code at one place, the finding of composing counts, because it knew the articles. Own links are looked up in
    the built site again. `asked` is what the site itself said of the links.
    """
    from newsletter.app.proof import prove_links
    from newsletter.composer.checks import check

    proved = prove_links(issue.message, issue.outline, None, config)
    known = {(finding.code, finding.where) for finding in issue.findings}
    said = {(finding.code, finding.message) for finding in issue.findings}  # of an article, then
    again = check(issue.message, issue.outline, None, config)
    new = (one for one in again if (one.code, one.where) not in known and (one.code, one.message) not in said)
    found = [*_changed(issue), *new, *issue.findings, *_unknown(proved, issue), *asked]
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: list(Severity).index(finding.severity)))


def _unknown(proved: tuple[Finding, ...], issue: Issue) -> list[Finding]:
    """Return findings of links that composing, which could name their articles, did not have."""
    former = [finding.message for finding in issue.findings if finding.code == "link-missing"]
    return [one for one in proved if not any(one.message.startswith(message) for message in former)]


def _changed(issue: Issue) -> list[Finding]:
    hint = "compose the issue again, so that what is checked is what is sent"
    return [
        Finding(
            code="changed", severity=Severity.ERROR, where=name, message="is not the file that was composed", hint=hint
        )
        for name in issue.changed
    ]
