"""How mail programs show the HTML part: each look is a change to the page that a browser then shows.

| look | what is done |
| --- | --- |
| light | the rules for dark mode never apply |
| dark | they always apply, as with a reader who asks for it |
| forced | they never apply, and every colour's lightness is inverted, as programs do that ask no sender |
| no-pictures | no picture is loaded, as most programs begin |
| no-styles | no CSS at all, as in the plainest programs |
"""

import base64
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from newsletter.app.preview import Preview
from newsletter.composer.markup import write_page

__all__ = ["LOOKS", "PHONE", "anchors", "inbox_text", "render_look"]

PHONE = 375
LOOKS: Mapping[str, str] = MappingProxyType(
    {
        "light": "Light",
        "dark": "Dark",
        "forced": "Forced dark",
        "no-pictures": "No pictures",
        "no-styles": "No styles",
    }
)
"""The looks with their labels, in the order in which they are offered."""

_DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
_SCHEME = re.compile(r"(color-scheme\s*:\s*)[a-z ]+")
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
_FILLER = re.compile("[\u034f\u00ad\u200b-\u200f\u2060\ufeff]+")
_GREY = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="552" height="276"><rect width="552" height="276" fill="#8884"/>'
    b'<path d="M196 178l40-52 30 38 22-26 52 64H196z" fill="#8888"/></svg>'
)
_MISSING = f"data:image/svg+xml;base64,{base64.b64encode(_GREY).decode()}"
_DARKEST = 0.08
_EXTRA = """
html{scrollbar-width:thin}
:target{outline:3px solid #d9480f!important;outline-offset:6px;scroll-margin:80px;border-radius:2px}
"""


def render_look(preview: Preview, look: str) -> str:
    """Return the HTML part as `look` has it, with its pictures inside and nothing to be loaded from elsewhere."""
    page = _parse(preview.message.html)
    _place_pictures(page, preview, shown=look != "no-pictures")
    _mark_articles(page, preview)
    _CHANGES[look](page)
    head = page.find("head")
    if head is None:
        head = page.makeelement("head", {})
        page.insert(0, head)
    style = head.makeelement("style", {})
    style.text = _EXTRA
    head.insert(0, head.makeelement("base", {"target": "_blank"}))
    head.append(style)
    return write_page(page)


def _parse(html: str) -> Any:
    from lxml.html import document_fromstring

    return document_fromstring(html or "<p></p>")


def _place_pictures(page: Any, preview: Preview, *, shown: bool) -> None:
    """Put the pictures into the page: those that travel with the message, and linked ones that are at hand."""
    files = {f"cid:{image.cid}": (image.mime_type, image.content) for image in preview.message.images}
    known = {**preview.pictures, **files}
    for picture in page.iter("img"):
        found = known.get(picture.get("src", ""))
        picture.set("src", "data:," if not shown else _data(*found) if found else _MISSING)
        picture.attrib.pop("srcset", None)


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def anchors(preview: Preview) -> dict[str, str]:
    """Map the path of each article that the page links to to the name of its place there."""
    links = [str(link.get("href", "")) for link in _parse(preview.message.html).iter("a")]
    articles = preview.issue.build.choice.selection.articles
    return {
        one.path: f"article-{number}"
        for number, one in enumerate(articles)
        if any(_leads(link, one.link) for link in links)
    }


def _leads(address: str, link: str) -> bool:
    """Return whether an address is that of an article, with or without parameters of ours."""
    return bool(link) and (address == link or address.startswith((f"{link}?", f"{link}&")))


def _mark_articles(page: Any, preview: Preview) -> None:
    """Name the place of each article: the last link to it that is a heading's, else the first one."""
    for number, article in enumerate(preview.issue.build.choice.selection.articles):
        links = [link for link in page.iter("a") if _leads(str(link.get("href", "")), article.link)]
        headings = [link for link in links if any(up.tag in ("h1", "h2", "h3") for up in link.iterancestors())]
        for link in (headings or links)[:1]:
            link.set("id", f"article-{number}")


def _styles(page: Any, change: Callable[[str], str]) -> None:
    """Change every piece of CSS."""
    for block in page.iter("style"):
        block.text = change(block.text or "")
    for element in page.iter("*"):
        if "style" in element.attrib:
            element.set("style", change(element.get("style")))


def _scheme(page: Any, name: str) -> None:
    """Let the page be in one colour scheme, whatever the reader of the preview prefers."""
    applies = "all" if name == "dark" else "not all"
    _styles(page, lambda css: _SCHEME.sub(rf"\g<1>{name}", _DARK.sub(applies, css)))
    for meta in page.iter("meta"):
        if meta.get("name") in ("color-scheme", "supported-color-schemes"):
            meta.set("content", name)


def _forced(page: Any) -> None:
    """Invert the lightness of all colours, as Gmail's and Outlook's apps do; pictures stay as they are."""
    _scheme(page, "light")
    body = page.find("body")
    body.set("style", "background:#ffffff;color:#000000;" + body.get("style", ""))
    _styles(page, lambda css: _COLOUR.sub(lambda match: _inverted(match[0]), css))
    for element in page.iter("*"):
        for name in ("bgcolor", "color"):
            if _COLOUR.fullmatch(element.get(name, "")):
                element.set(name, _inverted(element.get(name)))


def _inverted(colour: str) -> str:
    """Return a colour with its lightness turned round, no darker than mail programs go, and its tint kept."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    lightness = (max(parts) + min(parts)) / 2
    change = _DARKEST + (1 - _DARKEST) * (1 - lightness) - lightness
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, part + change))):02x}" for part in parts)


def _bare(page: Any) -> None:
    for block in list(page.iter("style")):
        block.drop_tree()
    for element in page.iter("*"):
        for name in ("style", "class", "bgcolor", "background"):
            element.attrib.pop(name, None)
    _scheme(page, "light")


_CHANGES: Mapping[str, Callable[[Any], None]] = MappingProxyType(
    {
        "light": lambda page: _scheme(page, "light"),
        "dark": lambda page: _scheme(page, "dark"),
        "forced": _forced,
        "no-pictures": lambda page: _scheme(page, "light"),
        "no-styles": _bare,
    }
)


def inbox_text(preview: Preview) -> str:
    """Return what an inbox shows behind the subject: the first words of the page, the hidden ones included."""
    body = _parse(preview.message.html).find("body")
    text = " ".join(body.itertext()) if body is not None else ""
    return " ".join(_FILLER.sub(" ", text).split())[:180]
