"""Render an issue for one fictional recipient, with the headers that a recipient would see."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from newsletter import merge
from newsletter.composer.markup import write_page
from newsletter.config import Config
from newsletter.mime import build_eml, list_headers, unsubscribe_headers
from newsletter.models import HostedImage, Message, Outline

__all__ = ["Sample", "render_sample"]

_READER = "reader@example.org"
_UNSUBSCRIBE = "https://example.org/unsubscribe?reader=example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The message for reader@example.org as an .eml file, and as a page for a browser in the issue's folder."""

    message: Message
    eml: bytes
    page: str


def render_sample(message: Message, outline: Outline, config: Config, hosted: Iterable[HostedImage] = ()) -> Sample:
    """Render `message` for one fictional recipient, dated at the period's end.

    The page for a browser shows the project's own files of pictures that are `hosted`, online or not.
    """
    fields = {"email": _READER, **config.send.defaults}
    unsubscribe = _unsubscribe(config, fields)
    tokens = merge.find(message.subject, message.html, message.text)
    values = merge.substitutions(tokens, {**fields, merge.UNSUBSCRIBE_FIELD: unsubscribe})
    values |= dict.fromkeys(config.provider.tags.values(), unsubscribe)
    rendered = merge.render(message, values)
    eml = build_eml(
        rendered,
        sender=config.send.from_ or f"{config.newsletter.name} <newsletter@example.org>",
        to=f"Reader <{_READER}>",
        date=outline.period.end,
        headers={**list_headers(config, outline.issue), **unsubscribe_headers(unsubscribe)},
        reply_to=config.send.reply_to,
    )
    return Sample(message=rendered, eml=eml, page=_page(rendered, _local(hosted, outline, config)))


def _local(hosted: Iterable[HostedImage], outline: Outline, config: Config) -> dict[str, str]:
    """Return the files of hosted pictures, as they are called from the issue's folder, by their address."""
    issue = config.issues / outline.issue
    return {one.address: quote(os.path.relpath(config.hosted / one.filename, issue)) for one in hosted}


def _page(message: Message, files: dict[str, str]) -> str:
    """Return the page with its pictures loaded from `files`, and the embedded ones from the issue's folder."""
    from lxml import etree

    files |= {f"cid:{image.cid}": f"images/{image.filename}" for image in message.images}
    if not files:
        return message.html
    page = etree.fromstring(message.html, etree.HTMLParser(huge_tree=True))
    for picture in page.iter("img"):
        picture.set("src", files.get(picture.get("src", ""), picture.get("src", "")))
    return write_page(page)


def _unsubscribe(config: Config, fields: dict[str, str]) -> str:
    if config.send.unsubscribe.mode != "url":
        return _UNSUBSCRIBE
    try:
        return merge.unsubscribe_url(config.send.unsubscribe, fields)
    except KeyError:
        return _UNSUBSCRIBE
