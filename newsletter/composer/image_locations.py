"""Find where a picture comes from: its address on the web, and the file of the project that has it.

A path in front matter is a path of the site, unless its file lies beside the article's: then it hangs below the page,
as generators publish it.
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
    """Refuse an assets folder that is not there."""
    named = config.compose.assets_dir
    if named and not (config.root / named).is_dir():
        hint = "create it, or name the folder that holds the site's pictures"
        raise ConfigError(f"assets_dir: there is no folder {named!r}", place=str(config.path), hint=hint)


def find_source(address: str, article: Article, config: Config) -> Source:
    """Return what the picture that an article calls `address` is read from."""
    local = _file_beside(address, article, config) or local_file(address, config)
    return local or picture_address(address, article, config) or address


def picture_address(address: str, article: Article, config: Config) -> str:
    """Return the absolute address of an article's picture, "" where there is none, or a path without a site."""
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
    """Return the address below which an article's files are: its page, where it is a bundle, else its folder."""
    bundled = article.path.rpartition("/")[2].startswith("index.")
    return article.link if bundled else f"{base.rstrip('/')}/{quote(article.path)}"


def is_missing(address: str, article: Article, config: Config) -> bool:
    """Return whether `address` is a path, and neither the assets folder nor the article's own has such a file."""
    parts = split_address(address)
    path = bool(config.compose.assets_dir and parts.path) and not parts.scheme and not parts.netloc
    return path and not isinstance(find_source(address, article, config), Path)


def local_file(address: str, config: Config) -> Path | None:
    """Find the file of the assets folder that `address` (below the site) stands for."""
    parts, base = split_address(address), config.newsletter.base_url.rstrip("/")
    elsewhere = (parts.scheme or parts.netloc) and not (base and address.startswith(f"{base}/"))
    if elsewhere or not config.compose.assets_dir:
        return None
    name = unquote(split_address(address.removeprefix(base)).path).lstrip("/")
    return _file_in(config.root / config.compose.assets_dir, name)


def _file_beside(address: str, article: Article, config: Config) -> Path | None:
    """Find a picture in the article's own folder or below it, where `address` is a path that begins there."""
    parts = split_address(address)
    if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
        return None
    folder = article.path.rpartition("/")[0]
    return _file_in(config.archives[article.archive], f"{folder}/{unquote(parts.path)}".lstrip("/"))


def _file_in(folder: Path, name: str) -> Path | None:
    """Return the file `name` if it is in `folder`: neither it nor a link in its way may lead outside."""
    folder = real_path(folder)
    try:
        path = real_path(folder / name)
        return path if path.is_relative_to(folder) and path.is_file() else None
    except (OSError, ValueError):  # no file can have that name: it is too long, or there is a zero byte in it
        return None
