"""Let a person say that an issue may be sent: mail it to them with what was found and left out, keep what they say."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from newsletter.config import Config
from newsletter.email_addresses import parse_address
from newsletter.errors import BlockedError
from newsletter.issues import Issue, check_issue_id, find_issue
from newsletter.marks import Approval, read_mark, write_mark
from newsletter.models import Severity
from newsletter.sender.context import SendResult
from newsletter.sender.lock import locked

__all__ = ["approve", "is_approved", "report_for_approval"]


def approve(config: Config, name: str) -> Issue:
    """Note that an issue may be sent as it is now; BlockedError where it is not what was composed."""
    with locked(config.journal, holder=str(config.path)):
        issue = find_issue(config.issues, check_issue_id(name))
        if issue.changed:
            hint = f"compose it again, look at it, then approve that: newsletter compose … --issue {name}"
            raise BlockedError(f"{', '.join(issue.changed)} changed since it was composed", hint=hint, place=name)
        former = read_mark(issue.directory, Approval) or Approval()
        write_mark(issue.directory, replace(former, approved=issue.digest))
    return issue


def is_approved(config: Config, name: str, digest: str) -> bool:
    """Return whether an issue may be sent with that content: where nobody has to approve, or somebody did."""
    mark = read_mark(config.issues / name, Approval)
    return not config.run.require_approval or (mark is not None and mark.approved == digest)


def report_for_approval(config: Config, name: str, mail: Callable[[Issue, str], SendResult]) -> bool:
    """Mail an issue that waits for approval to `report_to`, once for each content; return whether it was mailed.

    `mail` sends an issue to one address.
    """
    issue = find_issue(config.issues, name)
    mark = read_mark(issue.directory, Approval) or Approval()
    if not config.run.report_to or mark.reported == issue.digest:
        return False
    address = parse_address(config.run.report_to)[1]
    report = mail(_with_note(issue), address)
    if report.stopped or not report.status.submitted:
        return False
    write_mark(issue.directory, replace(mark, reported=issue.digest))
    return True


def _with_note(issue: Issue) -> Issue:
    """Put in front of an issue what a person has to know who approves it."""
    from newsletter.composer.note import add_note

    lines = tuple(_note(issue))
    return replace(issue, message=add_note(issue.message, f"To approve: {issue.id}", lines))


def _note(issue: Issue) -> Iterator[str]:
    yield f"This issue waits for approval. To send it as it is, type: newsletter approve {issue.id}"
    found = [one for one in issue.findings if one.severity is not Severity.INFO]
    yield f"Findings: {len(found)}"
    yield from (f"{one.severity}[{one.code}] {one.where}: {one.message}" for one in found)
    skipped = issue.build.choice.selection.skipped
    yield f"Left out: {len(skipped)}"
    yield from (f"{one.path}: {one.reason}{f' ({one.detail})' if one.detail else ''}" for one in skipped[:_MOST])
    if len(skipped) > _MOST:
        yield f"and {len(skipped) - _MOST} more: newsletter select --explain"


_MOST = 50
