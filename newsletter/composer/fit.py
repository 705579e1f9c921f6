"""Fit sanitised HTML to a column of an email: nothing in it is wider than a phone, leads to itself, or is empty."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from markupsafe import Markup

from newsletter.composer.bounds import DEEPEST
from newsletter.composer.hints import settle
from newsletter.composer.image_data import rare_kind
from newsletter.composer.markup import write_inner
from newsletter.composer.nesting import nest
from newsletter.composer.tables import unfold_table

if TYPE_CHECKING:
    from lxml.html import HtmlElement

__all__ = ["BODY_WIDTH", "NAMED", "fit"]

BODY_WIDTH = 552  # px a story's column has at its widest
NAMED = "body-named"
"""The class of what stands for a picture that is not shown."""

_GONE = (
    "gone"  # the name of elements whose tags are taken out, all at once: one by one takes the square of their number
)
_EMPTY = "empty"  # and of those that go with what is in them
_SECTIONS = (
    "article", "aside", "section", "header", "footer", "main", "nav", "address", "center", "fieldset", "hgroup", "menu",
    "details",
)  # fmt: skip
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_WITH_WORDS = (
    "a abbr b blockquote cite code dd del dfn div dl dt em figcaption figure i ins kbd li mark ol p pre q s samp small "
    "span strong sub sup u ul var"
)
_HOLDERS = frozenset(_WITH_WORDS.split())
_BACK = frozenset(
    ("#", "¶", "§", "↩", "⏎", "↑", "^", "🔗", "↩︎", "↩\ufe0e", "↩\ufe0f", "⤴", "⬆")
)  # of links to a place of the page
_ICON = 64  # px; what is no larger is in its line
_WEAK_NAME = re.compile(
    r"[\W\d_]*(?:image|img|picture|photo|banner|logo|untitled|dsc|screenshot)?[\W\d_]*", re.IGNORECASE
)
_DEEPEST_INDENT = 3
_QUOTE = "margin:0 0 16px;padding:0 0 0 12px;border-left:2px solid"
_CODE = "white-space:pre-wrap;word-break:break-word"


def fit(
    markup: str, *, title: str = "", link: str = "", tag: Callable[[str], str] = str
) -> tuple[Markup, Counter[str]]:
    """Return sanitised HTML as a column takes it, and which pictures it does not show.

    A first heading that repeats the `title` goes, and so do links to the page `link` itself; `tag` is applied to the
    addresses of all others.
    """
    from lxml import etree
    from lxml import html as lxml_html

    dropped: Counter[str] = Counter()
    if not markup.strip():
        return Markup(""), dropped
    root = lxml_html.fragment_fromstring(markup, create_parent="div", parser=lxml_html.HTMLParser(huge_tree=True))
    settle(root, gone=_GONE, empty=_EMPTY)
    etree.strip_elements(root, _EMPTY, with_tail=False)
    _flatten(root)
    _name_blocks(root, title)
    for table in reversed([*root.iter("table")]):
        unfold_table(table)
    for picture in [*root.iter("img")]:
        if kind := _unshown(picture):
            dropped[kind] += 1
            _name_picture(picture)
        else:
            _fit_picture(picture)
    for one in [*root.iter("a")]:
        _fit_link(one, link, tag)
    for code in root.iter("pre"):
        code.set("style", _CODE)
    for rule in root.iter("hr"):
        rule.set("class", "line rule")
    nest(root, gone=_GONE, empty=_EMPTY)
    for holder in root.iter("blockquote", "ul", "ol", "dd"):
        _indent(holder)
    etree.strip_tags(root, _GONE)
    _mark_empty(root)
    etree.strip_elements(root, _EMPTY, with_tail=False)
    return Markup(write_inner(root)), dropped  # noqa: S704 - nh3 has cleaned it


def _flatten(root: "HtmlElement") -> None:
    """Take out tags nested deeper than anybody writes: beyond 256 of them, libxml2 would cut the whole page off."""
    from lxml import etree

    depth = -1
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "start" and depth > DEEPEST:
            element.tag = _GONE
    etree.strip_tags(root, _GONE)


def _name_blocks(root: "HtmlElement", title: str) -> None:
    """Name blocks as every mail program knows them, without a heading that repeats the title."""
    first = next((one for one in root.iter(*_HEADINGS, "p", "li", "pre") if one.text_content().strip()), None)
    if first is not None and first.tag in _HEADINGS and _letters(first.text_content()) == _letters(title) != "":
        first.tag = _EMPTY
    for element in [*root.iter(*_HEADINGS)]:
        element.tag = "p"
        element.set("class", "body-heading")
    for element in [*root.iter(*_SECTIONS)]:
        element.tag = "div"
    for element in [*root.iter("summary", "legend")]:
        element.tag = "div"
        element.set("class", "body-heading")


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _unshown(picture: "HtmlElement") -> str:
    """Return why a picture is not shown, "" where it is."""
    source = picture.get("src", "")
    if not source.startswith("https://"):
        return "picture without an https address"
    kind = rare_kind(source)
    return f"{kind} picture" if kind else ""


def _name_picture(picture: "HtmlElement") -> None:
    """Put the words of a picture into its place, and a link to it."""
    source, words = picture.get("src", ""), picture.get("alt", "").strip()
    linked = next(picture.iterancestors("a"), None) is not None
    words = words or (_file_words(source) if source else "")
    picture.attrib.clear()
    picture.tag = "span" if linked or not source else "a"
    picture.text = words
    picture.set("class", NAMED)
    if picture.tag == "a":
        picture.set("href", source)


def _fit_picture(picture: "HtmlElement") -> None:
    """Set a width that Outlook obeys; a picture of unknown size keeps its own, up to the width of the column."""
    width, height = int(picture.get("width") or 0), int(picture.attrib.pop("height", None) or 0)
    picture.set("alt", picture.get("alt", ""))
    if 0 < (width or height) <= _ICON:
        picture.set("width", str(width or height))
        picture.set("style", f"max-width:{width}px" if width else f"width:auto;height:{height}px")
        return
    shown = min(width or BODY_WIDTH, BODY_WIDTH)
    picture.set("width", str(shown))
    picture.set("style", f"max-width:{shown}px" if width else "width:auto;max-width:100%")
    picture.set("class", "body-picture")


def _indent(holder: "HtmlElement") -> None:
    """Keep what is nested deep from being pushed out of the column: browsers indent each level by 40 pixels or more."""
    depth = sum(1 for _ in holder.iterancestors("blockquote", "ul", "ol", "dd"))
    if depth > _DEEPEST_INDENT:
        holder.set("style", "margin:0;padding:0 4px")
    elif holder.tag == "blockquote":
        holder.set("style", _QUOTE)


def _fit_link(link: "HtmlElement", page: str, tag: Callable[[str], str]) -> None:
    """Keep a link that leads somewhere else and has words; what stands for a place of the page goes."""
    address, words = link.get("href", ""), link.text_content().strip()
    if not address or _same_page(address, page):
        link.tag = _EMPTY if words in _BACK and not len(link) else _GONE
        return
    pictures = [*link.iter("img")]
    if not words and not pictures:
        link.tag = _GONE
        return
    if not words and not any(one.get("alt", "").strip() for one in pictures):
        pictures[0].set("alt", _file_words(pictures[0].get("src", "")) or _host(address))
    link.set("href", tag(address))
    link.set("class", f"accent link {link.get('class', '')}".rstrip())


def _same_page(address: str, page: str) -> bool:
    return bool(page) and address.partition("#")[0].rstrip("/") == page.partition("#")[0].rstrip("/")


def _file_words(address: str) -> str:
    """Return the name of a picture's file as words, "" where it says nothing."""
    name = unquote(_path(address).rpartition("/")[2]).rpartition(".")[0][:80]
    return "" if _WEAK_NAME.fullmatch(name) else " ".join(re.split(r"[-_\s]+", name)).strip()


def _path(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def _host(address: str) -> str:
    return address.partition("//")[2].partition("/")[0].removeprefix("www.") or address


def _mark_empty(root: "HtmlElement") -> None:
    """Mark what holds nothing that is seen, from the inside out."""
    from lxml import etree

    for _, element in etree.iterwalk(root, events=("end",)):
        if element is not root and element.tag in _HOLDERS and not _shows(element):
            element.tag = _EMPTY


def _shows(element: "HtmlElement") -> bool:
    if element.text and element.text.strip():
        return True
    seen: Iterator[bool] = (
        child.tag not in (_EMPTY, "br") or bool(child.tail and child.tail.strip()) for child in element
    )
    return any(seen)
