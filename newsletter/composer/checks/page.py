"""The message that rules check, parsed once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.config import Config
from newsletter.models import Article, Message, Outline

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

    @cached_property
    def css(self) -> str:
        """Return all style blocks of the HTML part."""
        return "\n".join(style.text or "" for style in self.root.iter("style"))
