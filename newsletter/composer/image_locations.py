"""Find the location of a picture: its address on the web, or its file in the project.

A path in front matter is relative to the site, unless its file is beside the article's: then it is below the page,
where site generators publish it. A site's own pictures are in the assets folders (Hugo's `static` and `assets`), or
among the articles.
"""

import os
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urljoin

from newsletter.addresses import path_below, quote_address
from newsletter.composer.image_data import split_address
from newsletter.config import Config
from newsletter.errors import ConfigError
from newsletter.files import real_path
from newsletter.models import Article

__all__ = [
    "Source",
    "bundle_folder",
    "check_assets",
    "find_source",
    "is_missing",
    "local_file",
    "picture_address",
]

Source = str | Path  # of a picture's bytes: an address of the web, or a file of the project


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A file of the project, and the name that it has there below a folder: accents may be spelled in another way."""

    file: Path
    name: str


def check_assets(config: Config) -> None:
    """Raise ConfigError if the assets folder does not exist."""
    for named in filter(None, config.compose.assets_dir):
        if not (config.root / named).is_dir():
            hint = "create it, or name the folder that holds the site's pictures"
            raise ConfigError(f"assets_dir: there is no folder {named!r}", place=str(config.path), hint=hint)


def find_source(address: str, article: Article, config: Config) -> Source:
    """Return the location that an article's picture `address` is read from."""
    place = _beside(address, article, config) or _on_site(address, config)
    return place.file if place else picture_address(address, article, config) or address


def picture_address(address: str, article: Article, config: Config) -> str:
    """Return the absolute address of an article's picture, "" if there is none, or a path without a site."""
    parts, base = split_address(address), config.newsletter.base_url
    if parts.scheme or not parts.path:
        return quote_address(address)
    if parts.netloc:
        return quote_address(f"https:{address}")
    beside = _beside(address, article, config)
    if base and beside and beside.name.startswith("./"):
        return urljoin(_own_page(article, base), _quoted(beside.name) + _query(address))
    place = beside or _on_site(address, config)
    path = _quoted(place.name) if place else quote(path_below(parts.path, base), safe="/%=&")
    base = config.compose.assets_url or base
    return urljoin(f"{base.rstrip('/')}/", path.lstrip("/") + _query(address)) if base else ""


def _quoted(name: str) -> str:
    return quote(name, safe="/=&", errors="surrogateescape")


def _query(address: str) -> str:
    query = split_address(address).query
    return f"?{quote(query, safe='/%?=&')}" if query else ""


def _own_page(article: Article, base: str) -> str:
    """Return the address of an article's files: its page if it is a bundle, else its folder."""
    return article.link if _is_bundle(article) else f"{base.rstrip('/')}/{quote(article.path)}"


def _is_bundle(article: Article) -> bool:
    return article.path.rpartition("/")[2].startswith("index.")


def bundle_folder(article: Article, config: Config) -> Path | None:
    """Return the folder of an article that has one of its own, None for others."""
    folder = article.path.rpartition("/")[0]
    return config.archives[article.archive] / folder if folder and _is_bundle(article) else None


def is_missing(address: str, article: Article, config: Config) -> bool:
    """Return whether `address` is a path without a file in an assets folder or in the article's own."""
    parts = split_address(address)
    path = bool(any(config.compose.assets_dir) and parts.path) and not parts.scheme and not parts.netloc
    return path and not isinstance(find_source(address, article, config), Path)


def local_file(address: str, config: Config) -> Path | None:
    """Find the file in the project for `address` (below the site, or below `assets_url`)."""
    place = _on_site(address, config)
    return place.file if place else None


def _on_site(address: str, config: Config) -> _Place | None:
    """Find what an address of the site stands for, in the assets folders, then among the articles."""
    names = tuple(_site_names(address, config))
    found = (_find(folder, name) for name in names for folder in (*config.assets, *config.archives))
    return next(filter(None, found), None) or next(_in_sections(names, config), None)


def _in_sections(names: Iterable[str], config: Config) -> Iterator[_Place]:
    """Look for names of the site in archives that are one section of it: ``content/blog`` has ``blog/a.jpg``."""
    for name in names:
        section, _, inner = name.partition("/")
        for archive in config.archives:
            if inner and section == archive.name and (place := _find(archive, inner)):
                yield _Place(file=place.file, name=f"{section}/{place.name}")


def _site_names(address: str, config: Config) -> Iterator[str]:
    """Return the names that an address of the site may have below a folder, none for another site's address.

    A path that has the site's own path before it (``/docs/a.jpg`` for ``https://user.example/docs``) is both.
    """
    parts = split_address(address)
    if parts.scheme or parts.netloc:
        bases = (base.rstrip("/") for base in (config.compose.assets_url, config.newsletter.base_url) if base)
        yield from (
            unquote(split_address(address.removeprefix(base)).path).lstrip("/")
            for base in bases
            if address.startswith(f"{base}/")
        )
    elif parts.path:
        yield unquote(parts.path).lstrip("/")
        below = path_below(parts.path, config.newsletter.base_url)
        if below != parts.path:
            yield unquote(below).lstrip("/")


def _beside(address: str, article: Article, config: Config) -> _Place | None:
    """Find a picture in or below the article's own folder, if `address` is a path in it.

    One that lies further up is found in the archive, or in an assets folder, as a name of the site.
    """
    parts = split_address(address)
    if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
        return None
    folder = article.path.rpartition("/")[0]
    archive, name = config.archives[article.archive], os.path.normpath(unquote(parts.path))
    if not name.startswith(".."):
        place = _find(archive / folder, name, archive)
        return place and _Place(file=place.file, name=f"./{place.name}")
    path = os.path.normpath(archive / folder / name)
    for within in (archive, *config.assets):
        start = os.path.normpath(within) + os.sep
        if path.startswith(start) and (place := _find(within, path.removeprefix(start))):
            return place
    return None


def _find(folder: Path, name: str, within: Path | None = None) -> _Place | None:
    """Find the file `name` of a folder: neither it nor a link in its way may lead outside that folder, or `within`."""
    bound = real_path(within or folder)
    try:
        name = name if name.isascii() else _spelled(folder, name)
        path = real_path(folder / name)
        return _Place(file=path, name=name) if path.is_relative_to(bound) and path.is_file() else None
    except (OSError, ValueError):  # no file can have that name: it is too long or contains a zero byte
        return None


def _spelled(folder: Path, name: str) -> str:
    """Return `name` as the folders spell it: a Mac writes é as e and an accent, and others as one character."""
    for depth, part in enumerate(parts := name.split("/")):
        if not (folder / part).exists():
            parts[depth] = part = _spellings(folder).get(unicodedata.normalize("NFC", part), part)
        folder /= part
    return "/".join(parts)


def _spellings(folder: Path) -> dict[str, str]:
    """Map the names in a folder, as one character each, to how they are written there."""
    names = (entry.name for entry in folder.iterdir())
    return {unicodedata.normalize("NFC", name): name for name in names if not name.isascii()}
