"""Forget people: in the journal's old rows and in old dry runs, or one person everywhere. The counts stay."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from newsletter.app.operations import note_suppressions
from newsletter.config import Config
from newsletter.errors import RecipientsError
from newsletter.files import Folder, open_folder
from newsletter.issues import DRY_RUN
from newsletter.providers.dry_run import PERSONAL
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
    with locked(config.journal, holder=str(config.path)):
        for folder in _dry_runs(config):
            _remove(folder, (name for name in _personal(folder) if _time(folder, name) < before.timestamp()))
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
    note_suppressions(config)
    return Forgotten(_forget_everywhere(config, email), tuple(_lines(config.recipients, email)))


def _lines(path: Path, email: str) -> Iterator[int]:
    """List where a recipients file has an address; what is wrong with the file is told when it is sent to."""
    with suppress(RecipientsError):
        for recipient in load_recipients(path):
            if recipient.email.casefold() == email.casefold():
                yield recipient.line


def _forget_everywhere(config: Config, email: str) -> int:
    with locked(config.journal, holder=str(config.path)):
        found = sum(_forget(folder, email) for folder in _dry_runs(config))
        if not config.journal.exists():
            return found
        with open_journal(config.journal) as journal:
            return found + journal.forget_person(email)


def _dry_runs(config: Config) -> Iterator[Folder]:
    """Open one dry run's folder after the other; StorageError where one is a link."""
    for path in sorted(config.issues.glob(f"*/{DRY_RUN}")):
        with open_folder(path.parent) as issue, issue.folder(DRY_RUN) as folder:
            yield folder


def _forget(folder: Folder, email: str) -> bool:
    """Remove a dry run that names somebody; tell whether it did."""
    names = _personal(folder)
    found = any(_mentions(folder, name, email) for name in names)
    if found:
        _remove(folder, names)
    return found


def _personal(folder: Folder) -> tuple[str, ...]:
    """List the files of a dry run that name people."""
    return tuple(filter(PERSONAL.fullmatch, folder.names()))


def _time(folder: Folder, name: str) -> float:
    """Return when a file was changed last; 0 for one that is gone, as a dry run at work renames its own."""
    found = folder.stat(name)
    return found.st_mtime if found else 0.0


def _mentions(folder: Folder, name: str, email: str) -> bool:
    wanted = re.compile(rb'(?<![^\s"])' + re.escape(email.encode()) + rb'(?![^\s"])', re.IGNORECASE)
    with suppress(FileNotFoundError), folder.opened(name) as file:
        return any(wanted.search(line) for line in file)
    return False


def _remove(folder: Folder, names: Iterable[str]) -> None:
    for name in names:
        folder.remove(name)
