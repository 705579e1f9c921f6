"""Read what attributes say of a body before they are taken away: what is hidden, where a picture really is.

nh3 keeps what `hint` returns of them; `settle` acts on it, and keeps none of them.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

__all__ = ["ADDRESSES", "HINTS", "hint", "settle"]

ADDRESSES = ("data-src", "data-lazy-src", "data-original")
"""Where pictures are whose `src` is a placeholder until somebody scrolls to them."""
HINTS = ("class", "style", "hidden", "aria-hidden", "aria-label", "reversed", "type", "checked")

_UNSEEN = frozenset(
    "sr-only visually-hidden visuallyhidden screen-reader-text katex-html lnt lineno linenos gutter".split()  # noqa: SIM905
)
_ANCHOR = frozenset("anchor headerlink permalink heading-link heading-anchor header-anchor anchor-link".split())  # noqa: SIM905
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_EMOJI = frozenset(("emoji", "wp-smiley"))
_CLASSES = _UNSEEN | _ANCHOR | _EMOJI
_INVISIBLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_NOT_BOLD = re.compile(r"font-weight\s*:\s*(?:normal|400)", re.IGNORECASE)
_WIDTH = re.compile(r"(?:^|;)\s*(?:max-)?width\s*:\s*([0-9]{1,4})(?:\.\d*)?px", re.IGNORECASE)
_LONGEST_LABEL = 200
_PIXEL = 2  # px; what is no larger counts readers


def hint(tag: str, name: str, value: str) -> str | None:
    """Return what an attribute says, in words of our own where it is `class` or `style`; None for nothing."""
    if name == "class":
        return " ".join(word for word in dict.fromkeys(value.lower().split()) if word in _CLASSES) or None
    if name == "style":
        return _said_by_style(tag, value[:1000])
    if name == "type":
        return value if tag == "input" or (tag == "ol" and value in ("1", "a", "A", "i", "I")) else None
    return value[:_LONGEST_LABEL]


def _said_by_style(tag: str, value: str) -> str | None:
    if _INVISIBLE.search(value):
        return "hidden"
    if tag == "b" and _NOT_BOLD.search(value):
        return "plain"
    width = _WIDTH.search(value) if tag == "img" else None
    return width[1] if width else None


def settle(root: "HtmlElement", *, gone: str, empty: str) -> None:
    """Act on the hints in a body: name `empty` what is hidden, and `gone` what only wraps."""
    for element in [*root.iter()]:
        classes, style = set(element.get("class", "").split()), element.get("style", "")
        if _is_hidden(element, classes, style):
            element.tag = empty
        elif element.tag == "img":
            _settle_picture(element, classes, style, gone)
        elif element.tag == "input":
            _settle_box(element)
        elif element.tag == "ol":
            _settle_list(element)
        elif element.tag == "a":
            _settle_link(element, classes, empty)
        elif element.tag in ("ruby", "rt", "rp") or (element.tag == "b" and style == "plain"):
            _settle_ruby(element)
            element.tag = empty if element.tag == "rp" else gone
        for name in (*HINTS, *ADDRESSES, "srcset"):
            if not (name == "type" and element.tag == "ol"):
                element.attrib.pop(name, None)


def _is_hidden(element: "HtmlElement", classes: set[str], style: str) -> bool:
    if "hidden" in element.attrib or style == "hidden" or not _UNSEEN.isdisjoint(classes):
        return True
    small = {element.get("width"), element.get("height")} & {str(size) for size in range(_PIXEL + 1)}
    return element.tag == "img" and bool(small)


def _settle_picture(picture: "HtmlElement", classes: set[str], style: str, gone: str) -> None:
    """Find where a picture really is, and how wide; one that stands for an emoji becomes that."""
    if classes & _EMOJI and picture.get("alt", "").strip() and not picture.get("alt", "").isascii():
        picture.text, picture.tag = picture.get("alt"), gone
        return
    others = (picture.get(name) for name in (*ADDRESSES, "src", "srcset"))
    if source := next(filter(None, others), None):
        picture.set("src", source)
    if style and not picture.get("width"):
        picture.set("width", style)
    after = picture.getnext()
    twin = after is not None and after.tag == "img" and not (picture.tail or "").strip()
    if after is not None and twin and (not source or after.get("src") == source):
        picture.tag = gone  # the next one is the same for those who run no scripts


def _settle_ruby(element: "HtmlElement") -> None:
    """Put what says how a word is read into brackets, as programs do that cannot print it above."""
    if element.tag == "rt":
        last = element[-1] if len(element) else None
        element.text = f"({element.text or ''}"
        if last is None:
            element.text += ")"
        else:
            last.tail = f"{last.tail or ''})"


def _settle_box(box: "HtmlElement") -> None:
    box.tag = "span"
    if box.get("type", "").lower() == "checkbox":
        box.text = "☑" if "checked" in box.attrib else "☐"


def _settle_list(listing: "HtmlElement") -> None:
    """Set the numbers of a list that counts down, which mail programs would not do."""
    if "reversed" in listing.attrib:
        items = [one for one in listing if one.tag == "li"]
        first = int(listing.attrib.pop("start", None) or len(items))
        for number, item in enumerate(items):
            item.set("value", str(first - number))


def _settle_link(link: "HtmlElement", classes: set[str], empty: str) -> None:
    """Take out the mark beside a heading that leads to it; name a link that has nothing but a drawing by its label."""
    if link.get("href", "").partition("#")[1] and (classes & _ANCHOR or link.get("aria-hidden") == "true"):
        around = (*link.iterancestors(), link.getprevious(), link.getnext())
        if any(one is not None and one.tag in _HEADINGS for one in around):
            link.tag = empty
    elif not link.text_content().strip() and link.find(".//img") is None and link.get("aria-label"):
        link.text = link.get("aria-label")
