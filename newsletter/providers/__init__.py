"""The providers that an issue can go through; to add one, write its package beside this file and add its line here.

A package has what `Package` lists. It is imported only where its provider is used.
"""

import importlib
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Protocol, cast

from newsletter.errors import ConfigError
from newsletter.traits import ProviderTraits

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.diagnosis import Examination
    from newsletter.figures import Figures
    from newsletter.sender.envelope import Envelope
    from newsletter.sender.provider import LiveProvider, Requests

__all__ = ["PROVIDERS", "Package", "find_provider", "known_traits"]

PROVIDERS = {
    "mail": "newsletter.providers.sendgrid",
}
"""The values of ``delivery`` in [send], each with the package of its provider."""

_PLANNED = ("marketing",)  # values that the configuration knows and nothing can be sent with yet


class Package(Protocol):
    """What the package of a provider has."""

    TRAITS: ProviderTraits

    def prepare(self, envelope: "Envelope") -> "Requests":
        """Return what makes the requests of one issue; it asks nobody and needs no key."""
        ...

    def connect(self, config: "Config", environ: Mapping[str, str], *, sandbox: bool = False) -> "LiveProvider":
        """Return the provider, with its secrets from `environ`, else from ``.env``; nothing is asked of it yet.

        With `sandbox` it checks requests and delivers none. Raises ConfigError where a secret is missing or malformed,
        and where there is no sandbox.
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


def find_provider(delivery: str) -> Package:
    """Import the package of the provider that `delivery` names; ConfigError where there is none yet."""
    if delivery not in PROVIDERS:
        hint = f'set delivery = "{next(iter(PROVIDERS))}" in [send]'
        raise ConfigError(f"delivery = {delivery!r} cannot be used yet", hint=hint)
    return cast("Package", importlib.import_module(PROVIDERS[delivery]))


def known_traits() -> Mapping[str, Callable[[], ProviderTraits]]:
    """Return all values that ``delivery`` may have, each with what looks up the traits of its provider."""
    planned: dict[str, Callable[[], ProviderTraits]] = dict.fromkeys(_PLANNED, ProviderTraits)
    return {**{name: partial(_traits, name) for name in PROVIDERS}, **planned}


def _traits(delivery: str) -> ProviderTraits:
    return find_provider(delivery).TRAITS
