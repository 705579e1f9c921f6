"""Serialize parsed HTML: the only place where a tree becomes text.

libxml2's own writer copies ``<!-- … -->`` and ``&{…}`` into attributes unescaped. Here every ``<``, ``>`` and ``&`` of
a text or an attribute becomes a reference, and so does everything in them that a provider would take for a tag: a
program that searches the page's characters finds the same tags as one that parses it.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from newsletter import merge

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["shown_pictures", "write_inner", "write_page"]

_VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
_RAW = ("script", "style")  # every version of libxml2 reads these unescaped, and no others
_ADDRESSES = ("href", "src", "action")
_ADDRESS_SAFE = "\"#$%&+,/:;<=>?@[\\]^`{|}!~*'()"  # and ASCII alphanumerics, "-._": not quoted by libxml2
_PLAIN_ADDRESS = re.compile(r"[\w:/.?=&%#,+-]*", re.ASCII)
_SHOWN = "//@src[starts-with(., 'cid:')] | //@background[starts-with(., 'cid:')] | //@style"
_PICTURE = re.compile(r"cid:([^\"'\s)>]+)")


def write_page(page: "_Element") -> str:
    """Return a whole page as HTML; nothing in it looks like a merge token or a provider's tag."""
    pieces: list[str] = []
    _write(page, pieces.append)
    return f"<!DOCTYPE html>\n{''.join(pieces)}\n"


def write_inner(element: "_Element") -> str:
    """Return an element's content as HTML, without its own tags."""
    pieces: list[str] = []
    _write_inner(element, pieces.append)
    return "".join(pieces)


def shown_pictures(page: "_Element") -> set[str]:
    """Return the ids of the embedded pictures that a page's attributes, styles and conditional comments show."""
    from lxml import etree

    attributes = page.xpath(_SHOWN)
    assert isinstance(attributes, list)
    places = [*map(str, attributes), *(block.text or "" for block in page.iter("style", etree.Comment))]
    return {name for place in places for name in _PICTURE.findall(place)}


def _write(node: "_Element", put: Callable[[str], None]) -> None:
    """Write an element or a comment, without its tail."""
    tag: object = node.tag
    if not isinstance(tag, str):  # lxml marks comments by a function
        put(f"<!--{merge.inert_raw(node.text or '')}-->")
        return
    put(f"<{tag}{''.join([_attribute(str(name), str(value)) for name, value in node.items()])}>")
    if tag not in _VOID:
        _write_inner(node, put)
        put(f"</{tag}>")


def _write_inner(node: "_Element", put: Callable[[str], None]) -> None:
    if text := node.text:
        put(merge.inert_raw(text) if node.tag in _RAW else merge.inert_html(text))
    for child in node:
        _write(child, put)
        if child.tail:
            put(merge.inert_html(child.tail))


def _attribute(name: str, value: str) -> str:
    if name in _ADDRESSES and not _PLAIN_ADDRESS.fullmatch(value):
        value = quote(value.lstrip(" \t\r\n"), safe=_ADDRESS_SAFE)
    value = merge.inert_html(value)
    if '"' not in value:
        return f' {name}="{value}"'
    return f" {name}='{value}'" if "'" not in value else ' {}="{}"'.format(name, value.replace('"', "&quot;"))
