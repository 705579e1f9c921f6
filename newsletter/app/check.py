"""Check a composed issue: what composing found, and what the checks say of its files as they are now."""

from newsletter.config import Config
from newsletter.issues import Issue, find_issue, newest_issue
from newsletter.models import Finding, Severity

__all__ = ["check_issue", "load_to_check"]


def load_to_check(config: Config, name: str | None) -> Issue:
    """Load the issue called `name`, or the newest one."""
    return find_issue(config.issues, newest_issue(config.issues, config.newsletter.slug) if name is None else name)


def check_issue(issue: Issue, config: Config) -> tuple[Finding, ...]:
    """Join what composing found with what the checks say of the files as they are now, the worst first.

    Of one code at one place, what composing found counts: it knew the articles.
    """
    from newsletter.composer.checks import check

    known = {(finding.code, finding.where) for finding in issue.findings}
    said = {(finding.code, finding.message) for finding in issue.findings}  # of an article, then
    again = check(issue.message, issue.outline, None, config)
    new = (one for one in again if (one.code, one.where) not in known and (one.code, one.message) not in said)
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
