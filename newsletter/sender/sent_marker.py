"""The marker that sending writes to an issue's folder, so that a missing journal is noticed.

With a disk that is not mounted, another path in [send] or a folder copied to another machine, an empty journal looks
as it does before the first issue. The marker shows that there was another one.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from newsletter.documents import decode, dump
from newsletter.errors import BlockedError, StorageError
from newsletter.files import open_folder

__all__ = ["MARKER", "has_marker", "missing_journal", "write_marker"]

MARKER = "sending.json"
_MOST_BYTES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    journal: str
    began: str


def has_marker(directory: Path) -> bool:
    """Return whether the marker exists, in any form: only sending uses that name."""
    return os.path.lexists(directory / MARKER)


def write_marker(directory: Path, *, journal: Path, began: str) -> None:
    """Record in an issue's folder that its sending began, when (ISO 8601), and in which `journal`."""
    with open_folder(directory, make=True) as folder:
        if folder.stat(MARKER) is None:
            folder.write(MARKER, dump({"journal": str(journal), "began": began}))


def missing_journal(directory: Path, journal: Path) -> BlockedError | None:
    """Return the error for an issue that has begun but is not in `journal`; None if it is a new one."""
    if not has_marker(directory):
        return None
    mark = directory / MARKER
    message = f"its sending has begun{_when(directory)}, but the journal {journal} has no record of it"
    hint = f"restore that journal, or people get it twice; remove {mark} only if nobody ever got this issue"
    return BlockedError(message, hint=hint, place=directory.name)


def _when(directory: Path) -> str:
    """Describe a marker; one that cannot be read is a marker as well."""
    with suppress(OSError, StorageError, ValueError), open_folder(directory) as folder:
        found = decode(folder.read(MARKER, _MOST_BYTES), _Mark)
        return f" on {found.began[:10]} with the journal {found.journal}"
    return ""
