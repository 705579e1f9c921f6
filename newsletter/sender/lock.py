"""Keep two runs of one project apart: the kernel's lock, which dies with its process, on a disk that honours it."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsletter.errors import LockedError, StorageError

__all__ = ["file_system", "locked", "refuse_network_disk"]

_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|lustre|beegfs|gpfs|glusterfs|ocfs2|davfs"
    r"|fuse\.(sshfs|glusterfs|s3fs|rclone|davfs|ceph|juicefs|gcsfuse|blobfuse2?)"
)


@contextmanager
def locked(journal: Path) -> Iterator[None]:
    """Hold the project's lock, a file beside `journal`; LockedError where another run has it."""
    path = journal.with_name(f"{journal.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(f"cannot be written: {error.strerror}", place=str(path)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise LockedError(
            "another run of this project is at work", hint="let it finish; 'newsletter status' shows how far it is"
        ) from None
    finally:
        os.close(descriptor)


def refuse_network_disk(path: Path) -> None:
    """Raise StorageError where `path` is on a network file system: its locks and syncs promise nothing."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return
    kind = file_system(mounts, path.resolve())
    if _NETWORK.fullmatch(kind):
        raise StorageError(
            f"is on a network file system ({kind}), where a journal is not safe",
            place=str(path),
            hint="name a path on a local disk in newsletter.toml: [send] journal",
        )


def file_system(mounts: str, path: Path) -> str:
    """Give the type of the file system that holds `path`, an absolute one; `mounts` is /proc/self/mountinfo."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), before.split()[4])
        if path.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), after.split()[0]
    return kind
