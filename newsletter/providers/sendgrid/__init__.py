"""SendGrid's mail/send: everything that is specific to SendGrid is in this package.

Its properties (`traits`), its key and host (`secrets`), the JSON of a request and its limits (`payload`), the calls
(`client`) and the meaning of its answers (`answers`).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from newsletter.providers.sendgrid.traits import TRAITS

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.providers.sendgrid.client import SendGrid
    from newsletter.providers.sendgrid.payload import MailRequests
    from newsletter.sender.envelope import Envelope

__all__ = ["TRAITS", "connect", "prepare"]


def prepare(envelope: "Envelope") -> "MailRequests":
    """Return the builder of one issue's requests."""
    from newsletter.providers.sendgrid.payload import MailRequests

    return MailRequests(envelope)


def connect(config: "Config", environ: Mapping[str, str], *, sandbox: bool = False) -> "SendGrid":
    """Return SendGrid with the environment's key; ConfigError if that is missing or malformed."""
    from newsletter.providers.sendgrid.client import SendGrid
    from newsletter.providers.sendgrid.secrets import load_secrets

    return SendGrid(load_secrets(config.root, environ, proxy=config.send.proxy), config.send, sandbox=sandbox)
