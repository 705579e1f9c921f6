"""The message that rules check, parsed once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.composer.content import Body
from newsletter.config import Config
from newsletter.models import Article, HostedImage, InlineImage, Message, Outline

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["HTML", "OUTLINE", "TEXT", "Page"]

HTML = "email.html"
TEXT = "email.txt"
OUTLINE = "issue.toml"


@dataclass(frozen=True, kw_only=True)
class Page:
    """A composed message, where it came from, and its HTML as a tree."""

    message: Message
    outline: Outline
    articles: Mapping[str, Article] | None
    config: Config
    bodies: Mapping[str, Body] = field(default_factory=dict)
    hosted: tuple[HostedImage, ...] = ()

    @property
    def codes(self) -> Mapping[str, InlineImage | HostedImage]:
        """Return the QR codes of the message, by the address that shows each."""
        pictures: dict[str, InlineImage | HostedImage] = {f"cid:{one.cid}": one for one in self.message.images}
        pictures |= {one.address: one for one in self.hosted}
        return {address: one for address, one in pictures.items() if one.filename.startswith("qr-")}

    @cached_property
    def root(self) -> "_Element":
        """Return the tree of the HTML part."""
        from lxml import etree

        return etree.fromstring(self.message.html or "<html></html>", etree.HTMLParser(huge_tree=True))

    @cached_property
    def images(self) -> tuple["_Element", ...]:
        """List the pictures of the HTML part."""
        return tuple(self.root.iter("img"))

    @cached_property
    def links(self) -> tuple["_Element", ...]:
        """List the links of the HTML part."""
        return tuple(self.root.iter("a"))

    def place(self, address: str) -> str:
        """Return the path of the article whose body has an address, the HTML part's name where none has it."""
        return self._places.get(address, HTML)

    @cached_property
    def _places(self) -> Mapping[str, str]:
        """Return the addresses in bodies with the paths of their articles, the first ones."""
        from lxml import etree

        places: dict[str, str] = {}
        for key, body in self.bodies.items():
            article = self.articles.get(key) if self.articles else None
            root = etree.fromstring(f"<div>{body.html}</div>", etree.HTMLParser(huge_tree=True))
            for element in root.iter("a", "img"):
                address = element.get("href") or element.get("src") or ""
                places.setdefault(address, article.path if article else key)
        return places

    @cached_property
    def css(self) -> str:
        """Return all style blocks of the HTML part."""
        return "\n".join(style.text or "" for style in self.root.iter("style"))
