"""The contract between the sender and a provider: what is asked of one, and what it may answer.

Whoever implements `Provider` decides one thing and decides it carefully: what became of a request. There are five
answers; whatever is not surely one of the first four is `Uncertain`. ``tests/providers/test_contract.py`` is what every
provider must pass.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from newsletter.sender.envelope import Envelope
from newsletter.sender.recipients import Recipient
from newsletter.sender.status import Status

__all__ = [
    "Accepted",
    "Canceller",
    "LiveProvider",
    "Log",
    "NotSent",
    "Outcome",
    "Provider",
    "Recorder",
    "Refused",
    "Request",
    "Requests",
    "RetryLater",
    "Suppressor",
    "Uncertain",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The provider took the request: it is answerable for every recipient in it."""

    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The provider surely did not take it, and never will as it stands.

    ``account``: nothing is wrong with the request, and the same one goes through once the account is mended;
    ``request``: it fails as a whole; ``recipients``: only those at the places `recipients` (from 0, in the order of
    the request's recipients) are wrong, and the request goes through without them.
    `common`: what is wrong with the request is in what all requests of the issue share. `hint`: what a person does
    about it; needed where it is the account's, or common.
    """

    scope: Literal["account", "request", "recipients"]
    reason: str
    recipients: tuple[int, ...] = ()
    hint: str = ""
    common: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryLater:
    """The provider surely did not take it, but may: in `after` seconds where it said so, else None.

    `hint`: what a person does about it, where that is known; `lasting`: it is of no use to try again before.
    """

    reason: str
    after: float | None = None
    hint: str = field(default="", compare=False)
    lasting: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertain:
    """Nobody knows whether the provider took it."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing was asked of a provider: the request stays here (a dry run)."""


Outcome = Accepted | Refused | RetryLater | Uncertain | NotSent


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One batch as its provider takes it: `body` is the provider's own matter, of `recipients` in their order."""

    body: bytes
    recipients: tuple[Recipient, ...]


class Requests(Protocol):
    """What makes the requests of one issue, which are alike but for who is in them; it asks nobody."""

    @property
    def most(self) -> int:
        """The most recipients of one request."""
        ...

    def fits(self, people: int, size: int) -> bool:
        """Return whether a request surely has room for so many `people` with so many bytes of addresses and fields."""
        ...

    def check(self, recipient: Recipient) -> str:
        """Return what makes a request for `recipient` impossible, or "".

        Called for millions, none of whom lacks a field that the unsubscribe address needs.
        """
        ...

    def content_problems(self) -> Iterable[str]:
        """Return what the provider would refuse in every request because of the issue's content."""
        ...

    def setting_problems(self) -> Iterable[str]:
        """Return what the provider would refuse in every request because of the configuration."""
        ...

    def build(self, recipients: Sequence[Recipient], *, batch: int, attempt: int = 1) -> Request:
        """Make the request for one batch of 1 to `most` recipients; called from several threads at once.

        Where the provider has a log, it shows the issue, the batch and the attempt as `batch_args` writes them.
        """
        ...


class Provider(Protocol):
    """Someone who takes requests for delivery."""

    def prepare(self, envelope: Envelope) -> Requests:
        """Return what makes the requests of one issue."""
        ...

    def submit(self, request: Request) -> Outcome:
        """Hand over one request and tell what became of it.

        Blocks until that is known, within the provider's own deadline. Called from several threads at once. Not
        idempotent: each call may deliver. Raises nothing for what the network or the provider does.
        """
        ...


class Recorder(Provider, AbstractContextManager["Recorder"], Protocol):
    """The provider of a dry run: it keeps the requests and asks nobody."""

    def keep(self, status: Status) -> None:
        """Keep what was submitted in place of what was kept before."""
        ...


class Log(Protocol):
    """Where a provider shows what it accepted."""

    def find(self, *, email: str, since: str, args: Mapping[str, str]) -> bool:
        """Return whether a message to `email`, created at or after `since` (ISO 8601), carries the custom `args`.

        True proves that it was accepted. False proves nothing. Raises ProviderError when the log cannot be read.
        """
        ...


class Canceller(Protocol):
    """A provider that can call back what it has not delivered yet."""

    def cancel(self, schedule: str) -> None:
        """Cancel everything under the id `schedule`; ProviderError when it refuses. May be repeated.

        What is cancelled ten minutes or more before its time is surely not delivered.
        """
        ...


class Suppressor(Protocol):
    """A provider that knows whom not to write to any more."""

    def suppressions(self) -> Iterable[tuple[str, str]]:
        """Return (address, reason) pairs; ProviderError when they cannot be read."""
        ...


class LiveProvider(Provider, Log, Canceller, Suppressor, Protocol):
    """What a real run asks of a provider beyond taking requests; what it does not have, it refuses (ProviderError)."""

    @property
    def where(self) -> str:
        """The host that requests go to, and the proxy on the way; no secret."""
        ...

    def schedule(self) -> str:
        """Return an id under which scheduled requests can be cancelled; ProviderError when there is none."""
        ...
