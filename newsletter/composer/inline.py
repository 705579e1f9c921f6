"""Inline CSS into the elements, where mail programs need it, with premailer; keep no more than is needed.

A template has two style blocks: a plain one, whose rules become `style` attributes and which is dropped,
and one marked ``data-premailer="ignore"``, which is kept for rules that cannot be inlined (media queries, dark mode).
"""

import logging
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["inline_styles"]

_CLASS_SELECTOR = re.compile(r"\.([A-Za-z][\w-]*)")


def inline_styles(html: str) -> "_Element":
    """Return `html` as a tree, with the rules of its plain style block in the elements, without unused class names.

    Options against premailer's defaults: ``!important`` must survive inside @media; CSS widths must not become
    `width` attributes on paragraphs; nothing is fetched.
    """
    from lxml import etree
    from premailer import Premailer

    page = etree.fromstring(html, etree.HTMLParser(huge_tree=True))
    Premailer(
        page,
        strip_important=False,
        keep_style_tags=False,
        disable_basic_attributes=["width", "height", "bgcolor", "align", "valign"],
        align_floating_images=False,
        disable_validation=True,
        disable_leftover_css=True,
        allow_network=False,
        cssutils_logging_level=logging.CRITICAL,
    ).transform()
    _tidy(page)
    return page


def _tidy(page: "_Element") -> None:
    """Remove what no mail program needs: Gmail clips a message at 102,400 bytes."""
    kept = _kept_classes(page)
    for element in page.iter("*"):
        if style := element.get("style"):
            element.set("style", _compact(style))
        if names := [name for name in element.get("class", "").split() if name in kept]:
            element.set("class", " ".join(names))
        else:
            element.attrib.pop("class", "")


def _compact(style: str) -> str:
    """Return a style in as few bytes as possible, without double quotes, which would have to be escaped."""
    return re.sub(r"(?<!\s)\s*+([;:,])\s*+", r"\1", style.replace('"', "'")).rstrip(";")


def _kept_classes(page: "_Element") -> set[str]:
    """Return the classes that the remaining style blocks use, including Outlook's in comments."""
    from lxml import etree

    return {name for block in page.iter("style", etree.Comment) for name in _CLASS_SELECTOR.findall(block.text or "")}
