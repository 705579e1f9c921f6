"""Pages by the generator's own list: the CSV of ``hugo list all``, the JSON of Eleventy, or two columns, path and link.

A page that is not in the list is not public.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from newsletter.addresses import quote_address
from newsletter.errors import ConfigError, StorageError
from newsletter.files import read_file, real_path
from newsletter.pages import Content, Page, Pages
from newsletter.toml_binding import shown_path

__all__ = ["ListedPages", "load_list"]

_MOST_BYTES = 100_000_000
_PATHS = ("path", "inputpath", "input", "file")
_LINKS = ("permalink", "url", "link")


def load_list(path: Path) -> dict[str, str]:
    """Read a list of pages: paths of files to links, "" where the generator writes no page."""
    try:
        text = read_file(path, _MOST_BYTES).decode("utf-8-sig")
        rows = _from_json(text) if text.lstrip()[:1] in ("[", "{") else _from_columns(text)
        pages = {_normal(name): link.strip() for name, link in rows}
    except StorageError as error:
        raise ConfigError(error.message, place=shown_path(path), hint=error.hint) from error
    except OSError as error:
        hint = "[site] links names the list that the generator writes"
        raise ConfigError(f"cannot be read: {error.strerror}", place=shown_path(path), hint=hint) from error
    except UnicodeDecodeError as error:
        raise ConfigError("is not UTF-8 text", place=shown_path(path)) from error
    except json.JSONDecodeError as error:
        raise ConfigError(f"not valid JSON: {error.msg}", place=f"{shown_path(path)}:{error.lineno}") from error
    except (csv.Error, RecursionError, ValueError) as error:
        raise ConfigError(f"is no list of pages: {error}", place=shown_path(path)) from error
    if not pages:
        hint = "it has lines like: content/posts/a.md,https://notes.example.org/a/"
        raise ConfigError("names no page", place=shown_path(path), hint=hint)
    return pages


def _from_json(text: str) -> Iterator[tuple[str, str]]:
    """Yield (path, link) of a list of objects, or of an object of paths and links."""
    found = json.loads(text)
    if isinstance(found, dict):
        yield from ((name, link) for name, link in found.items() if isinstance(link, str))
        return
    for entry in found:
        if isinstance(entry, dict):
            low = {str(key).lower(): value for key, value in entry.items()}
            name = next((low[key] for key in _PATHS if isinstance(low.get(key), str)), "")
            link = next((low[key] for key in _LINKS if isinstance(low.get(key), str)), "")
            if name:
                yield name, link


def _from_columns(text: str) -> Iterator[tuple[str, str]]:
    """Yield (path, link) of lines with columns, by the names in the first line, else the first two."""
    first = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text), delimiter="\t" if "\t" in first else ",")
    head = [name.strip().lower() for name in first.strip().split("\t" if "\t" in first else ",")]
    named = any(name in head for name in _PATHS) and any(name in head for name in _LINKS)
    path = next((head.index(name) for name in _PATHS if name in head), 0) if named else 0
    link = next((head.index(name) for name in _LINKS if name in head), 1) if named else 1
    draft = head.index("draft") if named and "draft" in head else -1
    for number, row in enumerate(rows):
        if len(row) > max(path, link) and not (named and number == 0):
            yield row[path], "" if draft >= 0 and row[draft : draft + 1] == ["true"] else row[link]


def _normal(path: str) -> str:
    return path.strip().replace("\\", "/").removeprefix("./").strip("/")


class ListedPages:
    """Pages by a list, whose links begin with `base_url`; `inner` knows sections and languages, if anything does."""

    def __init__(
        self,
        pages: dict[str, str],
        place: str,
        folder: Path,
        archives: Sequence[Path],
        *,
        base_url: str,
        inner: Pages | None,
    ) -> None:
        """Prepare for the files of `archives`; the list, written at `place`, names them below `folder`."""
        self._pages = pages
        self._place = place
        self._base = base_url
        self._inner = inner
        root = real_path(folder)
        places = [real_path(archive) for archive in archives]
        self._above = [one.relative_to(root).as_posix() if one.is_relative_to(root) else "" for one in places]

    def scope(self, archive: int, folder: str) -> tuple[bool, bool]:
        """Return whether a folder, and those below it, are looked at."""
        return self._inner.scope(archive, folder) if self._inner else (True, True)

    def page(self, archive: int, path: str, content: Content) -> Page:
        """Return what the list says of one file."""
        above = self._above[archive].removeprefix(".").strip("/")
        link = self._pages.get(f"{above}/{path}".lstrip("/"))
        link = self._pages.get(path) if link is None else link
        language = self._inner.page(archive, path, content).language if self._inner else None
        if not link:
            return Page(hidden=f"{self._place} has no page of it", language=language)
        return Page(link=quote_address(self._absolute(link)), language=language)

    def _absolute(self, link: str) -> str:
        """Return a link of the list below the newsletter's site: one with a host as it is, a path below its host."""
        if urlsplit(link).scheme or not self._base:
            return link
        parts = urlsplit(self._base)
        folder = parts.path.rstrip("/")
        inside = folder and (link == folder or link.startswith(f"{folder}/"))
        return f"{parts.scheme}://{parts.netloc}{'' if inside else folder}/{link.lstrip('/')}"
