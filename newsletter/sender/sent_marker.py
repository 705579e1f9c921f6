"""The marker that sending writes to an issue's folder, so that a missing journal is noticed.

With a disk that is not mounted, another path in [send] or a folder copied to another machine, an empty journal looks
as it does before the first issue. The marker shows that there was another one. It also holds the number of runs that
the journal had seen, so that a journal restored from an older backup is noticed as well.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from newsletter.documents import decode, dump
from newsletter.errors import BlockedError, StorageError
from newsletter.files import open_folder

__all__ = ["MARKER", "generation", "has_marker", "missing_journal", "stale_journal", "write_marker"]

MARKER = "sending.json"
_MOST_BYTES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    journal: str
    began: str
    generation: int = 0  # 0.1.0 did not count


def has_marker(directory: Path) -> bool:
    """Return whether the marker exists, in any form: only sending uses that name."""
    return os.path.lexists(directory / MARKER)


def write_marker(directory: Path, *, journal: Path, began: str, generation: int = 0) -> None:
    """Record in an issue's folder that its sending began, when (ISO 8601), and in which `journal`.

    `generation` is that of the journal's row: the mark never knows of more runs than the journal did.
    """
    with open_folder(directory, make=True) as folder:
        if folder.stat(MARKER) is None or generation > (_read(directory) or _Mark(journal="", began="")).generation:
            folder.write(MARKER, dump({"journal": str(journal), "began": began, "generation": generation}))


def generation(directory: Path) -> int:
    """Return the generation that the mark in an issue's folder has; 0 without one."""
    mark = _read(directory)
    return mark.generation if mark else 0


def stale_journal(directory: Path, journal: Path, known: int) -> BlockedError | None:
    """Return what forbids to go on with an issue of which `journal` knows `known` generations; None where nothing."""
    if generation(directory) <= known:
        return None
    message = f"the journal {journal} knows less than was sent: it was restored from a backup"
    hint = (
        "restore the newer journal, or people get it twice; or end the issue, so that nothing more is sent:"
        f" newsletter cancel {directory.name}"
    )
    return BlockedError(message, hint=hint, place=directory.name)


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
    found = _read(directory)
    return f" on {found.began[:10]} with the journal {found.journal}" if found else ""


def _read(directory: Path) -> _Mark | None:
    with suppress(OSError, StorageError, ValueError), open_folder(directory) as folder:
        return decode(folder.read(MARKER, _MOST_BYTES), _Mark)
    return None
