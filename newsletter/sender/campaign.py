"""The contract between the sender and a provider that sends an issue by itself, to lists of its own.

A campaign is what such a provider makes of an issue: a draft, then scheduled, then triggered. Creating and scheduling
are two calls, and the state can be read at any time, so that no outcome stays unknown for long. The error of a call
says what it did: ProviderError means that nothing was changed, UncertainError that this is unknown. Every such provider
must pass ``tests/providers/test_campaigns.py``.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from newsletter.config import Config
from newsletter.figures import Figures

__all__ = [
    "Campaign",
    "Campaigns",
    "Content",
    "Draft",
    "Stage",
    "Target",
    "cancelled_name",
    "is_cancelled",
    "is_of",
    "issue_of",
    "name_of",
    "search_term",
    "title_of",
]


class Stage(StrEnum):
    """How far a campaign is; from *scheduled* on the provider will send it, or has."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    TRIGGERED = "triggered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign as its provider has it; `send_at` is when it goes out (ISO 8601), "" where that is not set."""

    id: str
    name: str
    stage: Stage
    created: datetime
    send_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a campaign sends, and to whom: what was checked, or what its provider says that it would send.

    `lists` and `segments` are ids, sorted; `unsubscribe` is the provider's word for how readers leave.
    """

    subject: str
    html: str
    text: str
    sender: str
    lists: tuple[str, ...]
    segments: tuple[str, ...]
    unsubscribe: str
    labels: tuple[str, ...] = ()

    def differing(self, other: "Content") -> tuple[str, ...]:
        """Return the names of what differs from `other`, apart from how lines end, and from labels."""
        names = (field.name for field in fields(self) if field.name != "labels")
        return tuple(name for name in names if _same(getattr(self, name)) != _same(getattr(other, name)))


def _same(value: object) -> object:
    return value.replace("\r\n", "\n").rstrip("\n") if isinstance(value, str) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the provider knows of what the configuration names.

    `lists` and `segments` are ids, `contacts` how many people are in them (those in several count in each), `address`
    is the sender's, `columns` are the merge fields that a contact can have.
    """

    lists: tuple[str, ...]
    segments: tuple[str, ...]
    contacts: int
    address: str
    columns: frozenset[str]


class Draft(Protocol):
    """One issue in its provider's format; it uses no network."""

    def content_problems(self) -> Iterable[str]:
        """Yield what the provider would refuse, or send wrongly, because of the issue's content."""
        ...

    def setting_problems(self) -> Iterable[str]:
        """Yield the same for the configuration."""
        ...

    def content(self, target: Target) -> Content:
        """Return what the campaign is to send."""
        ...

    def requests(self, name: str, at: str) -> Iterable[bytes]:
        """Yield the requests that would be made, as JSON, with the lists as the configuration names them."""
        ...


class Campaigns(Protocol):
    """The campaigns of an account."""

    @property
    def where(self) -> str:
        """The host that requests are sent to, and the proxy, without secrets."""
        ...

    def look_up(self) -> Target:
        """Return what the provider knows of the lists and the sender that the configuration names.

        Raises ConfigError for one that is not there, ProviderError where that cannot be found out.
        """
        ...

    def find(self, term: str) -> tuple[Campaign, ...]:
        """Return the campaigns whose name begins with `term`, in any stage; ProviderError where that is unknown."""
        ...

    def create(self, name: str, content: Content) -> Campaign:
        """Create a draft. Not idempotent: each call may create one."""
        ...

    def read(self, campaign: str) -> tuple[Campaign, Content]:
        """Return a campaign as it is now, and what it will send; ProviderError where there is none."""
        ...

    def schedule(self, campaign: str, at: str) -> None:
        """Schedule a draft for the time `at` (ISO 8601), or ``now``.

        One campaign is sent at most once, however often this is called.
        """
        ...

    def unschedule(self, campaign: str) -> None:
        """Make a scheduled campaign a draft again; ProviderError where it was triggered."""
        ...

    def delete(self, campaign: str) -> None:
        """Delete a draft."""
        ...

    def test(self, content: Content, addresses: Sequence[str]) -> None:
        """Send the content to a few addresses as a test."""
        ...

    def count(self, campaign: str) -> Figures:
        """Return the statistics of a campaign; ProviderError where the provider does not tell them."""
        ...

    def suppressions(self) -> Iterable[tuple[str, str]]:
        """Yield (address, reason) of those that the provider delivers nothing to; ProviderError where it cannot."""
        ...


_CANCELLED = " cancelled"
_DIGEST = 16  # characters of it in a name
_LONGEST = 70  # characters of a title in a name, of which a provider may take no more than 100


def title_of(config: Config, issue: str) -> str:
    """Return what an issue is called in its account: with the newsletter's name, unless its slug is in the id.

    Two newsletters of one account may have issues of the same id.
    """
    words = re.sub(r"\W+", " ", config.newsletter.name).strip()[:40].strip()
    return issue if config.newsletter.slug or not words else f"{words} {issue}"


def issue_of(title: str) -> str:
    """Return the issue's id of a title."""
    return title.rpartition(" ")[2]


def search_term(title: str) -> str:
    """Return what the names of all campaigns of an issue begin with."""
    if len(title) <= _LONGEST:
        return f"{title} "
    return f"{title[: _LONGEST - 17]}-{hashlib.sha256(title.encode()).hexdigest()[:16]} "


def name_of(title: str, digest: str) -> str:
    """Return the name of the campaign of an issue with the content that has this digest."""
    return search_term(title) + digest[:_DIGEST]


def cancelled_name(title: str) -> str:
    """Return the name of the draft that says to every machine that an issue was cancelled."""
    return search_term(title).rstrip() + _CANCELLED


def is_of(name: str, title: str) -> bool:
    """Return whether a campaign of that name is one of an issue, whatever its content."""
    rest = name.removeprefix(search_term(title))
    digest = len(rest) == _DIGEST and not set(rest) - set("0123456789abcdef")
    return name.startswith(search_term(title)) and (digest or name == cancelled_name(title))


def is_cancelled(name: str) -> bool:
    """Return whether a campaign says that its issue was cancelled."""
    return name.endswith(_CANCELLED)
