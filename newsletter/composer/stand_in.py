"""Render an issue for one stand-in recipient, with the headers that a recipient would see."""

from newsletter import merge
from newsletter.config import Config
from newsletter.mime import build_eml
from newsletter.models import Message, Outline

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
        "List-Id": config.list_id,
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    if config.send.reply_to:
        headers["Reply-To"] = config.send.reply_to
    return build_eml(
        merge.render(message, values),
        sender=config.send.from_ or f"{config.newsletter.name} <newsletter@example.org>",
        to=f"Reader <{_READER}>",
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
