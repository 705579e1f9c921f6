"""Write files so that a power cut leaves the old or the new one, never a half."""

import contextlib
import os
import stat
from pathlib import Path

from newsletter.errors import StorageError

__all__ = ["make_folder", "write_file"]


def write_file(path: Path, content: bytes | str, *, mode: int = 0o644, keep: bool = False) -> None:
    """Replace `path` by `content` (text as UTF-8): write to a temporary name, sync, rename, sync the folder.

    Missing folders are made. With `keep`, a file that is there keeps its mode and, where that is allowed, its owner,
    and a link still leads to it. Raises StorageError, with the old file untouched, when the disk refuses.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        path = path.resolve() if keep else path
        like = path.stat() if keep and path.exists() else None
        make_folder(path.parent)
        _replace(path, data, stat.S_IMODE(like.st_mode) if like else mode, like)
        _sync_folder(path.parent)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(
            f"cannot be written: {reason}",
            place=str(path),
            hint="the file is as it was before; mend the disk and run the same command again",
        ) from error


def _replace(path: Path, data: bytes, mode: int, owner: os.stat_result | None) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        _write(temporary, data, mode, owner)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing; those that name the new ones are synced."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _write(path: Path, data: bytes, mode: int, owner: os.stat_result | None) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
    with open(descriptor, "wb") as file:
        if owner:
            with contextlib.suppress(PermissionError):
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
        os.fchmod(descriptor, mode)
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
