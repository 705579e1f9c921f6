"""What articles say of their own pages, where nothing is known of their site.

The keys of Hugo (`headless`, `build`, `slug`, `cascade`), Zola (`render`, `path`) and Eleventy (`permalink`) mean the
same wherever they are written. Files in the folder of an ``index`` that is an article with a date belong to it.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from newsletter.addresses import URL_SAFE
from newsletter.pages import Content, Page, SiteFacts
from newsletter.settings import NewsletterSettings
from newsletter.site.reading import front_matter_of, is_false, is_file, is_true, table_at, text_at

__all__ = ["plain_facts"]

_INDEX = ("index.md", "index.html", "index.markdown")
_PLAIN_ADDRESS = re.compile(r"/(?!/)[^:{}\\]*")
_SAFE = URL_SAFE.replace("?", "").replace("#", "")
_MOST_FOLDERS = 20


def plain_facts(root: Path) -> SiteFacts:
    """Return the facts of a site of which nothing is known, for the project folder `root`."""

    def pages(newsletter: NewsletterSettings) -> PlainPages:
        archives = [root / archive for archive in newsletter.archive]
        return PlainPages(archives, base_url=newsletter.base_url)

    return SiteFacts(generator="none", newsletter={}, pages=pages)


class PlainPages:
    """The pages that articles say they are."""

    def __init__(self, archives: Sequence[Path], *, base_url: str) -> None:
        """Read nothing yet."""
        self._archives = archives
        self._base = base_url.rstrip("/")
        self._fields = lru_cache(maxsize=10_000)(front_matter_of)  # of section pages, and of those of folders

    def scope(self, archive: int, folder: str) -> tuple[bool, bool]:
        """Return that articles may be anywhere."""
        return True, True

    def page(self, archive: int, path: str, content: Content) -> Page:
        """Return what one file says of its page, and what the pages above it say."""
        hidden = _hidden(content.fields) or self._hidden_by_others(self._archives[archive], path, content.fields)
        link = _path(path, content.fields) if self._base and not hidden else ""
        return Page(link=link and f"{self._base}{quote(link, safe=_SAFE)}", hidden=hidden)

    def _hidden_by_others(self, root: Path, path: str, own: Mapping[str, Any]) -> str:
        """Return which page hides another: the article that its folder is, or a section by its ``cascade``."""
        *folders, file = path.split("/")
        beside = [] if file in _INDEX or not folders else ["/".join((*folders, name)) for name in _INDEX]
        for name in beside:
            if is_file(root, name) and "date" in self._fields(root, name):
                return f"a file of the article {name}"
        for depth in range(min(len(folders), _MOST_FOLDERS), 0, -1):
            name = "/".join((*folders[:depth], "_index.md"))
            given = {
                key: value for key, value in table_at(self._fields(root, name), "cascade").items() if key not in own
            }
            if reason := _hidden(given, cascaded=True):
                return f"{reason}, by the section page {name}"
        return ""


def _hidden(fields: Mapping[str, Any], *, cascaded: bool = False) -> str:
    """Return why a page is not public; its own `draft` is a reason by itself."""
    if is_true(fields.get("headless")):
        return "headless: true"
    for key in ("build", "_build"):
        for option in ("render", "list"):
            value = table_at(fields, key).get(option)
            if is_false(value) or value == "never":
                return f"{key}: {option}: {str(value).lower()}"
    for key in ("render", "permalink"):
        if is_false(fields.get(key)):
            return f"{key}: false"
    return "draft: true" if cascaded and is_true(fields.get("draft")) else ""


def _path(path: str, fields: Mapping[str, Any]) -> str:
    """Return the address of a page below its site, "" where its file's path decides it."""
    if text_at(fields, "url"):
        return ""
    if (whole := text_at(fields, "permalink")) and _PLAIN_ADDRESS.fullmatch(whole):
        return whole
    if whole := text_at(fields, "path").strip("/"):
        return f"/{whole}/"
    slug = text_at(fields, "slug").strip("/")
    folders = path.split("/")[: -2 if path.endswith(_INDEX) else -1]
    return "/".join(("", *folders, slug, "")) if slug else ""
