"""Walk the folders of articles and read their files: the only room of the selector that touches the disk.

Links are not followed and only regular files are opened, so that nothing outside the archive is read and nothing in
it can make a run hang. Names that begin with a dot are not looked at.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter.errors import ConfigError
from newsletter.models import Invalid

__all__ = ["ENDINGS", "Archive", "File", "RulesOut"]

ENDINGS = (".md", ".markdown", ".html", ".htm")
HEAD = 4096
LARGEST = 64 * 1024 * 1024
_STEP = 1000
_ARCHIVE_HINT = "name the folder of the articles in [newsletter] archive"

RulesOut = Callable[[bytes, str], bool]
Progress = Callable[[int], None]

# Should a name turn into a FIFO or a link between looking and opening, then this neither waits nor follows.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class File:
    """One file that may be an article of the period: its path below the archive, with ``/``, and its bytes.

    With a `problem` the bytes are only the first ones.
    """

    path: str
    content: bytes
    problem: str = ""


class Archive:
    """A folder of articles; `scanned` counts the files looked at so far, `folders` are the names of its top folders."""

    def __init__(self, root: Path) -> None:
        """Open the archive at `root`; ConfigError where that is no folder."""
        if not root.is_dir():
            raise ConfigError("no such archive folder", place=str(root), hint=_ARCHIVE_HINT)
        self.root = root
        self.scanned = 0
        self.folders: list[str] = []

    def scan(self, rules_out: RulesOut, progress: Progress | None = None) -> Iterator[File | Invalid]:
        """Read all files whose head is not ruled out, in any order; what cannot be read comes as `Invalid`.

        `rules_out` gets the first bytes of a file and its path; `progress` is told now and then how many files were
        scanned. Raises ConfigError where the archive itself cannot be read; of a folder in it that is reported.
        """
        folders = [""]
        while folders:
            folder = folders.pop()
            try:
                yield from self._scan_folder(folder, folders, rules_out, progress or _tell_nobody)
            except OSError as error:
                problem = f"the folder cannot be read: {error.strerror}"
                if not folder:
                    raise ConfigError(problem, place=str(self.root), hint=_ARCHIVE_HINT) from error
                yield _invalid(folder, problem)

    def _scan_folder(
        self, folder: str, folders: list[str], rules_out: RulesOut, progress: Progress
    ) -> Iterator[File | Invalid]:
        """Read one folder and add those below it to `folders`; a large archive's time goes into this loop."""
        descriptor = os.open(self.root / folder, os.O_RDONLY | os.O_DIRECTORY | (os.O_NOFOLLOW if folder else 0))
        prefix = folder + "/" if folder else ""
        try:
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    name = entry.name
                    if name[0] == ".":
                        continue
                    if (name.endswith(ENDINGS) or _is_article(name)) and entry.is_file(follow_symlinks=False):
                        found = _read(name, descriptor, prefix + name, rules_out)
                    elif not (found := self._other(entry, prefix + name, folders)):
                        continue
                    self.scanned += 1
                    if self.scanned % _STEP == 0:
                        progress(self.scanned)
                    if found:
                        yield found
        finally:
            os.close(descriptor)

    def _other(self, entry: "os.DirEntry[str]", path: str, folders: list[str]) -> Invalid | None:
        """Note a folder for later; report what looks like an article or a folder of them but is not read."""
        if entry.is_dir(follow_symlinks=False):
            folders.append(path)
            if "/" not in path:
                self.folders.append(path)
            return None
        if entry.is_symlink():
            return self._link(path)
        if _is_article(path):
            return _invalid(path, "not a regular file")
        return None

    def _link(self, path: str) -> Invalid | None:
        """Report a link, unless it leads to something in the archive, which is read where it is."""
        link = self.root / path
        may_matter = _is_article(path) or not link.suffix  # the latter is a folder's name, as a rule
        try:
            target = link.resolve(strict=True)
        except (OSError, RuntimeError):  # RuntimeError: a loop, before Python 3.13
            return _invalid(path, "a symbolic link that leads nowhere") if may_matter else None
        if not (_is_article(path) or target.is_dir()) or target.is_relative_to(self.root.resolve()):
            return None
        hint = "name its target in [newsletter] archive"
        return _invalid(path, "a symbolic link that leads out of the archive", hint)


def _is_article(name: str) -> bool:
    return name.lower().endswith(ENDINGS)


def _read(name: str, folder: int, path: str, rules_out: RulesOut) -> File | Invalid | None:
    """Read the file `name` in the open `folder`, which is `path` below the archive; None where it is ruled out."""
    try:
        descriptor = os.open(name, _FLAGS, dir_fd=folder)
    except OSError as error:
        return _invalid(path, f"cannot be read: {error.strerror}")
    try:
        head = os.read(descriptor, HEAD)
        return None if rules_out(head, path) else _read_rest(descriptor, head, path)
    except OSError as error:
        return _invalid(path, f"cannot be read: {error.strerror}")
    finally:
        os.close(descriptor)


def _read_rest(descriptor: int, head: bytes, path: str) -> File | Invalid:
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        return _invalid(path, "not a regular file")
    if facts.st_size > LARGEST:
        return File(_shown(path), head, f"larger than {LARGEST >> 20} MB")
    pieces = [head]
    while piece := os.read(descriptor, max(facts.st_size, HEAD)):
        pieces.append(piece)
    return File(_shown(path), b"".join(pieces))


def _tell_nobody(scanned: int) -> None:
    """Stand for a progress that nobody wants to know."""


def _invalid(path: str, message: str, hint: str = "") -> Invalid:
    return Invalid(path=_shown(path), line=0, message=message, hint=hint)


def _shown(path: str) -> str:
    """Give a path as text that can be printed and stored: bytes that are no text and control characters as escapes."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", lambda m: ascii(m[0])[1:-1], path)
