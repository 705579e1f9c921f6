"""Where a site's content is: from a file of an archive to its path as the generator sees it.

Narrowing an archive never changes a link: what counts is where a file is in the site, not in the archive.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from newsletter.files import real_path

__all__ = ["Mount", "Place", "Places", "largest_section"]

_ENDINGS = (".md", ".markdown", ".mdown", ".html", ".htm")
_MOST_FOLDERS = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A folder of content: `source` is below the site's folder, `target` below the generator's content folder.

    `language` is the one of all its files, "" where their names or nothing say it.
    """

    source: str
    target: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a file or folder is: its path below the generator's content folder, its mount and its place in the site."""

    path: str
    mount: Mount
    in_site: str


class Places:
    """Find where the files of archives are in a site, and which folders of them belong to its sections."""

    def __init__(
        self,
        folder: Path,
        archives: Sequence[Path],
        mounts: Sequence[Mount],
        sections: Sequence[str],
        *,
        folded: Callable[[str], str] = str,
        is_bundle: Callable[[str], bool] | None = None,
    ) -> None:
        """Prepare for the site in `folder`; `folded` makes names of folders comparable.

        `is_bundle` returns whether a folder of the site is one page, which belongs to the section above it.
        """
        root = real_path(folder)
        self._archives = [_below(real_path(archive), root) for archive in archives]
        self._mounts = sorted(mounts, key=lambda mount: -len(mount.source))
        self._folded = folded
        self._sections = frozenset(folded(section.strip("/")) for section in sections)
        self._is_bundle = is_bundle or (lambda folder: False)

    def find(self, archive: int, path: str) -> Place | None:
        """Return where a file of an archive is in the site; None where it is no content of it."""
        above = self._archives[archive]
        if above is None:
            return None
        in_site = f"{above}/{path}".strip("/")
        for mount in self._mounts:
            if not mount.source or in_site == mount.source or in_site.startswith(f"{mount.source}/"):
                rest = in_site[len(mount.source) :].strip("/")
                return Place(path=f"{mount.target}/{rest}".strip("/"), mount=mount, in_site=in_site)
        return None

    def scope(self, archive: int, folder: str) -> tuple[bool, bool]:
        """Return whether files of a folder are in a section, and whether those of folders below may be."""
        place = self.find(archive, folder)
        above = self._archives[archive]
        if place is None:
            in_site = "" if above is None else f"{above}/{folder}".strip("/")
            leads_on = not in_site or any(mount.source.startswith(f"{in_site}/") for mount in self._mounts)
            return above is None, leads_on
        path = self._folded(place.path)
        if not self._sections or any(path == one or path.startswith(f"{one}/") for one in self._sections if one):
            return True, True
        if "" in self._sections and (not path or self._is_bundle(_top(place))):
            return True, True
        return False, not path or any(one.startswith(f"{path}/") for one in self._sections)


def _top(place: Place) -> str:
    """Return the folder in the site that is the first below the content folder on the way to a place."""
    return "/".join(place.in_site.split("/")[: -place.path.count("/") or None])


def _below(archive: Path, root: Path) -> str | None:
    """Return the path of an archive in the site, None where it is elsewhere; "" for the site's folder itself."""
    if archive == root:
        return ""
    return archive.relative_to(root).as_posix() if archive.is_relative_to(root) else None


def largest_section(folder: Path) -> str:
    """Return the folder in a content folder with the most pages; "" where more are in the content folder itself."""
    counts = {"": 0}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                    pages, bundle = _pages(Path(entry.path))
                    counts["" if bundle else entry.name] = pages + (counts[""] if bundle else 0)
                elif _is_content(entry.name):
                    counts[""] += 1
    except OSError:
        return ""
    return max(counts, key=lambda name: (counts[name], name))


def _pages(folder: Path) -> tuple[int, bool]:
    """Count the pages below a folder, and return whether it is itself a page: a bundle, which counts as one."""
    names, below = _contents(folder)
    if any(name.startswith("index.") for name in names):
        return 1, True
    count, folders = sum(not name.startswith("_index.") for name in names), below
    for _ in range(_MOST_FOLDERS):
        if not folders:
            break
        names, below = _contents(folders.pop())
        bundle = any(name.startswith("index.") for name in names)
        count += 1 if bundle else sum(not name.startswith("_index.") for name in names)
        folders += [] if bundle else below
    return count, False


def _contents(folder: Path) -> tuple[list[str], list[Path]]:
    """List the content files and the folders of a folder; links are not followed, what cannot be read is empty."""
    names: list[str] = []
    below: list[Path] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                below.append(Path(entry.path))
            elif _is_content(entry.name):
                names.append(entry.name)
    return names, below


def _is_content(name: str) -> bool:
    return name.lower().endswith(_ENDINGS) and not name.startswith(".")
