"""Read and write files: completely or not at all, within size limits, and never through unexpected links.

`write_file` and `read_file` are for files that a person names, which may be links and may be anywhere. Files that the
program keeps in its own folders (below ``issues/``) are accessed through `Folder`, which follows no links.
"""

import contextlib
import errno
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
"""Maximum bytes read from one file: more than twice the largest request or the record of the largest issue."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC  # do not wait for a pipe without a writer
_TEMPORARY = re.compile(r"\.(.+)\.[0-9a-f]+\.tmp")  # names made by `draft`, and by 0.1.0
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_file(path: Path, content: bytes | str, *, mode: int = 0o644, keep: bool = False) -> None:
    """Replace `path` with `content` (text as UTF-8): write to a temporary name, sync, rename, sync the folder.

    Missing folders are created. With `keep`, an existing file keeps its mode and, if permitted, its owner,
    and a link to it is kept. Raises StorageError, with the old file unchanged, when the disk refuses.
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
    """Read a regular file, or the target of a link to one.

    Raises OSError if it is missing or the disk refuses, StorageError if it is not a file or has over `most` bytes.
    """
    with open(os.open(path, _READ), "rb") as file:
        return _content(file, path, most)


def real_path(path: Path) -> Path:
    """Return the target of a path, as far as it can be followed; `Path.resolve` fails on a loop of links."""
    return Path(os.path.realpath(path))


def is_public(path: Path) -> bool:
    """Return whether every user of the machine may read a file, according to its mode."""
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def make_folder(folder: Path) -> None:
    """Create a folder and its missing parents, and sync the folders that contain the new ones."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def open_folder(path: Path, *, make: bool = False) -> "Folder":
    """Open the folder at `path`, which may not be a link itself; with `make`, create it if it is missing.

    Raises FileNotFoundError if it is missing, StorageError if it is a link or cannot be opened.
    """
    with _refusals(path, "opened"):
        if make:
            make_folder(path.parent)
            with contextlib.suppress(FileExistsError):
                path.mkdir()
                _sync_folder(path.parent)
        return Folder(path, _opened_folder(path, path, None))


class Folder:
    """A folder of the program's own, opened once and accessed by its descriptor, even if its path changes.

    Names may include a folder, as in ``images/a.png``. Links to folders and files are not followed, and only a
    regular file is read: everything else is a StorageError. Use it as a context manager.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        """Keep the `descriptor` of an open folder; `path` is for messages."""
        self.path = path
        self.descriptor = descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    def folder(self, name: str, *, make: bool = False) -> "Folder":
        """Open a folder in this one; FileNotFoundError if it is missing, unless it is to be created."""
        path = self.path / name
        with _refusals(path, "opened"):
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, dir_fd=self.descriptor)
                    os.fsync(self.descriptor)
            return Folder(path, _opened_folder(path, name, self.descriptor))

    def names(self) -> tuple[str, ...]:
        """List the names in the folder, sorted."""
        return tuple(sorted(os.listdir(self.descriptor)))  # noqa: PTH208 - a Path has no descriptor

    def stat(self, name: str) -> os.stat_result | None:
        """Return the stat result of `name` itself, not of a link's target; None if it does not exist."""
        try:
            return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def has(self, name: str) -> bool:
        """Return whether `name` exists, including as a broken link."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), self._place(name) as (folder, last):
            return folder.stat(last) is not None
        return False

    @contextlib.contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        """Open a regular file for reading; FileNotFoundError if it is missing."""
        with self._place(name) as (folder, last), _refusals(self.path / name, "read"):
            folder.refuse_link(last)
            with open(os.open(last, _READ | os.O_NOFOLLOW, dir_fd=folder.descriptor), "rb") as file:
                _require_regular(file, self.path / name)
                yield file

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """Read a file; FileNotFoundError if it is missing, StorageError if it has over `most` bytes."""
        with self.opened(name) as file:
            return _content(file, self.path / name, most)

    def write(self, name: str, content: bytes | str, *, mode: int = 0o644) -> None:
        """Replace a file as `write_file` does; StorageError if a link or a folder has its name."""
        data = content.encode() if isinstance(content, str) else content
        with self._place(name, make=True) as (folder, last), _refusals(self.path / name, "written", _UNCHANGED):
            folder.refuse_link(last)
            folder.replace(last, data, mode)

    def remove(self, name: str) -> None:
        """Remove a regular file if it exists; anything else of that name is kept."""
        with contextlib.suppress(FileNotFoundError), self._place(name) as (folder, last):
            found = folder.stat(last)
            if found and stat.S_ISREG(found.st_mode):
                with _refusals(self.path / name, "removed"):
                    os.unlink(last, dir_fd=folder.descriptor)

    def sweep(self, names: Iterable[str]) -> None:
        """Remove the temporary files that a killed run left for files with these `names`."""
        wanted = frozenset(names)
        for name in self.names():
            left = _TEMPORARY.fullmatch(name)
            if left and left[1] in wanted:
                self.remove(name)

    @contextlib.contextmanager
    def draft(self, name: str, mode: int) -> Iterator[tuple[IO[bytes], str]]:
        """Yield a new file and its temporary name; it is removed at the end unless renamed."""
        temporary = f".{name}.{os.urandom(6).hex()}.tmp"
        with open(os.open(temporary, _NEW, mode, dir_fd=self.descriptor), "wb") as file:
            try:
                yield file, temporary
            finally:
                with contextlib.suppress(OSError):
                    os.unlink(temporary, dir_fd=self.descriptor)

    def keep(self, file: IO[bytes], temporary: str, name: str) -> None:
        """Replace `name` with a draft, once it is on the disk."""
        file.flush()
        os.fsync(file.fileno())
        os.replace(temporary, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
        os.fsync(self.descriptor)

    def replace(self, name: str, data: bytes, mode: int, owner: os.stat_result | None = None) -> None:
        """Replace a file in this folder, whatever has its name now; OSError when the disk refuses."""
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
        """Yield the folder that contains `name`, and the name in it."""
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
    """Turn errors of the disk into a StorageError; without a `hint`, the caller handles a missing file."""
    try:
        yield
    except OSError as error:
        if not hint and isinstance(error, FileNotFoundError | NotADirectoryError):
            raise
        reason = error.strerror or str(error)
        raise StorageError(f"cannot be {what}: {reason}", place=str(path), hint=_hint(error, hint)) from error


def _hint(error: OSError, hint: str) -> str:
    denied = "it or its folder belongs to another user or is read-only: run as that user, or check 'ls -l'"
    return denied if not hint and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) else hint


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
