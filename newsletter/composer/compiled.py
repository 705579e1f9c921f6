"""Keep compiled templates in the user's own cache, where the next run finds them.

They are code that runs outside Jinja's sandbox, so they are kept where only the user can write, and never in a project
folder, which may come from somebody else. A cache that cannot be used costs time and nothing else.
"""

import os
import pickle
import stat
from contextlib import suppress
from pathlib import Path

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from newsletter import __version__

__all__ = ["compiled_templates"]


def compiled_templates() -> FileSystemBytecodeCache | None:
    """Return the cache below ``$XDG_CACHE_HOME`` or ``~/.cache``; None where it cannot be made or is not private."""
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        if not base.is_absolute():
            return None
        folder = base / "newsletter" / f"templates-{__version__}"
        for one in (base, folder.parent, folder):  # a home that does not exist is not made
            one.mkdir(mode=0o700, exist_ok=True)
        if not (_is_private(folder) and _is_private(folder.parent)):
            return None
    except (OSError, RuntimeError):  # RuntimeError: there is no home
        return None
    return _Cache(str(folder))


def _is_private(folder: Path) -> bool:
    """Return whether only the user who runs this can change what is in `folder`."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


class _Cache(FileSystemBytecodeCache):
    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError, EOFError, ValueError, pickle.UnpicklingError):  # damaged: it is written again
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):  # a full or read-only disk
            super().dump_bytecode(bucket)
