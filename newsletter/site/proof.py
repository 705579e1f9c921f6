"""Look addresses up in a built site: each page of it is a file in the folder that the generator builds into."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from newsletter.files import real_path

__all__ = ["BuiltSite", "path_on_site"]


def path_on_site(address: str, base_url: str) -> str | None:
    """Return the path of an address below a site, unquoted, without a slash before it; None for another address."""
    try:
        here, base = urlsplit(address), urlsplit(base_url)
    except ValueError:
        return None
    folder = base.path.rstrip("/")
    if here.scheme not in ("http", "https") or not base.netloc or here.netloc.lower() != base.netloc.lower():
        return None
    if here.path.rstrip("/") != folder and not here.path.startswith(f"{folder}/"):
        return None
    return unquote(here.path[len(folder) :]).strip("/") + ("/" if here.path.endswith("/") else "")


class BuiltSite:
    """The folder of a built site, whose pages are below `base_url`."""

    def __init__(self, folder: Path, base_url: str) -> None:
        """Prepare for the site in `folder`."""
        self._folder = real_path(folder)
        self._base = base_url
        self._below = urlsplit(base_url).path.strip("/")

    def has(self, address: str) -> bool | None:
        """Return whether an address is a file of the site; None for an address of another site."""
        path = path_on_site(address, self._base)
        if path is None:
            return None
        below = f"{self._below}/{path}" if self._below else path  # some generators build the folder of the address too
        return any(self._is_file(one) for name in {path, below} for one in _names(name))

    def _is_file(self, name: str) -> bool:
        """Return whether the site has a file; nothing outside its folder counts."""
        try:
            path = real_path(self._folder / name)
            return path.is_relative_to(self._folder) and path.is_file()
        except (OSError, ValueError):
            return False


def _names(path: str) -> tuple[str, ...]:
    """Return the files that a web server may answer a path with."""
    page = path.strip("/")
    index = f"{page}/index.html".lstrip("/")
    return (index,) if not page or path.endswith("/") else (page, index, f"{page}.html")
