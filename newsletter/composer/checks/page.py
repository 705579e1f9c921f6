"""What rules look at: the message, parsed once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.config import Config
from newsletter.models import Article, Message, Outline

if TYPE_CHECKING:
    from lxml.html import HtmlElement

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
    def root(self) -> "HtmlElement":
        """Give the tree of the HTML part."""
        from lxml import html

        return html.document_fromstring(self.message.html or "<html></html>")

    @cached_property
    def images(self) -> tuple["HtmlElement", ...]:
        """List the pictures of the HTML part."""
        return tuple(self.root.iter("img"))

    @cached_property
    def links(self) -> tuple["HtmlElement", ...]:
        """List the links of the HTML part."""
        return tuple(self.root.iter("a"))

    @cached_property
    def css(self) -> str:
        """Give all style blocks of the HTML part."""
        return "\n".join(style.text or "" for style in self.root.iter("style"))
