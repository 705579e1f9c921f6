"""Find the page that an article's body calls by a reference: a file's path, or what a shortcode names."""

import posixpath
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import unquote

from newsletter.config import Config
from newsletter.models import Article

__all__ = ["page_finder"]

_ENDING = re.compile(r"\.(?:md|markdown|mdx|html?)$", re.IGNORECASE)


def page_finder(config: Config) -> Callable[[Article, str], str]:
    """Return what gives the address of the page that an article calls by a reference, "" for an unknown one.

    ``@/news/b.md`` and ``/news/b`` are below the archive, ``b.md`` is beside the article, or else below the archive.
    """

    @lru_cache(maxsize=1000)
    def address(archive: int, folder: str, name: str) -> str:
        paths = _paths(folder, name)
        return next(filter(None, (_link(config, archive, path) for path in paths)), "")

    def find(article: Article, reference: str) -> str:
        path, mark, place = unquote(reference.strip()).partition("#")
        folder = article.path.rpartition("/")[0]
        link = address(article.archive, folder, path.partition("?")[0]) if path else article.link
        return link + mark + place if link else ""

    return find


def _paths(folder: str, name: str) -> Iterator[str]:
    """Yield the paths below the archive at which the file of a reference may be."""
    below = name.removeprefix("@/").lstrip("/")
    places = [below] if name.startswith(("@", "/")) else [f"{folder}/{below}", below]
    for place in dict.fromkeys(posixpath.normpath(one.lstrip("/")) for one in places):
        if place.startswith("..") or "\0" in place:
            continue
        bare = _ENDING.sub("", place)
        yield place
        yield from (f"{bare}{ending}" for ending in (".md", "/index.md", "/_index.md", ".html", ".markdown"))


def _link(config: Config, archive: int, path: str) -> str:
    """Return the address of the page that a file makes, "" where there is no such file, or it makes none."""
    from newsletter.selector.archive import Archive, File
    from newsletter.selector.article import Candidate, Reader, split_path
    from newsletter.selector.links import page_link

    if not _ENDING.search(path):
        return ""
    head = Archive(config.archives[archive]).head(path)
    if not head:
        return ""
    read = Reader(config).read(File(path, head), archive=archive, wanted=lambda _: True)
    if isinstance(read, Candidate):
        return read.article.link
    base = config.newsletter.base_url
    return page_link(split_path(path)[0], base) if base else ""  # a page without a date is no article
