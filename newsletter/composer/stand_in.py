"""Render an issue for one stand-in recipient, with the headers that a recipient would see."""

import re
from urllib.parse import urlsplit

from newsletter import merge
from newsletter.config import Config
from newsletter.mime import build_eml
from newsletter.models import Message, Outline
from newsletter.settings import parse_address

__all__ = ["render_stand_in"]

_READER = "reader@example.org"
_UNSUBSCRIBE = "https://example.org/unsubscribe?reader=example"


def render_stand_in(message: Message, outline: Outline, config: Config) -> bytes:
    """Give the .eml of `message` as reader@example.org would get it, dated at the period's end."""
    fields = {"email": _READER, **config.send.defaults}
    unsubscribe = _unsubscribe(config, fields)
    tokens = merge.find(message.subject, message.html, message.text)
    values = merge.substitutions(tokens, {**fields, merge.UNSUBSCRIBE_FIELD: unsubscribe})
    values |= {merge.SUBSCRIPTION_TAG: unsubscribe, merge.GROUP_TAG: unsubscribe}
    headers = {
        "List-Id": list_id(config),
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    if config.send.reply_to:
        headers["Reply-To"] = config.send.reply_to
    return build_eml(
        merge.render(message, values),
        sender=config.send.from_ or f"{config.newsletter.name} <newsletter@example.org>",
        to=_READER,
        date=outline.period.end,
        headers=headers,
    )


def _unsubscribe(config: Config, fields: dict[str, str]) -> str:
    if config.send.unsubscribe.mode != "url":
        return _UNSUBSCRIBE
    try:
        return merge.unsubscribe_url(config.send.unsubscribe, fields)
    except KeyError:
        return _UNSUBSCRIBE


def list_id(config: Config) -> str:
    """Give the List-Id: the configured one, else one made of the newsletter's slug or name and its domain."""
    if config.send.list_id:
        name = config.send.list_id.strip("<>")
        return f"<{name}>"
    host = urlsplit(config.newsletter.base_url).hostname or parse_address(config.send.from_)[1].rpartition("@")[2]
    slug = config.newsletter.slug or re.sub(r"[^a-z0-9]+", "-", config.newsletter.name.lower()).strip("-")
    return f"<{slug or 'newsletter'}.{host or 'example.org'}>"
