"""The contract between the sender and a provider that has lists of contacts: look at them, and push people to them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from newsletter.sender.recipients import Recipient

__all__ = ["Call", "ContactBook", "ContactList", "Job"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactList:
    """A list of the provider's: its id, its name, how many contacts are in it."""

    id: str
    name: str
    contacts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call's worth of contacts in the provider's format: how many, and the last one's line in the file."""

    body: bytes
    people: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How far the provider is with what was pushed: contacts that it took, and (address, reason) of those it did not.

    `failed`: nothing of it was taken, or the reasons are not available.
    """

    state: Literal["pending", "done", "failed"]
    refused: int = 0
    reasons: Sequence[tuple[str, str]] = ()


class ContactBook(Protocol):
    """The contacts of an account. ProviderError where it cannot be reached, or refuses."""

    @property
    def many(self) -> int:
        """The number of contacts from which on they are uploaded as files."""
        ...

    def lists(self) -> tuple[ContactList, ...]:
        """Return the account's lists."""
        ...

    def make_list(self, name: str) -> ContactList:
        """Make a list; ProviderError where one has that name."""
        ...

    def fields(self) -> tuple[str, ...]:
        """Return the names of the fields that can be pushed, besides the address."""
        ...

    def total(self) -> int:
        """Return how many contacts the account has."""
        ...

    def check(self, contact: Recipient) -> str:
        """Return what makes it impossible to push somebody, or ""; it uses no network."""
        ...

    def calls(self, people: Iterable[Recipient], contact_list: str) -> Iterator[Call]:
        """Yield as few calls as possible for `people`, to be added to a list (its id)."""
        ...

    def push(self, call: Call) -> str:
        """Add or update the contacts of a call; return the id of the job. May be repeated."""
        ...

    def upload(self, people: Iterable[Recipient], contact_list: str) -> tuple[Call, str] | None:
        """Upload the first of `people` as one file: what was uploaded, and its job; None where there are none.

        May be repeated with the same people.
        """
        ...

    def job(self, job: str) -> Job:
        """Return how far a job is."""
        ...
