"""Settle uncertain batches by the provider's log: as *submitted*, never the other way."""

from datetime import datetime, timedelta

from newsletter.errors import ProviderError
from newsletter.sender.envelope import batch_args
from newsletter.sender.journal import BatchRow, IssueRow, Journal
from newsletter.sender.provider import Log
from newsletter.sender.status import State

__all__ = ["LOOKED_UP", "reconcile"]

LOOKED_UP = 3  # recipients of a batch; the provider accepts a request as a whole, so one that is found is enough


def reconcile(journal: Journal, row: IssueRow, log: Log) -> tuple[int, str]:
    """Look up a few recipients of each uncertain batch, and mark the batches found as submitted.

    Returns the number found, and why the log could not be read, or "": results found before that are kept.
    """
    found = 0
    for batch in journal.batches(row.key):
        try:
            if batch.state is not State.UNCERTAIN or not _is_found(journal, row, log, batch):
                continue
        except ProviderError as error:
            return found, str(error)
        journal.resolve(row.key, batch.number, State.SUBMITTED, "found in the provider's log")
        found += 1
    return found, ""


def _is_found(journal: Journal, row: IssueRow, log: Log, batch: BatchRow) -> bool:
    args = batch_args(row.id, row.digest, batch=batch.number, attempt=batch.attempts)
    people = journal.sample(row.key, batch.number, LOOKED_UP)
    since = (datetime.fromisoformat(batch.began) - _EARLIER).isoformat(timespec="seconds").replace("+00:00", "Z")
    return any(log.find(email=email, since=since, args=args) for email in people)


_EARLIER = timedelta(days=1)
"""From when on the log is asked, before the attempt: the arguments prove which message it is, and clocks differ."""
