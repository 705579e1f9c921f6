"""SendGrid's mail/send: everything that is specific to SendGrid is in this package.

Its properties (`traits`), its key and host (`secrets`), the JSON of a request and its limits (`payload`), the calls
(`client`), the meaning of its answers (`answers`), what `doctor` (`account`) and `report` (`statistics`) ask.
"""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from newsletter.providers.sendgrid.traits import TRAITS

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.diagnosis import Examination
    from newsletter.figures import Figures
    from newsletter.providers.sendgrid.client import SendGrid
    from newsletter.providers.sendgrid.payload import MailRequests
    from newsletter.sender.envelope import Envelope

__all__ = ["TRAITS", "connect", "count", "examine", "prepare"]


def prepare(envelope: "Envelope") -> "MailRequests":
    """Return the builder of one issue's requests."""
    from newsletter.providers.sendgrid.payload import MailRequests

    return MailRequests(envelope)


def connect(config: "Config", environ: Mapping[str, str], *, sandbox: bool = False) -> "SendGrid":
    """Return SendGrid with the environment's key; ConfigError if that is missing or malformed."""
    from newsletter.providers.sendgrid.client import SendGrid
    from newsletter.providers.sendgrid.secrets import load_secrets

    return SendGrid(load_secrets(config.root, environ, proxy=config.send.proxy), config.send, sandbox=sandbox)


def examine(config: "Config", environ: Mapping[str, str]) -> "Examination":
    """Return what SendGrid says of its account; ConfigError for the key, ProviderError where it cannot be reached."""
    from newsletter.providers.sendgrid.account import examine_account

    return examine_account(connect(config, environ), config)


def count(config: "Config", environ: Mapping[str, str], issue: str, since: date) -> "Figures":
    """Return SendGrid's statistics of an issue, of which each message has the id as a category."""
    from newsletter.providers.sendgrid.statistics import read_figures

    return read_figures(connect(config, environ), issue, since)
