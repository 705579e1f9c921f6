"""Check a composed issue: the findings of composing, and those of the checks for its current files."""

from newsletter.config import Config
from newsletter.issues import Issue, find_issue, newest_issue
from newsletter.models import Finding, Severity

__all__ = ["check_issue", "load_to_check"]


def load_to_check(config: Config, name: str | None) -> Issue:
    """Load the issue called `name`, or the newest one."""
    return find_issue(config.issues, newest_issue(config.issues, config.newsletter.slug) if name is None else name)


def check_issue(issue: Issue, config: Config) -> tuple[Finding, ...]:
    """Return the findings of composing and those of the checks for the current files, the most severe first.

    For one code at one place, the finding of composing counts, because it knew the articles.
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
