"""The contract of what keeps several machines apart: an issue is claimed before its first request."""

from typing import Protocol

from newsletter.issues import Issue
from newsletter.sender.journal import Journal
from newsletter.sender.status import Status

__all__ = ["Claim", "prepare_claim", "publish_claim"]


class Claim(Protocol):
    """Where machines claim an issue. A token is one way of writing down that a claim is this machine's."""

    def prepare(self, issue: Issue) -> str:
        """Return a new token for `issue`; nothing is claimed yet."""
        ...

    def holds(self, issue: str, tokens: str) -> bool:
        """Return whether one of `tokens` holds the claim of an issue."""
        ...

    def take(self, issue: Issue, tokens: str) -> None:
        """Claim `issue` with the last of `tokens`, unless one of them holds it already.

        Raises ClaimedError where another machine has it, StorageError where that cannot be found out.
        """
        ...

    def report(self, issue: Issue, status: Status) -> str:
        """Return a new token that says how far the sending is; nothing is published yet."""
        ...

    def publish(self, issue: Issue, tokens: str, status: Status) -> bool:
        """Publish the last of `tokens` in place of the one that holds the claim.

        Where nobody has got anything, and nothing is uncertain, the claim is given back instead, and True is returned.
        """
        ...


def prepare_claim(journal: Journal, claim: Claim, issue: Issue) -> str:
    """Return the tokens with which `issue` can be claimed; the journal knows them before anybody else does."""
    tokens = journal.tokens(issue.id)
    if not (tokens and claim.holds(issue.id, tokens)):
        tokens = f"{tokens} {claim.prepare(issue)}".strip()
        journal.note_claim(issue.id, tokens)
    return tokens


def publish_claim(journal: Journal, claim: Claim, issue: Issue, status: Status) -> None:
    """Record in the claim of `issue` how far its sending is; StorageError where that does not work."""
    tokens = f"{journal.tokens(issue.id)} {claim.report(issue, status)}".strip()
    journal.note_claim(issue.id, tokens)
    given_back = claim.publish(issue, tokens, status)
    closed = not (status.pending or status.uncertain)
    journal.note_claim(issue.id, "" if given_back else tokens, closed=closed)
