"""The journal's file: how it is opened, kept up to date and written, and what its complaints mean."""

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
        """Take an open connection in autocommit mode; `path` is for messages."""
        self.connection = connection
        self.path = path
        self.version = len(MIGRATIONS)  # of the tables; one that is only read may be older

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def check(self) -> int:
        """Return the version of the tables; StorageError for what this program cannot read."""
        version, application = (self._value(f"PRAGMA {name}") for name in ("user_version", "application_id"))
        if version > len(MIGRATIONS):
            raise StorageError(
                "was written by a newer version of this program", place=str(self.path), hint="upgrade newsletter"
            )
        if application != APPLICATION and self._value("SELECT count(*) FROM sqlite_master"):
            raise StorageError("is a database, but not a journal", place=str(self.path), hint=_FOREIGN)
        if not version:
            raise StorageError("the journal is empty, which it never was before", place=str(self.path), hint=_EMPTY)
        self.version = int(version)
        return self.version

    def prepare(self, *, durable: bool = True) -> None:
        """Bring the tables up to date, and set how carefully changes are written."""
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
        """Bring the tables up to date from a version of them on, 0 where there are none."""
        with self.transaction():
            for script in MIGRATIONS[version:]:
                for statement in script.split(";\n"):
                    self.connection.execute(statement)
            self.connection.execute(f"PRAGMA application_id = {APPLICATION}")
            self.connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        self.version = len(MIGRATIONS)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything within, or nothing; what SQLite or the disk refuses becomes a StorageError.

        Within another transaction it is a part of that one.
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
        """Empty the write-ahead log into the file, as far as nobody reads it just now."""
        with storage(self.path):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _value(self, query: str) -> Any:
        return self.connection.execute(query).fetchone()[0]


def empty_store() -> bytes:
    """Return the content of a new file, with its tables: one that is there was so as a whole, or it was never there."""
    with Store(sqlite3.connect(":memory:", isolation_level=None), Path(":memory:")) as store:
        store.migrate(0)
        return store.connection.serialize()


def refuse_dangling(path: Path) -> None:
    """Raise StorageError where `path` is a link to a file that is not there: it was, when the link was made."""
    if path.is_symlink() and not path.exists():
        raise StorageError(f"is a link to {path.readlink()}, which is not there", place=str(path), hint=_EMPTY)


def json_object(names: Iterable[str]) -> str:
    """Write the SQL of a JSON object with a parameter for each of `names`, which may be anything.

    A function of SQLite's takes no more than 127 arguments: more than that are put together of several objects.
    """
    pairs = ["'{}', ?".format(name.replace("'", "''")) for name in names]
    parts = [f"json_object({', '.join(pairs[at : at + 50])})" for at in range(0, len(pairs), 50)]
    return functools.reduce(lambda made, part: f"json_patch({made}, {part})", parts or ["json_object()"])


@contextmanager
def understood(path: Path) -> Iterator[None]:
    """Turn what is no value that this program writes into a StorageError."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise StorageError("the journal holds what was never written", place=str(path), hint=_DAMAGED) from error


@contextmanager
def storage(path: Path) -> Iterator[None]:
    """Turn what SQLite and the disk complain about into a StorageError with a cure."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter where what SQLite quotes is damaged
        text = str(error)
        hint = next((hint for mark, hint in _CURES.items() if mark in text), "nothing was sent since; run again")
        raise StorageError(f"the journal does not work: {text}", place=str(path), hint=hint) from error
    except OSError as error:
        raise StorageError(f"the journal does not work: {error.strerror}", place=str(path), hint=_CLOSED) from error


_DAMAGED = "it is damaged: bring it back from a backup before anything is sent, or people get an issue twice"
_FOREIGN = (
    "[send] journal names the wrong file, or another program wrote over it: bring the journal back from a backup, or"
    " people get an issue twice"
)
_EMPTY = "bring it back from a backup, or people get an issue twice; remove it only where nothing was ever sent"
_CLOSED = (
    "it, what lies beside it (-wal, -shm) or its folder is another user's, or read-only: look at 'ls -l', run again"
)
_CURES = {
    "locked": "another program has it open; close that and run again",
    "disk I/O": "make room on the disk, or look whether it is broken, and run again: it goes on where it stopped",
    "full": "make room on the disk and run again: it goes on where it stopped",
    "readonly": "make it writable for this user and run again",
    "unable to open": _CLOSED,
    "malformed": _DAMAGED,
    "decode": _DAMAGED,
    "not a database": "it is damaged or no journal: bring it back from a backup before anything is sent",
}
