"""What the sender asks of a provider, and what a provider may answer.

Whoever implements `Provider` decides one thing and decides it carefully: what became of a request. There are five
answers; whatever is not surely one of the first four is `Uncertain`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

__all__ = ["Accepted", "Outcome", "Provider", "Refused", "Request", "RetryLater", "Uncertain", "Withheld"]

Request = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The provider took the request: it is answerable for every recipient in it."""

    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The provider surely did not take it, and never will as it stands.

    ``account``: nothing is wrong with the request, and the same one goes through once the account is mended;
    ``request``: it fails as a whole; ``recipients``: only those at the places `recipients` (from 0, in the order of
    the request's personalisations) are wrong, and the request goes through without them.
    `common`: what is wrong with the request is in what all requests of the issue share.
    """

    scope: Literal["account", "request", "recipients"]
    reason: str
    recipients: tuple[int, ...] = ()
    hint: str = ""
    common: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryLater:
    """The provider surely did not take it, but may: in `after` seconds where it said so, else None."""

    reason: str
    after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertain:
    """Nobody knows whether the provider took it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """Nothing was asked of a provider: the request stays here (a dry run)."""


Outcome = Accepted | Refused | RetryLater | Uncertain | Withheld


class Provider(Protocol):
    """Someone who takes requests for delivery."""

    def submit(self, request: Request) -> Outcome:
        """Hand over one request (SendGrid's mail/send document as plain dicts) and tell what became of it.

        Blocks until that is known, within the provider's own deadline. Called from several threads at once. Not
        idempotent: each call may deliver. Raises nothing for what the network or the provider does.
        """
        ...
