"""The contract between the sender and a provider: its operations and their outcomes.

An implementation of `Provider` must determine the outcome of each request. There are five
outcomes; one that is not certainly one of the first four is `Uncertain`. Every provider must pass
``tests/providers/test_contract.py``.
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
    """The provider accepted the request: it is responsible for every recipient in it."""

    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The provider certainly did not accept it, and never will without a change.

    ``account``: nothing is wrong with the request, and the same one is accepted once the account is fixed;
    ``request``: it fails as a whole; ``recipients``: only those at the indexes `recipients` (from 0, in the order of
    the request's recipients) are wrong, and the request is accepted without them.
    `common`: the problem is in the content that all requests of the issue share. `hint`: what a person should do
    about it; required for problems of the account and common ones.
    """

    scope: Literal["account", "request", "recipients"]
    reason: str
    recipients: tuple[int, ...] = ()
    hint: str = ""
    common: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryLater:
    """The provider certainly did not accept it, but may later: in `after` seconds if it said so, else None.

    `hint`: what a person does about it, where that is known; `lasting`: it is of no use to try again before.
    """

    reason: str
    after: float | None = None
    hint: str = field(default="", compare=False)
    lasting: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertain:
    """It is unknown whether the provider accepted it."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request was not sent to a provider (a dry run)."""


Outcome = Accepted | Refused | RetryLater | Uncertain | NotSent


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One batch in its provider's format: `body` is the provider's own, for `recipients` in their order."""

    body: bytes
    recipients: tuple[Recipient, ...]


class Requests(Protocol):
    """The builder of one issue's requests, which differ only in their recipients; it uses no network."""

    @property
    def most(self) -> int:
        """The maximum number of recipients of one request."""
        ...

    def fits(self, people: int, size: int) -> bool:
        """Return whether `people` with this many bytes of addresses and fields certainly fit into one request."""
        ...

    def check(self, recipient: Recipient) -> str:
        """Return what makes a request for `recipient` impossible, or "".

        Called for millions; the fields that the unsubscribe address needs are always present.
        """
        ...

    def content_problems(self) -> Iterable[str]:
        """Yield what the provider would refuse in every request because of the issue's content."""
        ...

    def setting_problems(self) -> Iterable[str]:
        """Yield what the provider would refuse in every request because of the configuration."""
        ...

    def build(self, recipients: Sequence[Recipient], *, batch: int, attempt: int = 1) -> Request:
        """Return the request for one batch of 1 to `most` recipients; called from several threads at once.

        If the provider has a log, it shows the arguments that `batch_args` returns.
        """
        ...


class Provider(Protocol):
    """Accepts requests for delivery."""

    def prepare(self, envelope: Envelope) -> Requests:
        """Return the builder of one issue's requests."""
        ...

    def submit(self, request: Request) -> Outcome:
        """Submit one request and return its outcome.

        Blocks until that is known, within the provider's own deadline. Called from several threads at once. Not
        idempotent: each call may deliver. Raises nothing for what the network or the provider does.
        """
        ...


class Recorder(Provider, AbstractContextManager["Recorder"], Protocol):
    """The provider of a dry run: it stores the requests and sends nothing."""

    def keep(self, status: Status) -> None:
        """Keep what was submitted, replacing what was kept before."""
        ...


class Log(Protocol):
    """A provider's log of what it accepted."""

    def find(self, *, email: str, since: str, args: Mapping[str, str]) -> bool:
        """Return whether a message to `email`, created at or after `since` (ISO 8601), carries the custom `args`.

        True proves that it was accepted. False proves nothing. Raises ProviderError when the log cannot be read.
        """
        ...


class Canceller(Protocol):
    """A provider that can call back what it has not delivered yet."""

    def cancel(self, schedule: str) -> None:
        """Cancel everything under the id `schedule`; ProviderError when it refuses. May be repeated.

        What is cancelled ten minutes or more before its time is certainly not delivered.
        """
        ...


class Suppressor(Protocol):
    """A provider with a list of suppressed addresses."""

    def suppressions(self) -> Iterable[tuple[str, str]]:
        """Yield (address, reason) pairs; ProviderError when they cannot be read."""
        ...


class LiveProvider(Provider, Log, Canceller, Suppressor, Protocol):
    """The operations of a provider in a real run; it raises ProviderError for those that it does not support."""

    @property
    def where(self) -> str:
        """The host that requests are sent to, and the proxy, without secrets."""
        ...

    def schedule(self) -> str:
        """Return an id under which scheduled requests can be cancelled; ProviderError when there is none."""
        ...
