"""Find the location of a picture: its address on the web, or its file in the project.

A path in front matter is relative to the site, unless its file is beside the article's: then it is below the page,
where site generators publish it.
"""

from pathlib import Path
from urllib.parse import quote, unquote, urljoin

from newsletter.addresses import quote_address
from newsletter.composer.image_data import split_address
from newsletter.config import Config
from newsletter.errors import ConfigError
from newsletter.files import real_path
from newsletter.models import Article

__all__ = ["Source", "check_assets", "find_source", "is_missing", "local_file", "picture_address"]

Source = str | Path  # of a picture's bytes: an address of the web, or a file of the project


def check_assets(config: Config) -> None:
    """Raise ConfigError if the assets folder does not exist."""
    named = config.compose.assets_dir
    if named and not (config.root / named).is_dir():
        hint = "create it, or name the folder that holds the site's pictures"
        raise ConfigError(f"assets_dir: there is no folder {named!r}", place=str(config.path), hint=hint)


def find_source(address: str, article: Article, config: Config) -> Source:
    """Return the location that an article's picture `address` is read from."""
    local = _file_beside(address, article, config) or local_file(address, config)
    return local or picture_address(address, article, config) or address


def picture_address(address: str, article: Article, config: Config) -> str:
    """Return the absolute address of an article's picture, "" if there is none, or a path without a site."""
    parts, base = split_address(address), config.newsletter.base_url
    if parts.scheme or not parts.path:
        return quote_address(address)
    if parts.netloc:
        return quote_address(f"https:{address}")
    quoted = quote(address, safe="/%?=&")
    if base and _file_beside(address, article, config):
        return urljoin(_own_page(article, base), quoted)
    base = config.compose.assets_url or base
    return urljoin(f"{base.rstrip('/')}/", quoted.lstrip("/")) if base else ""


def _own_page(article: Article, base: str) -> str:
    """Return the address of an article's files: its page if it is a bundle, else its folder."""
    bundled = article.path.rpartition("/")[2].startswith("index.")
    return article.link if bundled else f"{base.rstrip('/')}/{quote(article.path)}"


def is_missing(address: str, article: Article, config: Config) -> bool:
    """Return whether `address` is a path without a file in the assets folder or in the article's own."""
    parts = split_address(address)
    path = bool(config.compose.assets_dir and parts.path) and not parts.scheme and not parts.netloc
    return path and not isinstance(find_source(address, article, config), Path)


def local_file(address: str, config: Config) -> Path | None:
    """Find the file in the assets folder for `address` (below the site)."""
    parts, base = split_address(address), config.newsletter.base_url.rstrip("/")
    elsewhere = (parts.scheme or parts.netloc) and not (base and address.startswith(f"{base}/"))
    if elsewhere or not config.compose.assets_dir:
        return None
    name = unquote(split_address(address.removeprefix(base)).path).lstrip("/")
    return _file_in(config.root / config.compose.assets_dir, name)


def _file_beside(address: str, article: Article, config: Config) -> Path | None:
    """Find a picture in or below the article's own folder, if `address` is a path in it."""
    parts = split_address(address)
    if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
        return None
    folder = article.path.rpartition("/")[0]
    return _file_in(config.archives[article.archive], f"{folder}/{unquote(parts.path)}".lstrip("/"))


def _file_in(folder: Path, name: str) -> Path | None:
    """Return the file `name` if it is in `folder`; neither it nor a link on the way may lead outside."""
    folder = real_path(folder)
    try:
        path = real_path(folder / name)
        return path if path.is_relative_to(folder) and path.is_file() else None
    except (OSError, ValueError):  # no file can have that name: it is too long or contains a zero byte
        return None
