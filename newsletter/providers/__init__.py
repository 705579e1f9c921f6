"""The registry of providers; to add one, write its package beside this file and add its line here.

A package has the functions of `Package`. It is imported only if its provider is used.
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

_PLANNED = ("marketing",)  # values that the configuration accepts but that cannot send yet


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


def find_provider(delivery: str) -> Package:
    """Import the package of the provider that `delivery` names; ConfigError if there is none yet."""
    if delivery not in PROVIDERS:
        hint = f'set delivery = "{next(iter(PROVIDERS))}" in [send]'
        raise ConfigError(f"delivery = {delivery!r} cannot be used yet", hint=hint)
    return cast("Package", importlib.import_module(PROVIDERS[delivery]))


def known_traits() -> Mapping[str, Callable[[], ProviderTraits]]:
    """Return all values that ``delivery`` may have, each with a function that returns its provider's traits."""
    planned: dict[str, Callable[[], ProviderTraits]] = dict.fromkeys(_PLANNED, ProviderTraits)
    return {**{name: partial(_traits, name) for name in PROVIDERS}, **planned}


def _traits(delivery: str) -> ProviderTraits:
    return find_provider(delivery).TRAITS
