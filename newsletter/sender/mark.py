"""The mark that sending leaves in an issue's folder, so that a journal that is out of sight is missed.

A disk that is not mounted, another path in [send], a folder that was copied to another machine: an empty journal looks
as it does before the first issue. The mark says that there was another one.
"""

import json
from pathlib import Path

from newsletter.documents import dump
from newsletter.errors import BlockedError
from newsletter.files import write_file

__all__ = ["MARK", "leave_mark", "missing_journal"]

MARK = "sending.json"


def leave_mark(directory: Path, *, journal: Path, began: str) -> None:
    """Write down in an issue's folder that its sending began, when (ISO 8601), and which `journal` knows about it."""
    if not (directory / MARK).exists():
        write_file(directory / MARK, dump({"journal": str(journal), "began": began}))


def missing_journal(directory: Path, journal: Path) -> BlockedError | None:
    """Give what forbids to take an issue that `journal` does not know for a new one; None where nothing does."""
    if not (mark := directory / MARK).exists():
        return None
    message = f"its sending has begun{_when(mark)}, and the journal {journal}, as it is now, does not know it"
    hint = f"bring that journal back, or people get it twice; remove {mark} only where nobody ever got this issue"
    return BlockedError(message, hint=hint, place=directory.name)


def _when(mark: Path) -> str:
    """Quote a mark; one that cannot be read is a mark as well."""
    try:
        found = json.loads(mark.read_bytes())
        return f" on {found['began'][:10]} with the journal {found['journal']}"
    except (OSError, ValueError, LookupError, TypeError):
        return ""
