"""Settle uncertain batches by what the provider's log shows: towards *submitted*, never the other way."""

from collections.abc import Mapping
from typing import Protocol

from newsletter.sender.journal import IssueRow, Journal
from newsletter.sender.status import State

__all__ = ["LOOKED_UP", "Log", "settle"]

LOOKED_UP = 3  # recipients of a batch; the provider takes a request as a whole, so one that is found is enough


class Log(Protocol):
    """Where a provider shows what it accepted."""

    def find(self, *, email: str, since: str, args: Mapping[str, str]) -> bool:
        """Tell whether a message to `email`, created at or after `since` (ISO 8601), carries the custom `args`.

        True proves that it was accepted. False proves nothing. Raises ProviderError when the log cannot be read.
        """
        ...


def settle(journal: Journal, row: IssueRow, log: Log) -> None:
    """Look a few recipients of each uncertain batch up, and mark those found as submitted.

    Raises ProviderError when the log cannot be read; what was found until then stays.
    """
    for batch in journal.batches(row.key):
        if batch.state is not State.UNCERTAIN:
            continue
        args = {"issue": row.id, "batch": str(batch.number), "attempt": str(batch.attempts)}
        people = journal.sample(row.key, batch.number, LOOKED_UP)
        if any(log.find(email=email, since=batch.began, args=args) for email in people):
            journal.resolve(row.key, batch.number, State.SUBMITTED, "found in the provider's log")
