"""Send an issue, once to each recipient; or do everything that sending does except asking the provider.

    freeze the audience ─► guards ─► confirm ─► batch by batch to the provider ─► status

A dry run, a test and a sandbox run take the same path over a journal that nobody keeps.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from newsletter.config import Config
from newsletter.issues import Issue
from newsletter.sender.dispatch import Dispatcher, Pace, Stopped
from newsletter.sender.dry_run import DryRun
from newsletter.sender.guards import Expected, guards
from newsletter.sender.journal import Batch, IssueRow, Journal, temporary_journal
from newsletter.sender.payload import Envelope, build_request, check_recipient, envelope
from newsletter.sender.provider import Outcome, Provider
from newsletter.sender.recipients import Recipient, load_recipients
from newsletter.sender.status import Mode, Status, WouldBlock, summarise
from newsletter.sender.suppressions import Suppressions

__all__ = ["Report", "dry_run"]

Progress = Callable[[int, int], None]  # (recipients settled, of how many)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How a run ended: the issue's status, and why it stopped early, or None."""

    status: Status
    stopped: Stopped | None = None


def dry_run(
    issue: Issue,
    config: Config,
    *,
    recipients: Path,
    now: datetime,
    expected: Expected | None = None,
    progress: Progress | None = None,
) -> Report:
    """Write into the issue's ``dry-run/`` folder what sending would ask of the provider, to the byte.

    The status has everybody pending, and in `would_block` every guard that would stop a real run.
    Raises RecipientsError for recipients that cannot be used.
    """
    draft = envelope(issue, config)
    with temporary_journal() as journal, DryRun(issue) as provider:
        suppressions = Suppressions(config.root / config.send.suppressions)
        row = _freeze(journal, issue, suppressions, _people(recipients, draft))
        status = _status(journal, row, "dry-run")
        found = guards(issue, config, draft, recipients=status.recipients, now=now, expected=expected)
        _dispatch(journal, row, draft, provider, Pace(), status.pending, suppressions, progress)
        status = _status(journal, row, "dry-run", found)
        provider.keep(status)
    return Report(status=status)


def _people(path: Path, draft: Envelope) -> Iterable[Recipient]:
    return load_recipients(path, fields=draft.fields, check=lambda recipient: check_recipient(draft, recipient))


def _freeze(journal: Journal, issue: Issue, suppressions: Suppressions, people: Iterable[Recipient]) -> IssueRow:
    if suppressions.changed():
        journal.suppress(suppressions.load())
    return journal.freeze(issue, people)


def _dispatch(
    journal: Journal,
    row: IssueRow,
    draft: Envelope,
    provider: Provider,
    pace: Pace,
    pending: int,
    suppressions: Suppressions,
    progress: Progress | None,
    stop: Callable[[], bool] = lambda: False,
) -> Stopped | None:
    settled = 0

    def submit(batch: Batch) -> Outcome:
        return provider.submit(build_request(draft, batch.recipients, batch=batch.number, attempt=batch.attempt))

    def count(number: int) -> None:
        nonlocal settled
        settled += number
        if progress:
            progress(settled, pending)

    return Dispatcher(journal, row.key, submit, pace, progress=count, stop=stop).run()


def _status(journal: Journal, row: IssueRow, mode: Mode, would_block: tuple[WouldBlock, ...] = ()) -> Status:
    return summarise(
        row.id,
        journal.tallies(row.key),
        batches=len(journal.batches(row.key)),
        digest=row.digest,
        mode=mode,
        would_block=would_block,
    )
