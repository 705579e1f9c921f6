"""The journal's file: opening, upgrading and writing it, and the meaning of its errors."""

import functools
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from newsletter.errors import StorageError
from newsletter.sender.schema import APPLICATION, MIGRATIONS

__all__ = ["Store", "empty_store", "json_object", "refuse_dangling", "storage", "understood"]


class Store:
    """One open SQLite file with the journal's tables; used from one thread."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Keep an open connection in autocommit mode; `path` is for messages."""
        self.connection = connection
        self.path = path
        self.version = len(MIGRATIONS)  # of the tables; one that is only read may be older

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def check(self) -> int:
        """Return the version of the tables; StorageError for a file that this program cannot read."""
        version, application = (self._value(f"PRAGMA {name}") for name in ("user_version", "application_id"))
        if version > len(MIGRATIONS):
            raise StorageError(
                "was written by a newer version of this program", place=str(self.path), hint="upgrade newsletter"
            )
        if application != APPLICATION and self._value("SELECT count(*) FROM sqlite_master"):
            raise StorageError("is a database, but not a journal", place=str(self.path), hint=_FOREIGN)
        if not version:
            raise StorageError("the journal is empty, which a valid one never is", place=str(self.path), hint=_EMPTY)
        self.version = int(version)
        return self.version

    def prepare(self, *, durable: bool = True) -> None:
        """Upgrade the tables, and set the durability of changes."""
        version = self.check() if durable else 0
        mode = self._value(f"PRAGMA journal_mode = {'WAL' if durable else 'OFF'}")
        if durable and mode != "wal":
            raise StorageError("its disk does not allow a write-ahead log", place=str(self.path))
        self.connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
        self.connection.execute("PRAGMA cache_size = -32000")
        self.connection.execute("CREATE TEMP TABLE suppressed (email TEXT PRIMARY KEY COLLATE NOCASE) WITHOUT ROWID")
        if version < len(MIGRATIONS):
            self.migrate(version)

    def migrate(self, version: int) -> None:
        """Upgrade the tables from a version, 0 if there are none."""
        with self.transaction():
            for script in MIGRATIONS[version:]:
                for statement in script.split(";\n"):
                    self.connection.execute(statement)
            self.connection.execute(f"PRAGMA application_id = {APPLICATION}")
            self.connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        self.version = len(MIGRATIONS)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block as one transaction; errors of SQLite or the disk become a StorageError.

        Within another transaction, it is a part of that one.
        """
        within = self.connection.in_transaction
        if within:
            yield
            return
        with storage(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def checkpoint(self) -> None:
        """Copy the write-ahead log to the file, as far as no reader prevents it."""
        with storage(self.path):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _value(self, query: str) -> Any:
        return self.connection.execute(query).fetchone()[0]


def empty_store() -> bytes:
    """Return the content of a new file, including its tables, so that a journal never exists without them."""
    with Store(sqlite3.connect(":memory:", isolation_level=None), Path(":memory:")) as store:
        store.migrate(0)
        return store.connection.serialize()


def refuse_dangling(path: Path) -> None:
    """Raise StorageError if `path` is a broken link: its target existed when the link was made."""
    if path.is_symlink() and not path.exists():
        raise StorageError(f"is a link to {path.readlink()}, which does not exist", place=str(path), hint=_EMPTY)


def json_object(names: Iterable[str]) -> str:
    """Return the SQL of a JSON object with a parameter for each of `names`, which may be any text.

    A function of SQLite takes at most 127 arguments: larger objects are merged from several.
    """
    pairs = ["'{}', ?".format(name.replace("'", "''")) for name in names]
    parts = [f"json_object({', '.join(pairs[at : at + 50])})" for at in range(0, len(pairs), 50)]
    return functools.reduce(lambda made, part: f"json_patch({made}, {part})", parts or ["json_object()"])


@contextmanager
def understood(path: Path) -> Iterator[None]:
    """Turn errors about values that this program never writes into a StorageError."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise StorageError("the journal contains invalid data", place=str(path), hint=_DAMAGED) from error


@contextmanager
def storage(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and the disk into a StorageError with a hint."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter if text that SQLite quotes is damaged
        text = str(error)
        hint = next((hint for mark, hint in _CURES.items() if mark in text), "nothing was sent since; run again")
        raise StorageError(f"the journal cannot be used: {text}", place=str(path), hint=hint) from error
    except OSError as error:
        raise StorageError(f"the journal cannot be used: {error.strerror}", place=str(path), hint=_CLOSED) from error


_DAMAGED = "it is damaged: restore it from a backup before anything is sent, or people get an issue twice"
_FOREIGN = (
    "[send] journal names the wrong file, or another program wrote over it: restore the journal from a backup, or"
    " people get an issue twice"
)
_EMPTY = "restore it from a backup, or people get an issue twice; remove it only if nothing was ever sent"
_CLOSED = "it, its -wal and -shm files or its folder belong to another user or are read-only: check 'ls -l', run again"
_CURES = {
    "locked": "another program has it open; close that and run again",
    "disk I/O": "free some disk space, or check the disk for errors, and run again: it resumes where it stopped",
    "full": "free some disk space and run again: it resumes where it stopped",
    "readonly": "make it writable for this user and run again",
    "unable to open": _CLOSED,
    "malformed": _DAMAGED,
    "decode": _DAMAGED,
    "not a database": "it is damaged or not a journal: restore it from a backup before anything is sent",
}
