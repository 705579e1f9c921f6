"""What a site makes of its content files: the types between `newsletter.site`, the configuration and the selector."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from newsletter.settings import NewsletterSettings

__all__ = ["Content", "Found", "Page", "Pages", "SiteFacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is known of one content file: its front matter with keys in lower case, {} where it cannot be read.

    `published` is the article's time, None where it has none; `date` is that time as the file writes it.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    published: datetime | None = None
    date: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a site makes of a content file.

    `link` is its absolute address, "" where the site does not decide it; `hidden` says why it is not public, "" where
    it is. `language` is the newsletter's tag where the page is in that language, else the site's name of it; "" where
    the site has one language, None where it says nothing of languages. `early` and `expired` are true where the site
    shows pages before their time and after it.
    """

    link: str = ""
    hidden: str = ""
    language: str | None = None
    early: bool = False
    expired: bool = False


class Pages(Protocol):
    """What a site makes of the files of the newsletter's archives, by the archive's number and a path below it."""

    def scope(self, archive: int, folder: str) -> tuple[bool, bool]:
        """Return whether there may be articles in a folder itself, and whether there may be any in those below it."""

    def page(self, archive: int, path: str, content: Content) -> Page:
        """Return what the site makes of one file; ConfigError where the site's own files cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing that a site's configuration says, and the file that says it."""

    what: str
    value: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """What a site says: defaults of [newsletter], the order of the keys of dates, and its pages.

    `pages` makes the pages once the configuration is whole; `found` is for people, `output` the folder that the
    generator builds into, "" where unknown.
    """

    generator: str
    newsletter: Mapping[str, Any]
    pages: Callable[[NewsletterSettings], Pages | None]
    date_keys: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    output: str = ""
    found: tuple[Found, ...] = ()
