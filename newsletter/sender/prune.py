"""Forget people: in the journal's old rows and in old dry runs, or one person everywhere. The counts stay."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from newsletter.config import Config
from newsletter.errors import StorageError
from newsletter.sender.dry_run import DIRECTORY
from newsletter.sender.journal import open_journal
from newsletter.sender.lock import locked

__all__ = ["prune_older", "prune_person"]


def prune_older(config: Config, before: datetime) -> int:
    """Forget whom issues went to whose sending began before the aware time `before`; give the number of addresses.

    Recipients who are still pending or uncertain keep theirs: it is needed to reach or to look them up. Of dry runs
    that old only the summary is left.
    """
    path = config.root / config.send.journal
    with locked(path):
        for folder in _dry_runs(config):
            if (folder / "requests.jsonl").stat().st_mtime < before.timestamp():
                _forget_dry_run(folder)
        if not path.exists():
            return 0
        with open_journal(path) as journal:
            return journal.forget_before(before)


def prune_person(config: Config, email: str) -> int:
    """Forget one person in all issues and dry runs; give the number of places. What is pending is skipped.

    The suppression file is left alone: it is what keeps the person from being written to again.
    """
    path = config.root / config.send.journal
    with locked(path):
        found = [folder for folder in _dry_runs(config) if _mentions(folder / "requests.jsonl", email)]
        for folder in found:
            _forget_dry_run(folder)
        if not path.exists():
            return len(found)
        with open_journal(path) as journal:
            return len(found) + journal.forget_person(email)


def _dry_runs(config: Config) -> Iterator[Path]:
    yield from (path.parent for path in config.issues.glob(f"*/{DIRECTORY}/requests.jsonl"))


def _mentions(path: Path, email: str) -> bool:
    wanted = json.dumps(email).casefold().encode()
    with path.open("rb") as file:
        return any(wanted in line.lower() for line in file)


def _forget_dry_run(folder: Path) -> None:
    try:
        for name in ("requests.jsonl", "sample.eml"):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"cannot be removed: {error.strerror}", place=str(folder)) from error
