"""Delete personal data: from old journal rows and old dry runs, or one person's everywhere. The counts are kept."""

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
    """The number of issues and dry runs that had a recipient, and the lines of the recipients file that still do."""

    places: int
    lines: tuple[int, ...]


def prune_older(config: Config, before: datetime) -> int:
    """Delete the addresses of issues whose sending began before the aware time `before`; return their number.

    Addresses of pending or uncertain recipients are kept: they are needed to send or to look them up. Of dry runs
    that old, only the summary is kept.
    """
    with locked(config.journal, holder=str(config.path)):
        for folder in _dry_runs(config):
            _remove(folder, (name for name in _personal(folder) if _time(folder, name) < before.timestamp()))
        if not config.journal.exists():
            return 0
        with open_journal(config.journal) as journal:
            return journal.forget_before(before)


def prune_person(config: Config, email: str) -> Forgotten:
    """Delete one person's data from all issues and dry runs, after adding the address to the suppression file.

    Pending messages are skipped. The recipients file is not changed. Raises
    RecipientsError if the suppression file cannot be read; then nothing is deleted.
    """
    with locked(config.journal.with_name("suppressions")):
        add_suppressions(config.suppressions, [(email, "asked to be forgotten")])
    note_suppressions(config)
    return Forgotten(_forget_everywhere(config, email), tuple(_lines(config.recipients, email)))


def _lines(path: Path, email: str) -> Iterator[int]:
    """Yield the lines of the recipients file that have an address; errors in the file are reported by `send`."""
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
    """Open the folders of the dry runs one by one; StorageError if one is a link."""
    for path in sorted(config.issues.glob(f"*/{DRY_RUN}")):
        with open_folder(path.parent) as issue, issue.folder(DRY_RUN) as folder:
            yield folder


def _forget(folder: Folder, email: str) -> bool:
    """Remove a dry run that names somebody; return whether it did."""
    names = _personal(folder)
    found = any(_mentions(folder, name, email) for name in names)
    if found:
        _remove(folder, names)
    return found


def _personal(folder: Folder) -> tuple[str, ...]:
    """List the files of a dry run that name people."""
    return tuple(filter(PERSONAL.fullmatch, folder.names()))


def _time(folder: Folder, name: str) -> float:
    """Return when a file was last changed; 0 if it is gone, because a running dry run renames its files."""
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
