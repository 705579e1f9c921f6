"""Read and write files: whole or not at all, no more than they may hold, and through no link that leads elsewhere.

`write_file` and `read_file` are for the files that a person names, which may be links and lie anywhere. What the
program keeps in folders of its own (below ``issues/``) goes through `Folder`, which follows no link.
"""

import contextlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Self

from newsletter.errors import StorageError

__all__ = [
    "MOST_BYTES",
    "Folder",
    "is_public",
    "make_folder",
    "open_folder",
    "read_file",
    "real_path",
    "write_file",
]

MOST_BYTES = 64_000_000
"""How much of one file is read: more than twice the largest request, and than the record of the largest issue."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe that nobody writes to would be waited for
_TEMPORARY = re.compile(r"\.(.+)\.[0-9a-f]+\.tmp")  # as `draft` names them, and 0.1.0 did
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_file(path: Path, content: bytes | str, *, mode: int = 0o644, keep: bool = False) -> None:
    """Replace `path` by `content` (text as UTF-8): write to a temporary name, sync, rename, sync the folder.

    Missing folders are made. With `keep`, a file that is there keeps its mode and, where that is allowed, its owner,
    and a link still leads to it. Raises StorageError, with the old file untouched, when the disk refuses.
    """
    data = content.encode() if isinstance(content, str) else content
    with _refusals(path, "written", _UNCHANGED):
        path = real_path(path) if keep else path
        like = path.stat() if keep and path.exists() else None
        make_folder(path.parent)
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        with Folder(path.parent, descriptor) as folder:
            folder.replace(path.name, data, stat.S_IMODE(like.st_mode) if like else mode, like)


def read_file(path: Path, most: int = MOST_BYTES) -> bytes:
    """Read a regular file, or what a link to one leads to.

    Raises OSError where there is none or the disk refuses, StorageError for what is no file or holds over `most` bytes.
    """
    with open(os.open(path, _READ), "rb") as file:
        return _content(file, path, most)


def real_path(path: Path) -> Path:
    """Return where a path leads, as far as it can be followed; `Path.resolve` fails at a loop of links."""
    return Path(os.path.realpath(path))


def is_public(path: Path) -> bool:
    """Return whether every user of the machine may read a file, as far as its mode says."""
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing; those that name the new ones are synced."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def open_folder(path: Path, *, make: bool = False) -> "Folder":
    """Open the folder at `path`, which may not be a link itself; with `make` it is made where there is none.

    Raises FileNotFoundError where there is none, StorageError where it is a link or cannot be opened.
    """
    with _refusals(path, "opened"):
        if make:
            make_folder(path.parent)
            with contextlib.suppress(FileExistsError):
                path.mkdir()
                _sync_folder(path.parent)
        return Folder(path, _opened_folder(path, path, None))


class Folder:
    """A folder of the program's own, opened once: what is done in it goes by its descriptor, whatever a name becomes.

    Names may have a folder in front, as in ``images/a.png``. No link is followed, of a folder or of a file, and only a
    regular file is read: everything else is a StorageError. Use it as a context.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        """Take the `descriptor` of an open folder; `path` is for messages."""
        self.path = path
        self.descriptor = descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    def folder(self, name: str, *, make: bool = False) -> "Folder":
        """Open a folder in this one; FileNotFoundError where there is none, unless it is to be made."""
        path = self.path / name
        with _refusals(path, "opened"):
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, dir_fd=self.descriptor)
                    os.fsync(self.descriptor)
            return Folder(path, _opened_folder(path, name, self.descriptor))

    def names(self) -> tuple[str, ...]:
        """List what is in the folder, in order."""
        return tuple(sorted(os.listdir(self.descriptor)))  # noqa: PTH208 - a Path has no descriptor

    def stat(self, name: str) -> os.stat_result | None:
        """Return what the disk knows of `name` itself, a link included; None where there is nothing."""
        try:
            return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def has(self, name: str) -> bool:
        """Return whether there is something with that name, be it a link to nothing."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), self._place(name) as (folder, last):
            return folder.stat(last) is not None
        return False

    @contextlib.contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        """Open a regular file for reading; FileNotFoundError where there is none."""
        with self._place(name) as (folder, last), _refusals(self.path / name, "read"):
            folder.refuse_link(last)
            with open(os.open(last, _READ | os.O_NOFOLLOW, dir_fd=folder.descriptor), "rb") as file:
                _require_regular(file, self.path / name)
                yield file

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """Read a file; FileNotFoundError where there is none, StorageError where it holds over `most` bytes."""
        with self.opened(name) as file:
            return _content(file, self.path / name, most)

    def write(self, name: str, content: bytes | str, *, mode: int = 0o644) -> None:
        """Replace a file as `write_file` does; StorageError where a link or a folder has its name."""
        data = content.encode() if isinstance(content, str) else content
        with self._place(name, make=True) as (folder, last), _refusals(self.path / name, "written", _UNCHANGED):
            folder.refuse_link(last)
            folder.replace(last, data, mode)

    def remove(self, name: str) -> None:
        """Remove a regular file, or do nothing where there is none; anything else of that name stays."""
        with contextlib.suppress(FileNotFoundError), self._place(name) as (folder, last):
            found = folder.stat(last)
            if found and stat.S_ISREG(found.st_mode):
                with _refusals(self.path / name, "removed"):
                    os.unlink(last, dir_fd=folder.descriptor)

    def sweep(self, names: Iterable[str]) -> None:
        """Remove the temporary files that a killed run left of files in this folder with these `names`."""
        wanted = frozenset(names)
        for name in self.names():
            left = _TEMPORARY.fullmatch(name)
            if left and left[1] in wanted:
                self.remove(name)

    @contextlib.contextmanager
    def draft(self, name: str, mode: int) -> Iterator[tuple[IO[bytes], str]]:
        """Open a new file under a temporary name, which is given as well; it is gone at the end unless renamed."""
        temporary = f".{name}.{os.urandom(6).hex()}.tmp"
        with open(os.open(temporary, _NEW, mode, dir_fd=self.descriptor), "wb") as file:
            try:
                yield file, temporary
            finally:
                with contextlib.suppress(OSError):
                    os.unlink(temporary, dir_fd=self.descriptor)

    def keep(self, file: IO[bytes], temporary: str, name: str) -> None:
        """Put a draft in the place of `name`, once it is on the disk."""
        file.flush()
        os.fsync(file.fileno())
        os.replace(temporary, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
        os.fsync(self.descriptor)

    def replace(self, name: str, data: bytes, mode: int, owner: os.stat_result | None = None) -> None:
        """Replace a file in this folder, whatever has its name; OSError when the disk refuses."""
        with self.draft(name, mode) as (file, temporary):
            if owner:
                with contextlib.suppress(PermissionError):
                    os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            os.fchmod(file.fileno(), mode)
            file.write(data)
            self.keep(file, temporary, name)

    def refuse_link(self, name: str) -> None:
        """Raise StorageError where `name` is a link."""
        found = self.stat(name)
        if found and stat.S_ISLNK(found.st_mode):
            raise _linked(self.path / name)

    @contextlib.contextmanager
    def _place(self, name: str, *, make: bool = False) -> Iterator[tuple["Folder", str]]:
        """Return the folder that holds `name`, and the name in it."""
        *folders, last = name.split("/")
        with contextlib.ExitStack() as opened:
            place = self
            for folder in folders:
                place = opened.enter_context(place.folder(folder, make=make))
            yield place, last


def _opened_folder(path: Path, name: str | Path, within: int | None) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=within)
    except OSError as error:
        with contextlib.suppress(OSError):
            if stat.S_ISLNK(os.stat(name, dir_fd=within, follow_symlinks=False).st_mode):
                raise _linked(path) from error
        raise


def _linked(path: Path) -> StorageError:
    hint = "replace it with the file or folder itself: nothing is read, written or removed through a link"
    return StorageError("is a link, which is not followed here", place=str(path), hint=hint)


def _require_regular(file: IO[bytes], path: Path) -> None:
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        raise StorageError("is not a file", place=str(path), hint="remove it, or put a file in its place")


def _content(file: IO[bytes], path: Path, most: int) -> bytes:
    _require_regular(file, path)
    content = file.read(most + 1)
    if len(content) > most:
        size = f"holds more than {most:,} bytes"
        raise StorageError(size, place=str(path), hint="make it smaller, or check that it is the right file")
    return content


_UNCHANGED = "the file is unchanged; fix the disk problem and run the same command again"


@contextlib.contextmanager
def _refusals(path: Path, what: str, hint: str = "") -> Iterator[None]:
    """Turn what the disk refuses into a StorageError; without a `hint`, what is missing is for the caller to judge."""
    try:
        yield
    except OSError as error:
        if not hint and isinstance(error, FileNotFoundError | NotADirectoryError):
            raise
        reason = error.strerror or str(error)
        raise StorageError(f"cannot be {what}: {reason}", place=str(path), hint=hint) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
