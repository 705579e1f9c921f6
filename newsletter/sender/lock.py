"""Prevent concurrent runs of a project with a kernel lock, which ends with its process, on a disk that supports it."""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from newsletter.errors import LockedError, StorageError
from newsletter.files import make_folder, real_path

__all__ = ["file_system", "is_locked", "locked", "refuse_network_disk"]

_LONGEST_WAIT = 60.0  # seconds, for another newsletter of the same folder
_MOST_BYTES = 4096  # of the lock file, which names who holds it
_held: set[str] = set()  # by this process, which is one thread where locks are taken

_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|lustre|beegfs|gpfs|glusterfs|ocfs2|davfs"
    r"|fuse\.(sshfs|glusterfs|s3fs|rclone|davfs|ceph|juicefs|gcsfuse|blobfuse2?)"
)


@contextmanager
def locked(path: Path, *, holder: str = "", wait: float = _LONGEST_WAIT) -> Iterator[None]:
    """Hold the lock of `path`, a file beside it; LockedError if another run has it. The journal's is the project's.

    `holder` names who works with it, such as a newsletter's configuration. A run of the same one is not waited for,
    since it does the same work; for another one's, whose work is its own, at most `wait` seconds. Within a block that
    holds the lock already it is held.
    """
    file = _lock_file(path)
    name = str(real_path(file))
    if name in _held:
        yield
        return
    descriptor = _opened(file)
    try:
        _take(descriptor, holder, wait)
        _held.add(name)
        yield
    finally:
        _held.discard(name)
        os.close(descriptor)


def _opened(file: Path) -> int:
    try:
        make_folder(file.parent)
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError as error:
        hint = "it or its folder belongs to another user or is read-only: run as that user, or check 'ls -l'"
        raise StorageError(f"cannot be written: {error.strerror}", place=str(file), hint=hint) from error


def _take(descriptor: int, holder: str, wait: float) -> None:
    """Take the lock and write down who has it; wait for it where that is somebody else."""
    end = time.monotonic() + wait
    while not (_taken(descriptor) or _taken(descriptor, after=0.05)):
        other = os.pread(descriptor, _MOST_BYTES, 0).decode(errors="replace")
        if not (holder and other and other != holder and time.monotonic() < end):
            raise LockedError(
                "another run of this project is in progress",
                hint="let it finish; 'newsletter status' shows its progress",
            )
        time.sleep(0.2)
    with suppress(OSError):  # a full disk: then nobody waits
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, holder.encode(errors="replace")[:_MOST_BYTES], 0)


def _taken(descriptor: int, *, after: float = 0.0) -> bool:
    """Try to take the lock, twice, because `is_locked` holds it for a moment to test it."""
    time.sleep(after)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(path: Path) -> bool:
    """Return whether a run holds the lock of `path`; writes nothing."""
    try:
        with _lock_file(path).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _lock_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def refuse_network_disk(path: Path) -> None:
    """Raise StorageError if `path` is on a network file system: its locks and syncs are not reliable."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return
    kind = file_system(mounts, real_path(path))
    if _NETWORK.fullmatch(kind):
        raise StorageError(
            f"is on a network file system ({kind}), where a journal is not safe",
            place=str(path),
            hint="name a path on a local disk in newsletter.toml: [send] journal",
        )


def file_system(mounts: str, path: Path) -> str:
    """Return the type of the file system of the absolute `path`; `mounts` is /proc/self/mountinfo."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), before.split()[4])
        if path.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), after.split()[0]
    return kind
