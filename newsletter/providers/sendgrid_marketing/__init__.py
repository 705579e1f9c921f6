"""SendGrid's Marketing Campaigns: a Single Send is a campaign, its lists and contacts are SendGrid's own.

Its properties (`traits`), merge fields (`handlebars`), a Single Send's JSON (`draft`) and the calls (`single_sends`),
what the configuration names there (`lookups`), contacts (`contact_book`, `upload`), what `doctor` asks (`account`).
Key, host and connection are those of the package `sendgrid`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from newsletter.providers.sendgrid_marketing.traits import TRAITS

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.diagnosis import Examination
    from newsletter.providers.sendgrid_marketing.contact_book import Contacts
    from newsletter.providers.sendgrid_marketing.draft import SingleSendDraft
    from newsletter.providers.sendgrid_marketing.single_sends import SingleSends
    from newsletter.sender.envelope import Envelope

__all__ = ["TRAITS", "connect", "contacts", "examine", "prepare"]


def prepare(config: "Config", envelope: "Envelope") -> "SingleSendDraft":
    """Return one issue as a Single Send; it needs neither the network nor a key."""
    from newsletter.providers.sendgrid_marketing.draft import SingleSendDraft

    return SingleSendDraft(config.marketing, envelope)


def connect(config: "Config", environ: Mapping[str, str]) -> "SingleSends":
    """Return the account's Single Sends with the environment's key; ConfigError if that is missing or malformed."""
    from newsletter.providers import sendgrid
    from newsletter.providers.sendgrid_marketing.single_sends import SingleSends

    return SingleSends(sendgrid.connect(config, environ), config.marketing, retries=config.send.retries)


def contacts(config: "Config", environ: Mapping[str, str]) -> "Contacts":
    """Return the account's contacts; ConfigError for the key."""
    from newsletter.providers import sendgrid
    from newsletter.providers.sendgrid_marketing.contact_book import Contacts

    return Contacts(sendgrid.connect(config, environ), proxy=config.send.proxy, timeout=config.send.timeout)


def examine(config: "Config", environ: Mapping[str, str]) -> "Examination":
    """Return what SendGrid says of its account; ConfigError for the key, ProviderError where it cannot be reached."""
    from newsletter.providers import sendgrid
    from newsletter.providers.sendgrid_marketing.account import examine_account

    return examine_account(sendgrid.connect(config, environ), config)
