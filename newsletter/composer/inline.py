"""Inline CSS into the elements, where mail programs need it, with premailer; keep no more than is needed.

A template has two style blocks: a plain one, whose rules become `style` attributes and which is dropped,
and one marked ``data-premailer="ignore"``, which is kept for rules that cannot be inlined (media queries, dark mode).
"""

import importlib
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["inline_styles"]

# Half of premailer's import time, and used only to fetch style sheets.
_FETCHERS = ("requests", "urllib.request", "importlib.metadata")
_CLASS_SELECTOR = re.compile(r"\.([A-Za-z][\w-]*)")


def inline_styles(html: str) -> "_Element":
    """Return `html` as a tree, with the rules of its plain style block in the elements, without unused class names.

    Options against premailer's defaults: ``!important`` must survive inside @media; CSS widths must not become
    `width` attributes on paragraphs; nothing is fetched.
    """
    from lxml import etree

    with _deferred(*_FETCHERS):
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


class _DeferredModule(ModuleType):
    """A module that is imported when one of its names is used first."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def _deferred(*names: str) -> Iterator[None]:
    """Let what is imported in the block import the modules `names` only when it uses them."""
    deferred = {name: _DeferredModule(name) for name in names if name not in sys.modules}
    sys.modules.update(deferred)
    try:
        yield
    finally:
        for name in deferred:
            del sys.modules[name]


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
