"""Where a site's content is: from a file of an archive to its path as the generator sees it.

Narrowing an archive never changes a link: what counts is where a file is in the site, not in the archive.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter.files import real_path
from newsletter.site.globs import matches

__all__ = ["Mount", "Place", "Places", "is_content"]

_ENDINGS = (".md", ".markdown", ".mdown", ".html", ".htm")
_MOST_PATTERNS = 20  # of the files of a mount; each file is compared with all


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A folder of content: `source` is below the site's folder, `target` below the generator's content folder.

    `language` is the one of all its files, "" where their names or nothing say it; `files` are patterns of those that
    it shows, all where there are none. `own` is false for the content of a theme, which the site's own goes before.
    """

    source: str
    target: str = ""
    language: str = ""
    files: tuple[str, ...] = ()
    own: bool = True

    def in_site(self, path: str) -> str | None:
        """Return where in the site a path below the content folder would be by this mount; None where it has none."""
        if self.target and path != self.target and not path.startswith(f"{self.target}/"):
            return None
        return f"{self.source}/{path[len(self.target) :].strip('/')}".strip("/")

    def shows(self, in_site: str) -> bool:
        """Return whether the patterns let a file of the mount be shown: the folders on its way, then itself."""
        if not self.files:
            return True
        parts = in_site[len(self.source) :].strip("/").split("/")
        paths = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
        return all(_is_let(path, self.files, folder=path != paths[-1]) for path in paths)


def _is_let(path: str, patterns: Sequence[str], *, folder: bool) -> bool:
    """Return what the first pattern that matches says: ``! x`` leaves out, ``x`` and the folders on its way are in."""
    path = f"/{path}"
    for pattern in patterns[:_MOST_PATTERNS]:
        wanted = f"/{pattern.removeprefix('! ').lstrip('/')}"
        if matches(wanted, path):
            return not pattern.startswith("! ")
        on_the_way = folder and not pattern.startswith("! ")
        parts = wanted.split("/")
        if on_the_way and any(matches("/".join(parts[:depth]), path) for depth in range(2, len(parts))):
            return True
    return all(pattern.startswith("! ") for pattern in patterns)


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
        self._mounts = sorted(mounts, key=lambda mount: (is_content(mount.source), -len(mount.source)))
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


def is_content(name: str) -> bool:
    """Return whether a file is a page by its name."""
    return name.lower().endswith(_ENDINGS) and not name.startswith(".")
