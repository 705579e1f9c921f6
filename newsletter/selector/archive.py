"""Walk the folders of articles and read their files: the only module of the selector that accesses the disk.

Links are not followed and only regular files are opened, so that nothing outside the archive is read and nothing in
it can make a run hang. Names that begin with a dot are ignored.
"""

import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

from newsletter.errors import ConfigError, StorageError
from newsletter.files import open_folder, real_path
from newsletter.models import Invalid
from newsletter.selector.parallel import run_in_child

__all__ = ["ENDINGS", "Archive", "File", "RulesOut", "Scope"]

ENDINGS = (".md", ".markdown", ".mdx", ".html", ".htm")
UNREAD = (".org", ".rst", ".adoc", ".asciidoc")
"""What sites write articles in as well, and is not read."""
HEAD = 4096
LARGEST = 64 * 1024 * 1024
_STEP = 1000
_FEW = 2000  # files, read in about 20 ms: a second process would not pay off for fewer
_ARCHIVE_HINT = "name the folder of the articles in [newsletter] archive"

T = TypeVar("T")
RulesOut = Callable[[bytes, str], bool]
Scope = Callable[[str], tuple[bool, bool]]
"""From a folder to whether its files, and whether the folders in it, are looked at."""
Progress = Callable[[int], None]
_Place = tuple[str, int, str]
"""A file's name in an open folder, that folder's descriptor, and the path below the archive."""

# If a name becomes a FIFO or a link between checking and opening, this neither waits nor follows it.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class File:
    """One file that may be an article of the period: its path below the archive, with ``/``, and its bytes.

    With a `problem`, only the first bytes are read.
    """

    path: str
    content: bytes
    problem: str = ""


class Archive:
    """A folder of articles.

    After a scan, `scanned` is the number of files examined and `unread` those whose format is not read, by their
    ending; `folders` are the names of the top-level folders.
    """

    def __init__(self, root: Path, scope: Scope | None = None) -> None:
        """Open the archive at `root`, of which only what is in `scope` counts; ConfigError if that is not a folder."""
        if not root.is_dir():
            raise ConfigError("no such archive folder", place=str(real_path(root)), hint=_ARCHIVE_HINT)
        self.root = root
        self.scope = scope
        self.scanned = 0
        self.unread: Counter[str] = Counter()
        self.folders: set[str] = set()

    def scan(
        self, rules_out: RulesOut, read: Callable[[File], T | None], progress: Progress | None = None
    ) -> Iterator[T | Invalid]:
        """Yield the result of `read` for each file whose head is not ruled out, in any order.

        Files that cannot be read are yielded as `Invalid`. `rules_out` gets the first bytes of a file and its path;
        it and `read` may run in a second process, from which results are pickled. `progress` is called now
        and then with the number of files scanned. Raises ConfigError if the archive cannot be read; an unreadable
        folder in it is reported.
        """
        reading = _Reading(rules_out, read, progress or _tell_nobody)
        odd: list[Invalid] = []
        files = self._walk(odd)
        self.unread.clear()
        first: set[str] = set()
        yield from reading.go_through(_noted(islice(files, _FEW), first))
        if len(first) == _FEW:
            yield from self._scan_in_two(reading, files, first)
        self.scanned = reading.scanned + len(odd)
        yield from odd

    def outside(self, paths: Iterable[str]) -> Iterator[File]:
        """Read the files at `paths` that are out of the scope; what is no article file of the archive is left out."""
        for path in paths:
            if not self.scope or not _is_article(path) or self.scope(path.rpartition("/")[0])[0]:
                continue
            with suppress(OSError, ValueError, StorageError), open_folder(real_path(self.root)) as root:
                if ".." not in path.split("/") and not path.startswith("/"):
                    yield File(path, root.read(path, LARGEST))

    def has(self, path: str) -> bool:
        """Return whether there is a file at `path`."""
        return (self.root / path).is_file()

    def head(self, path: str) -> bytes:
        """Return the first bytes of the file at `path`, none if it does not exist."""
        with suppress(OSError, ValueError):  # ValueError: a NUL in the path
            descriptor = os.open(self.root / path, _FLAGS)
            try:
                return os.read(descriptor, HEAD)
            finally:
                os.close(descriptor)
        return b""

    def _scan_in_two(self, reading: "_Reading[T]", files: Iterable[_Place], first: Set[str]) -> Iterator[T | Invalid]:
        """Read the rest of `files`, half of them in a second process.

        Both walk the archive, after the files `first`; a path's hash determines its process, even if files change.
        """

        def half(files: Iterable[_Place], number: int) -> Iterator[_Place]:
            return (place for place in files if hash(place[2]) % 2 == number and place[2] not in first)

        def read_other_half() -> tuple[int, list[T | Invalid]]:
            other = _Reading(reading.rules_out, reading.read, _tell_nobody)
            found = list(other.go_through(half(self._walk([]), 1)))
            return other.scanned, found

        with run_in_child(read_other_half) as wait:
            if not wait:
                yield from reading.go_through(files)
                return
            tell = reading.tell
            reading.tell = lambda scanned: tell(2 * scanned - len(first))
            yield from reading.go_through(half(files, 0))
            scanned, found = wait() or read_other_half()
        reading.scanned += scanned
        yield from found

    def _walk(self, odd: list[Invalid]) -> Iterator[_Place]:
        """Yield all files that may be articles; add to `odd` others that look like one, or like a folder of them."""
        folders = [""]
        while folders:
            folder = folders.pop()
            holds, leads_on = self.scope(folder) if self.scope else (True, True)
            if not (holds or leads_on):
                continue
            try:
                yield from self._walk_folder(folder, folders, odd, holds=holds)
            except OSError as error:
                problem = f"the folder cannot be read: {error.strerror}"
                if not folder:
                    raise ConfigError(problem, place=str(self.root), hint=_ARCHIVE_HINT) from error
                odd.append(_invalid(folder, problem))

    def _walk_folder(self, folder: str, folders: list[str], odd: list[Invalid], *, holds: bool) -> Iterator[_Place]:
        """Yield the files of one folder, which stays open meanwhile, and add its subfolders to `folders`.

        Where it `holds` no articles, only the folders count.
        """
        descriptor = os.open(self.root / folder, os.O_RDONLY | os.O_DIRECTORY | (os.O_NOFOLLOW if folder else 0))
        prefix = folder + "/" if folder else ""
        try:
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    name = entry.name
                    if name[0] == ".":
                        continue
                    if (name.endswith(ENDINGS) or _is_article(name)) and entry.is_file(follow_symlinks=False):
                        if holds:
                            yield name, descriptor, prefix + name
                    elif (problem := self._other(entry, prefix + name, folders)) and holds:
                        odd.append(problem)
        finally:
            os.close(descriptor)

    def _other(self, entry: "os.DirEntry[str]", path: str, folders: list[str]) -> Invalid | None:
        """Add a folder to the queue; report entries that look like an article or a folder of them but are not read."""
        if entry.is_dir(follow_symlinks=False):
            folders.append(path)
            if "/" not in path:
                self.folders.add(path)
            return None
        if entry.is_symlink():
            return self._link(path)
        if _is_article(path):
            return _invalid(path, "not a regular file")
        if path.lower().endswith(UNREAD):
            self.unread[path.rpartition(".")[2].lower()] += 1
        return None

    def _link(self, path: str) -> Invalid | None:
        """Report a link, unless its target is in the archive and so is read anyway."""
        link = self.root / path
        may_matter = _is_article(path) or not link.suffix  # the latter is a folder's name, as a rule
        try:
            target = link.resolve(strict=True)
        except (OSError, RuntimeError):  # RuntimeError: a loop, before Python 3.13
            return _invalid(path, "a broken symbolic link") if may_matter else None
        if not (_is_article(path) or target.is_dir()) or target.is_relative_to(self.root.resolve()):
            return None
        hint = "name its target in [newsletter] archive"
        return _invalid(path, "a symbolic link to a place outside the archive", hint)


