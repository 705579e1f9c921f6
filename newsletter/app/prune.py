"""Forget people: in the journal's old rows and in old dry runs, or one person everywhere. The counts stay."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from newsletter.config import Config
from newsletter.errors import RecipientsError, StorageError
from newsletter.issues import DRY_RUN, DRY_RUN_SUMMARY
from newsletter.sender.journal import open_journal
from newsletter.sender.lock import locked
from newsletter.sender.recipients import load_recipients
from newsletter.sender.suppressions import add_suppressions

__all__ = ["Forgotten", "prune_older", "prune_person"]


class Forgotten(NamedTuple):
    """In how many issues and dry runs somebody was forgotten, and the lines in which the recipients file has them."""

    places: int
    lines: tuple[int, ...]


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


def prune_person(config: Config, email: str) -> Forgotten:
    """Forget one person in all issues and dry runs, once the suppression file has them. What is pending is skipped.

    That file is what keeps the person from being written to again: the recipients file is not ours to change. Raises
    RecipientsError where the suppression file cannot be read; then nothing is forgotten.
    """
    with locked(config.journal.with_name("suppressions")):
        add_suppressions(config.suppressions, [(email, "asked to be forgotten")])
    return Forgotten(_forget_everywhere(config, email), tuple(_lines(config.recipients, email)))


def _lines(path: Path, email: str) -> Iterator[int]:
    """List where a recipients file has an address; what is wrong with the file is told when it is sent to."""
    with suppress(RecipientsError):
        for recipient in load_recipients(path):
            if recipient.email.casefold() == email.casefold():
                yield recipient.line


def _forget_everywhere(config: Config, email: str) -> int:
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
    for folder in config.issues.glob(f"*/{DRY_RUN}"):
        yield tuple(path for path in folder.iterdir() if path.name != DRY_RUN_SUMMARY)


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
