"""Find the picture of an article that its front matter does not name: in its bundle, else in its text.

A bundle's is the one that Hugo's own templates take: a file whose name says *feature*, else *cover* or *thumbnail*.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from newsletter.composer.bounds import bound_html, bound_markdown
from newsletter.composer.image_data import rare_kind, split_address
from newsletter.composer.image_locations import bundle_folder, is_missing, picture_address
from newsletter.config import Config
from newsletter.models import Article

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["with_picture"]

_KINDS = (".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
_NAMES = (("feature",), ("cover", "thumbnail"))
_MAY_SHOW = re.compile(r"!\[|<img\b|\.(?:jpe?g|png|gif|webp|avif)\b", re.IGNORECASE)
_SMALL = re.compile("[0-9]{1,2}(?:px)?")  # pixels: a badge, a face or a counter of readers
_LOOKED_AT = 30_000  # characters of a text: a first picture is further up, and reading Markdown takes time
_LONGEST = 4096  # characters of an address
_MOST = 20  # pictures of a text that are looked at
# Liquid around an address: {{ "/a.jpg" | relative_url }}, {{ site.baseurl }}/a.jpg
_LIQUID = re.compile(r"\{\{-?\s*+(?:site\.(?:base)?url\b[^{}]*+|[\"'](?P<path>[^\"'{}]*+)[\"']\s*+(?:\|[^{}]*+)?)\}\}")
_SHORTCODE = re.compile(r"\{(?:\{[<%]?|%)(?P<inner>[^{}]*+)\}\}?")
_VALUE = re.compile(r"""["'(=\s](?P<address>[^\s"'()=<>]+\.(?:jpe?g|png|gif|webp|avif))(?=["')\s,])""", re.IGNORECASE)
_ALT = re.compile(r"""\b(?:alt|caption|title)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")


def with_picture(article: Article, config: Config) -> Article:
    """Return an article with the picture of its bundle, or of its text, where its front matter names none.

    Whole articles show the pictures of their texts themselves.
    """
    if article.banner:
        return article
    if name := _bundled(article, config):
        return replace(article, banner=name, banner_alt="")
    found = _in_text(article, config) if config.compose.body == "summary" else ("", "")
    return replace(article, banner=found[0], banner_alt=found[1]) if found[0] else article


def _bundled(article: Article, config: Config) -> str:
    """Return the name of the picture that stands for a bundle, quoted as an address, "" without one."""
    folder = bundle_folder(article, config)
    try:
        names = sorted(entry.name for entry in folder.iterdir()) if folder else []
    except (OSError, ValueError):  # ValueError: a zero byte in the path
        return ""
    names = [name for name in names if name.lower().endswith(_KINDS) and name.isprintable()]
    matching = (name for words in _NAMES for name in names if any(word in name.lower() for word in words))
    return next((quote(name) for name in matching if _is_shown(name, config)), "")


def _is_shown(address: str, config: Config) -> bool:
    """Return whether mail programs show pictures of that kind; what travels is converted."""
    kind = rare_kind(address)
    return not kind or (config.compose.banners == "embed" and kind != "SVG")


def _in_text(article: Article, config: Config) -> tuple[str, str]:
    """Return (address, alternative text) of the first picture of a text that can be shown, ("", "") without one."""
    if not _MAY_SHOW.search(article.body, 0, _LOOKED_AT):
        return "", ""
    for _, (address, alt) in zip(range(_MOST), _pictures(article), strict=False):
        if _is_shown(address, config) and not is_missing(address, article, config):
            shown = picture_address(address, article, config)
            if shown.startswith("https://") and split_address(shown).netloc:
                return address, alt
    return "", ""


def _pictures(article: Article) -> Iterator[tuple[str, str]]:
    """Return the pictures of a text, in their order; what is code in it, or a comment, is none."""
    from lxml import etree

    source = _with_tags(article.body[:_LOOKED_AT])
    if article.body_format == "markdown":
        from markdown_it import MarkdownIt

        source = MarkdownIt("commonmark", {"html": True}).render(bound_markdown(source)[0])
    root = etree.fromstring(f"<div>{bound_html(source)[0]}</div>", etree.HTMLParser(huge_tree=True))
    for picture in root.iter("img") if root is not None else ():
        address = (picture.get("src") or "").strip()
        if 0 < len(address) <= _LONGEST and not _is_small(picture):
            yield address, picture.get("alt") or ""


def _is_small(picture: "_Element") -> bool:
    return any(_SMALL.fullmatch(picture.get(name, "").strip()) for name in ("width", "height"))


def _with_tags(text: str) -> str:
    """Write the shortcodes that show a picture (``{{< figure src="a.jpg" >}}``) as tags, and take out Liquid."""
    text = _LIQUID.sub(lambda match: match["path"] or "", text)
    return _SHORTCODE.sub(_as_tag, text)


def _as_tag(shortcode: re.Match[str]) -> str:
    inner = f" {shortcode['inner']} "
    found = _VALUE.search(inner)
    if not found:
        return shortcode[0]
    alt = _ALT.search(inner)
    words = html.escape((alt[1] or alt[2] or "") if alt else "")
    return f'<img src="{html.escape(found["address"])}" alt="{words}">'