def _is_article(name: str) -> bool:
    return name.lower().endswith(ENDINGS)


@dataclass(slots=True)
class _Reading(Generic[T]):
    """The state of reading files; `scanned` counts them, `tell` is called with the count now and then."""

    rules_out: RulesOut
    read: Callable[[File], T | None]
    tell: Progress
    scanned: int = 0

    def go_through(self, files: Iterable[_Place]) -> Iterator[T | Invalid]:
        """Yield the results for `files` that are not ruled out, and those that cannot be read."""
        for name, folder, path in files:
            self.scanned += 1
            if self.scanned % _STEP == 0:
                self.tell(self.scanned)
            if not path.isprintable():  # checked here, because a call for each file would take time
                path = _shown(path)
            found = _read(name, folder, path, self.rules_out)
            made = self.read(found) if isinstance(found, File) else found
            if made is not None:
                yield made


def _noted(files: Iterable[_Place], paths: set[str]) -> Iterator[_Place]:
    """Yield `files` and keep their paths."""
    for place in files:
        paths.add(place[2])
        yield place


def _read(name: str, folder: int, path: str, rules_out: RulesOut) -> File | Invalid | None:
    """Read the file `name` in the open `folder`, which is `path` below the archive; None if it is ruled out."""
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
        return File(path, head, f"larger than {LARGEST >> 20} MB")
    pieces = [head]
    while piece := os.read(descriptor, max(facts.st_size, HEAD)):
        pieces.append(piece)
    return File(path, b"".join(pieces))


def _tell_nobody(scanned: int) -> None:
    """Ignore progress."""


def _invalid(path: str, message: str, hint: str = "") -> Invalid:
    return Invalid(path=_shown(path), line=0, message=message, hint=hint)


def _shown(path: str) -> str:
    """Return a path that can be printed and stored: undecodable bytes and control characters as escapes."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", lambda m: ascii(m[0])[1:-1], path)
