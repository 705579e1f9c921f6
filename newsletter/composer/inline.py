"""Put CSS where mail programs look for it: into the elements, by premailer, and nothing more than is needed.

A template has two style blocks: a plain one, whose rules are written into `style` attributes and which is dropped,
and one marked ``data-premailer="ignore"``, which stays for what cannot be inlined (media queries, dark mode).
"""

import logging
import re

__all__ = ["inline_styles"]

_STYLE_ATTRIBUTE = re.compile(r""" style=(?:"([^"]*)"|'([^']*)')""")
_CLASS_ATTRIBUTE = re.compile(r' class="([^"]*)"')
_KEPT_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_CLASS_SELECTOR = re.compile(r"\.([A-Za-z][\w-]*)")


def inline_styles(html: str) -> str:
    """Write the rules of the plain style block into the elements of `html`, and drop class names nobody asks for.

    Options against premailer's defaults: ``!important`` must survive inside @media; CSS widths must not become
    `width` attributes on paragraphs; nothing is fetched.
    """
    from lxml import etree
    from premailer import Premailer

    page = etree.fromstring(html, etree.HTMLParser())
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
    markup = etree.tostring(page, method="html", encoding="unicode", with_tail=False)
    return "<!DOCTYPE html>\n" + _drop_unused_classes(_STYLE_ATTRIBUTE.sub(_compact, markup)) + "\n"


def _compact(match: re.Match[str]) -> str:
    """Write a style attribute in as few bytes as it takes: Gmail clips a message at 102,400."""
    style = re.sub(r"\s*([;:,])\s*", r"\1", (match[1] or match[2]).replace('"', "'")).rstrip(";")
    return f' style="{style}"'


def _drop_unused_classes(markup: str) -> str:
    kept = set(_CLASS_SELECTOR.findall(" ".join(_KEPT_STYLE.findall(markup))))

    def used(match: re.Match[str]) -> str:
        names = " ".join(name for name in match[1].split() if name in kept)
        return f' class="{names}"' if names else ""

    return _CLASS_ATTRIBUTE.sub(used, markup)
