"""Forget people: in the journal's old rows and in old dry runs, or one person everywhere. The counts stay."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from newsletter.config import Config
from newsletter.errors import StorageError
from newsletter.sender.dry_run import DIRECTORY, SUMMARY
from newsletter.sender.journal import open_journal
from newsletter.sender.lock import locked

__all__ = ["prune_older", "prune_person"]


def prune_older(config: Config, before: datetime) -> int:
    """Forget whom issues went to whose sending began before the aware time `before`; give the number of addresses.

    Recipients who are still pending or uncertain keep theirs: it is needed to reach or to look them up. Of dry runs
    that old only the summary is left.
    """
    with locked(config.journal), _disk():
        for files in _dry_runs(config):
            _remove(file for file in files if file.stat().st_mtime < before.timestamp())
        if not config.journal.exists():
            return 0
        with open_journal(config.journal) as journal:
            return journal.forget_before(before)


def prune_person(config: Config, email: str) -> int:
    """Forget one person in all issues and dry runs; give the number of places. What is pending is skipped.

    The suppression file is left alone: it is what keeps the person from being written to again.
    """
    with locked(config.journal), _disk():
        found = [files for files in _dry_runs(config) if any(_mentions(file, email) for file in files)]
        for files in found:
            _remove(files)
        if not config.journal.exists():
            return len(found)
        with open_journal(config.journal) as journal:
            return len(found) + journal.forget_person(email)


def _dry_runs(config: Config) -> Iterator[tuple[Path, ...]]:
    """Give each dry run's files in which people may stand: all but the summary, as a killed one leaves drafts."""
    for folder in config.issues.glob(f"*/{DIRECTORY}"):
        yield tuple(path for path in folder.iterdir() if path.name != SUMMARY)


def _mentions(path: Path, email: str) -> bool:
    wanted = re.compile(rb'(?<![^\s"])' + re.escape(email.encode()) + rb'(?![^\s"])', re.IGNORECASE)
    with path.open("rb") as file:
        return any(wanted.search(line) for line in file)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


@contextmanager
def _disk() -> Iterator[None]:
    """Turn what the disk complains about into a StorageError; a dry run at work may rename a file meanwhile."""
    try:
        yield
    except OSError as error:
        hint = "mend that, and run it again"
        raise StorageError(f"cannot be forgotten: {error.strerror}", place=str(error.filename), hint=hint) from error
