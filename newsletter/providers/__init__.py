"""The registry of providers; to add one, write its package beside this file and add its line here.

A package has the functions of `Package`, or of `CampaignPackage` where the provider sends an issue by itself, to lists
of its own. It is imported only if its provider is used.
"""

import importlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Protocol, cast

from newsletter.errors import ConfigError
from newsletter.traits import ProviderTraits

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.diagnosis import Examination
    from newsletter.figures import Figures
    from newsletter.sender.campaign import Campaigns, Draft
    from newsletter.sender.contacts import ContactBook
    from newsletter.sender.envelope import Envelope
    from newsletter.sender.provider import LiveProvider, Requests

__all__ = [
    "CAMPAIGNS",
    "PROVIDERS",
    "CampaignPackage",
    "Package",
    "find_account",
    "find_campaigns",
    "find_provider",
    "known_traits",
]

PROVIDERS = {
    "mail": "newsletter.providers.sendgrid",
}
"""The values of ``delivery`` in [send], each with the package of its provider."""

CAMPAIGNS = {
    "marketing": "newsletter.providers.sendgrid_marketing",
}
"""The same for providers that get an issue once, as a campaign."""


class Package(Protocol):
    """The functions that the package of a provider has."""

    TRAITS: ProviderTraits

    def prepare(self, envelope: "Envelope") -> "Requests":
        """Return the builder of one issue's requests; it needs neither the network nor a key."""
        ...

    def connect(self, config: "Config", environ: Mapping[str, str], *, sandbox: bool = False) -> "LiveProvider":
        """Return the provider, with its secrets from `environ`, else from ``.env``; it is not contacted yet.

        With `sandbox` it validates requests and delivers none. Raises ConfigError if a secret is missing or malformed,
        or if it has no sandbox.
        """
        ...

    def examine(self, config: "Config", environ: Mapping[str, str]) -> "Examination":
        """Return what the provider says of its account: the key, who may send, what is left to send.

        Look-ups only. Raises ConfigError as `connect` does, ProviderError where nobody answers.
        """
        ...

    def count(self, config: "Config", environ: Mapping[str, str], issue: str, since: date) -> "Figures":
        """Return what became of the messages of an issue, counted from the day `since` on; raises as `examine`."""
        ...


class CampaignPackage(Protocol):
    """The functions that the package of a provider of campaigns has; errors are those of `Package`."""

    TRAITS: ProviderTraits

    def prepare(self, config: "Config", envelope: "Envelope") -> "Draft":
        """Return one issue in the provider's format; it needs neither the network nor a key."""
        ...

    def connect(self, config: "Config", environ: Mapping[str, str]) -> "Campaigns":
        """Return the account's campaigns, with the secrets from `environ`; nobody is contacted yet."""
        ...

    def contacts(self, config: "Config", environ: Mapping[str, str]) -> "ContactBook":
        """Return the account's contacts; nobody is contacted yet."""
        ...

    def examine(self, config: "Config", environ: Mapping[str, str]) -> "Examination":
        """Return what the provider says of its account."""
        ...


class Reachable(Protocol):
    """What providers of both kinds can do beside sending."""

    @property
    def where(self) -> str:
        """The host that requests are sent to, and the proxy, without secrets."""
        ...

    def suppressions(self) -> Iterable[tuple[str, str]]:
        """Yield (address, reason) of those that nothing is delivered to."""
        ...


class AccountPackage(Protocol):
    """What packages of both kinds have."""

    TRAITS: ProviderTraits

    def connect(self, config: "Config", environ: Mapping[str, str]) -> Reachable:
        """Return the provider; nobody is contacted yet."""
        ...

    def examine(self, config: "Config", environ: Mapping[str, str]) -> "Examination":
        """Return what the provider says of its account."""
        ...


def find_provider(delivery: str) -> Package:
    """Import the package of the provider that `delivery` names; ConfigError for one that sends by itself."""
    return cast("Package", _find(delivery, PROVIDERS))


def find_campaigns(delivery: str) -> CampaignPackage:
    """Import the package of the provider of campaigns that `delivery` names; ConfigError for any other."""
    return cast("CampaignPackage", _find(delivery, CAMPAIGNS))


def find_account(delivery: str) -> AccountPackage:
    """Import the package of the provider that `delivery` names, of whichever kind."""
    return cast("AccountPackage", _find(delivery, {**PROVIDERS, **CAMPAIGNS}))


def _find(delivery: str, known: Mapping[str, str]) -> object:
    if delivery not in known:
        hint = f'set delivery = "{next(iter(known))}" in [send]'
        raise ConfigError(f"delivery = {delivery!r} has no such thing", hint=hint)
    return importlib.import_module(known[delivery])


def known_traits() -> Mapping[str, Callable[[], ProviderTraits]]:
    """Return all values that ``delivery`` may have, each with a function that returns its provider's traits."""
    return {name: partial(_traits, name) for name in (*PROVIDERS, *CAMPAIGNS)}


def _traits(delivery: str) -> ProviderTraits:
    return find_account(delivery).TRAITS
