"""What a person does between two runs: look, decide, cancel, renew the suppressions."""

from dataclasses import dataclass
from pathlib import Path

from newsletter.config import Config
from newsletter.errors import NothingToDoError
from newsletter.sender.journal import BatchRow, IssueRow, Journal, open_journal, read_journal
from newsletter.sender.lock import locked
from newsletter.sender.settle import Log, settle
from newsletter.sender.status import State, Status, summarise

__all__ = ["Overview", "overview", "resolve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """An issue's status and its batches, for a person; `cancelled` is when it was, or ""."""

    status: Status
    batches: tuple[BatchRow, ...]
    cancelled: str = ""


def overview(config: Config, issue: str) -> Overview | None:
    """Read what the journal knows of an issue; None where its sending has not begun. Writes nothing."""
    journal = read_journal(_path(config))
    if journal is None:
        return None
    with journal:
        row = journal.find(issue)
        return _overview(journal, row) if row else None


def resolve(config: Config, issue: str, number: int | None, *, submitted: bool, log: Log | None = None) -> Overview:
    """Write down a person's decision about one uncertain batch, or about all of them (`number` None).

    Batches decided as not submitted are pending again. Where a `log` is given, it is asked first: what it shows was
    submitted stays so. Raises UsageError for a batch that is not uncertain, NothingToDoError where there is none.
    """
    with locked(_path(config)), open_journal(_path(config)) as journal:
        journal.orphans()
        row = journal.find(issue)
        if row is None:
            raise NothingToDoError(f"the sending of {issue!r} has not begun")
        if log:
            settle(journal, row, log)
        state = State.SUBMITTED if submitted else State.PENDING
        uncertain = [batch.number for batch in journal.batches(row.key) if batch.state is State.UNCERTAIN]
        for each in uncertain if number is None else [number]:
            journal.resolve(row.key, each, state, "decided by a person")
        return _overview(journal, row)


def _overview(journal: Journal, row: IssueRow) -> Overview:
    batches = journal.batches(row.key)
    status = summarise(row.id, journal.tallies(row.key), batches=len(batches), digest=row.digest)
    return Overview(status=status, batches=batches, cancelled=row.cancelled)


def _path(config: Config) -> Path:
    return config.root / config.send.journal
