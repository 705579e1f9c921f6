"""Rules about bodies as readers see them: no marks of Markdown, no shortcodes, nothing wider than a phone."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from newsletter.composer.checks.page import HTML, Page
from newsletter.composer.findings import finding
from newsletter.composer.text_layout import clean_line
from newsletter.models import Finding

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["check_joined_words", "check_raw_marks", "check_wide"]

_RAW_MARK = re.compile(
    r"\]\((?:https?:|[./#])|\*\*\w|^#{1,6} \w|```|\{\{[<%]|\{%|\[\^\w{1,30}\]|\[![A-Z]{3,20}\]"
    r"|^:::+(?: ?[\w{]|$)|^!!! \w|\{::\w|\{: ?[.#]\w",
    re.MULTILINE,
)
_JOINED = re.compile(
    r"(?<![\w./@:#-])[a-z]{3,30}[.!?][A-Z][a-z]{2,30}(?![\w./(-])"
)  # the end of a sentence, and the next
_INLINE = ("a", "b", "em", "i", "strong")
_ENDS = re.compile(r"[a-z][.:;,!?]\s*$")
_COLUMN = 600
_CODE = ("pre", "code", "samp", "kbd")


def check_raw_marks(page: Page) -> Iterator[Finding]:
    """Find bodies that show marks of Markdown, or shortcodes, outside code."""
    for key, body in page.bodies.items():
        article = page.articles.get(key) if page.articles else None
        if match := _RAW_MARK.search(_words(body.html)):
            around = clean_line(match.string[max(0, match.start() - 20) : match.end() + 40])
            hint = "close the mark in the article, or put a backslash before it"
            yield finding("raw-marks", article.path if article else key, f"readers see a mark: {around}", hint)


def check_joined_words(page: Page) -> Iterator[Finding]:
    """Find words that have lost the blank between them: at the end of a sentence, or behind emphasis."""
    for key, body in page.bodies.items():
        match = _JOINED.search(_words(body.html))
        if joined := match[0] if match else _joined_behind_emphasis(body.html):
            article = page.articles.get(key) if page.articles else None
            hint = "put a blank between them in the article"
            yield finding("words-joined", article.path if article else key, f"no blank between words: {joined}", hint)


def _joined_behind_emphasis(markup: str) -> str:
    """Return the words around the first end of an emphasis or a link that lacks its blank, "" without one."""
    for element in _parsed(markup).iter(*_INLINE):
        words, tail = "".join(map(str, element.itertext())), element.tail or ""
        if _ENDS.search(words[-20:]) and words[-1:].strip() and tail[:1].isalpha() and tail[:1].isascii():
            return clean_line(words[-20:] + tail[:20])
    return ""


def _parsed(markup: str) -> "_Element":
    from lxml import etree

    return etree.fromstring(f"<div>{markup}</div>", etree.HTMLParser(huge_tree=True))


def _words(markup: str) -> str:
    """Return the words of HTML outside code, a line a block."""
    root = _parsed(markup)
    for element in [*root.iter(*_CODE)]:
        tail = element.tail
        element.clear()
        element.tail = tail
    for element in root.iter("p", "li", "div", "br"):
        element.tail = f"\n{element.tail or ''}"
        element.text = f"\n{element.text or ''}"
    return "".join(map(str, root.itertext()))


def check_wide(page: Page) -> Iterator[Finding]:
    """Find what is wider than a phone: code that does not wrap, and pictures and tables of a fixed width."""
    for element in page.root.iter("pre", "img", "table", "td"):
        style, width = element.get("style", "").replace(" ", ""), element.get("width", "")
        if element.tag == "pre":
            wide = "pre-wrap" not in style and "overflow" not in style
        else:
            wide = width.isdecimal() and len(width) < 5 and int(width) > _COLUMN and "max-width" not in style
        if wide:
            hint = "code: white-space:pre-wrap; pictures and tables: max-width:100%"
            yield finding("too-wide", HTML, f"<{element.tag}> is wider than a phone's screen", hint)
            return
