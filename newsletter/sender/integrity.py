"""Look through the journal's file, as far as SQLite can tell whether it is whole."""

from pathlib import Path

from newsletter.sender.journal import read_journal
from newsletter.sender.store import storage

__all__ = ["damage"]


def damage(path: Path) -> tuple[str, frozenset[str]]:
    """Return what is wrong with the journal at `path` ("": nothing), and the issues that it knows.

    Raises StorageError for a file that cannot be opened as a journal at all.
    """
    journal = read_journal(path)
    if journal is None:
        return "", frozenset()
    with journal, storage(path):
        (problem,) = journal.connection.execute("PRAGMA quick_check(1)").fetchone()
        orphan = journal.connection.execute("PRAGMA foreign_key_check").fetchone()
        if problem != "ok":
            return str(problem), frozenset()
        return ("a row belongs to no issue" if orphan else ""), journal.known()
