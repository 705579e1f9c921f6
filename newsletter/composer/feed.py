"""Write the Atom feed of the issues (RFC 4287): the newest ones, each with its address, title and summary."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from newsletter.config import Config
from newsletter.language_tags import normal_tag
from newsletter.models import WebEntry

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["feed"]

_ATOM = "http://www.w3.org/2005/Atom"
_MOST = 50  # entries; who follows a feed has seen the others
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feed(entries: Sequence[WebEntry], config: Config) -> bytes:
    """Return the feed of `entries`, of which there is at least one, the newest first."""
    from lxml import etree

    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})  # type: ignore[dict-item]
    root.set("{http://www.w3.org/XML/1998/namespace}lang", normal_tag(config.newsletter.language))
    home = config.web_url
    _text(root, "title", config.newsletter.name)
    _text(root, "id", home)
    _text(root, "updated", entries[0].end.isoformat())
    _text(_add(root, "author"), "name", config.newsletter.name)
    _add(root, "link", rel="self", type="application/atom+xml", href=f"{home}feed.xml")
    _add(root, "link", rel="alternate", type="text/html", href=home)
    for entry in entries[:_MOST]:
        _entry(root, entry, config.page_address(entry.issue))
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _entry(root: "_Element", entry: WebEntry, address: str) -> None:
    made = _add(root, "entry")
    _text(made, "title", entry.title)
    _text(made, "id", address)
    _add(made, "link", rel="alternate", type="text/html", href=address)
    _text(made, "published", entry.end.isoformat())
    _text(made, "updated", entry.end.isoformat())
    if entry.summary:
        _text(made, "summary", entry.summary)


def _add(parent: "_Element", name: str, **attributes: str) -> "_Element":
    from lxml import etree

    return etree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)


def _text(parent: "_Element", name: str, text: str) -> None:
    _add(parent, name).text = _NOT_XML.sub("\ufffd", text)
