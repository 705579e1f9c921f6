# ruff: noqa: S608 - what is put into a statement is a constant of this file, or went through `_text`
"""The durable record of who was submitted what: one SQLite file per project, its states and their transitions.

    pending ──► submitting ──► submitted
       ▲            ├────────► failed
       ├────────────┤  surely not accepted
       │            └────────► uncertain ──► submitted   (the provider's logs, or a person)
       └───────────────────────────┘         (a person)

A recipient is in the state of its batch, unless it has one of its own: `skipped` (suppressed, or cancelled with its
issue) or `failed` (refused by name). Every change is one transaction that is on the disk when it returns:
`synchronous=FULL` over a write-ahead log. Times are the machine's own (UTC, read by SQLite), since they are compared
with the provider's.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from newsletter.errors import StorageError, UsageError
from newsletter.files import make_folder, write_file
from newsletter.issues import Issue
from newsletter.sender.lock import refuse_network_disk
from newsletter.sender.provider import Accepted, NotSent, Outcome, Refused, RetryLater, Uncertain
from newsletter.sender.recipients import Recipient
from newsletter.sender.records import Batch, BatchRow, IssueRow, Records
from newsletter.sender.schema import HERE
from newsletter.sender.status import State
from newsletter.sender.store import empty_store, json_object, refuse_dangling, storage

__all__ = ["Batch", "BatchRow", "IssueRow", "Journal", "open_journal", "read_journal", "temporary_journal"]

_BUSY = 5.0  # seconds to wait for another program's transaction
_ROWS = 5000  # recipients that are written at a time


def open_journal(path: Path) -> "Journal":
    """Open the project's journal for writing; create or upgrade it if necessary, with mode 0600.

    Raises StorageError for a network disk, a broken link, a file that is not a journal, or one of a newer version.
    """
    refuse_network_disk(path)
    refuse_dangling(path)
    with storage(path):
        make_folder(path.parent)
        if not path.exists():
            write_file(path, empty_store(), mode=0o600)
        connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None)
        journal = Journal(connection, path)
        try:
            journal.prepare()
        except BaseException:
            connection.close()
            raise
    return journal


def read_journal(path: Path) -> "Journal | None":
    """Open the journal for reading; None if there is none yet.

    SQLite may have to repair what a killed run left half written, so it may write; the program does not. If it cannot,
    and nothing needs repair, the file is read as it is.
    """
    refuse_dangling(path)
    if not path.exists():
        return None
    try:
        return _reader(path, "mode=rw")
    except StorageError:
        log = path.with_name(f"{path.name}-wal")
        if os.access(path, os.W_OK) or not os.access(path, os.R_OK) or (log.exists() and log.stat().st_size):
            raise
        return _reader(path, "immutable=1")


def _reader(path: Path, how: str) -> "Journal":
    with storage(path):
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", timeout=_BUSY, uri=True, isolation_level=None)
        journal = Journal(connection, path)
        try:
            connection.execute("PRAGMA query_only = ON")
            journal.check()
        except BaseException:
            connection.close()
            raise
    return journal


def temporary_journal() -> "Journal":
    """Return a temporary journal, removed with the process, for runs that deliver nothing."""
    journal = Journal(sqlite3.connect("", isolation_level=None), Path("a temporary file"))
    with storage(journal.path):
        journal.prepare(durable=False)
    return journal


class Journal(Records):
    """One open journal; used from one thread. Every method that changes something is one transaction, on the disk."""

    def suppress(self, emails: Iterable[str]) -> None:
        """Add `emails` to the suppressed addresses as long as the journal is open.

        Addresses are never removed: another program may be writing the file that they are read from.
        """
        with self.transaction():
            self.connection.executemany(
                "INSERT OR IGNORE INTO temp.suppressed VALUES (?)", ((email,) for email in emails)
            )

    def suppressed(self) -> int:
        """Return how many people nothing is sent to as long as the journal is open."""
        with storage(self.path):
            return int(self._value("SELECT count(*) FROM temp.suppressed"))

    def note_suppressions(self, path: Path, people: int) -> None:
        """Note that this many `people` are in the suppression file at `path`; nobody is not worth a note."""
        if people:
            with self.transaction():
                self.connection.execute("INSERT OR REPLACE INTO suppression_files VALUES (?, ?)", (str(path), people))

    def note_claim(self, issue: str, tokens: str, *, closed: bool = False) -> None:
        """Note the tokens of an issue's claim in place of the former ones; "" where it was given back."""
        with self.transaction():
            if tokens:
                values = (issue, tokens, int(closed))
                self.connection.execute("INSERT OR REPLACE INTO claims VALUES (?, ?, ?)", values)
            else:
                self.connection.execute("DELETE FROM claims WHERE issue = ?", (issue,))

    def advance(self, key: int, *, beyond: int = 0) -> int:
        """Count another generation of what is known of an issue, one `beyond` a number, and give it."""
        with self.transaction():
            self.connection.execute(
                "UPDATE issues SET generation = max(generation, ?) + 1 WHERE key = ?", (beyond, key)
            )
            return int(self._value(f"SELECT generation FROM issues WHERE key = {key:d}"))

    def freeze(
        self,
        issue: Issue,
        recipients: Iterable[Recipient],
        fields: Mapping[str, str],
        fits: Callable[[int, int], bool] = lambda people, size: True,
        most: int = 1000,
        where: tuple[str, ...] = (),
    ) -> IssueRow:
        """Record the audience of `issue` and its batches, within the caller's transaction.

        `fields` maps the merge fields to keep to the values for missing ones. An address counts once,
        regardless of case; suppressed recipients get no batch. `fits` returns whether a number of people, with bytes of
        addresses and fields, fit into one batch; more than `most` never do. `where` are the conditions of the choice.
        """
        execute = self.connection.execute
        chosen = json.dumps(where, ensure_ascii=False)
        execute(
            f"INSERT INTO issues (id, digest, frozen, conditions) VALUES (?, ?, {_NOW}, ?)",
            (issue.id, issue.digest, chosen),
        )
        row = self.find(issue.id)
        assert row is not None
        statement = (
            f"INSERT OR IGNORE INTO recipients (issue, position, email, fields) VALUES (?, ?, ?, {json_object(fields)})"
        )
        values = ((row.key, who.line, who.email, *map(who.fields.get, fields, fields.values())) for who in recipients)
        while part := list(islice(values, _ROWS)):
            self.connection.executemany(statement, part)
        execute(
            f"UPDATE recipients SET state = 'skipped' WHERE issue = ? AND state IS NULL AND {_SUPPRESSED}", (row.key,)
        )
        self._make_batches(row.key, fits, most)
        return row

    def _make_batches(self, key: int, fits: Callable[[int, int], bool], most: int) -> None:
        """Assign everybody who is not suppressed to a batch, in the order of the file."""
        number, end, room = 0, 0, most
        while True:
            first, last, people, size = self.connection.execute(
                "SELECT min(position), max(position), count(*), sum(size) FROM (SELECT position,"
                " length(email) + length(CAST(fields AS BLOB)) AS size FROM recipients"
                " WHERE issue = ? AND position > ? AND state IS NULL ORDER BY position LIMIT ?)",
                (key, end, room),
            ).fetchone()
            if not people:
                return
            if people > 1 and not fits(people, size):
                room = people // 2
                continue
            number, end, room = number + 1, last, min(most, room * 2)
            self.connection.execute(
                "INSERT INTO batches (issue, number, first, last) VALUES (?, ?, ?, ?)", (key, number, first, last)
            )

    def take_over(self, other: Records, row: IssueRow) -> None:
        """Copy another journal's record of an issue into this one, which has none yet."""
        with other.reading(), self.transaction():
            for table in ("issues", "recipients", "batches", "attempts"):
                key = "key" if table == "issues" else "issue"
                rows = other.connection.execute(f"SELECT * FROM {table} WHERE {key} = ?", (row.key,))
                names = [name for name, *_ in rows.description]
                values = ", ".join("?" * len(names))
                self.connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})", rows)

    def schedule(self, key: int, schedule: str, minutes: int) -> IssueRow:
        """Record the id of an undo window that begins now, within the caller's transaction."""
        self.connection.execute(
            "UPDATE issues SET schedule_id = ?, schedule_at = strftime('%s', 'now') + ? * 60 WHERE key = ?",
            (schedule, minutes, key),
        )
        (issue,) = self.connection.execute("SELECT id FROM issues WHERE key = ?", (key,)).fetchone()
        row = self.find(issue)
        assert row is not None
        return row

    def cancel(self, key: int) -> None:
        """Record that an issue was cancelled: pending recipients are skipped, and nothing more of it is sent."""
        with self.transaction():
            self.connection.execute(f"UPDATE issues SET cancelled = {_NOW} WHERE key = ? AND cancelled = ''", (key,))
            spans = self.connection.execute(
                "SELECT issue, first, last FROM batches WHERE issue = ? AND state = 'pending'", (key,)
            ).fetchall()
            self.connection.executemany(
                "UPDATE recipients SET state = 'skipped'"
                " WHERE issue = ? AND position BETWEEN ? AND ? AND state IS NULL",
                spans,
            )

    def begin(self, key: int, number: int, room: int | None = None) -> Batch | None:
        """Move a pending batch to *submitting* without the suppressed; return None if nobody is left in it.

        Of more than `room` recipients (None: any number), the others get a batch of their own, which is pending.
        When this returns, it is recorded on disk that the request may be sent.
        """
        with self.transaction():
            first, last, attempts = self._pending(key, number)
            span = (key, first, last)
            self.connection.execute(
                f"UPDATE recipients SET state = 'skipped' WHERE {HERE} AND (email IS NULL OR {_SUPPRESSED})", span
            )
            people = self._recipients(span)
            rest = 0
            if room is not None and len(people) > room:
                people = people[:room]
                rest = self._split(key, number, people[-1].line)
            if people:
                self._attempt(key, number, attempts + 1)
        return Batch(number=number, attempt=attempts + 1, recipients=people, rest=rest) if people else None

    def _split(self, key: int, number: int, last: int) -> int:
        """Let a batch end at the position `last`, and return the number of a new one with those after it."""
        (new,) = self.connection.execute("SELECT max(number) + 1 FROM batches WHERE issue = ?", (key,)).fetchone()
        self.connection.execute(
            "INSERT INTO batches (issue, number, first, last)"
            " SELECT issue, ?, ? + 1, last FROM batches WHERE issue = ? AND number = ?",
            (new, last, key, number),
        )
        self.connection.execute("UPDATE batches SET last = ? WHERE issue = ? AND number = ?", (last, key, number))
        return int(new)

    def _pending(self, key: int, number: int) -> tuple[int, int, int]:
        """Return a pending batch's first and last position and its attempts."""
        row = self.connection.execute(
            "SELECT first, last, attempts FROM batches WHERE issue = ? AND number = ? AND state = 'pending'",
            (key, number),
        ).fetchone()
        if row is None:
            raise self._changed(number, State.PENDING)
        return int(row[0]), int(row[1]), int(row[2])

    def _changed(self, number: int, state: State) -> StorageError:
        hint = "only one run at a time is possible: do not remove the lock file; see 'newsletter status'"
        return StorageError(f"batch {number} is not {state} any more: another run is in progress", hint=hint)

    def _attempt(self, key: int, number: int, attempt: int) -> None:
        self.connection.execute(
            "UPDATE batches SET state = 'submitting', attempts = ? WHERE issue = ? AND number = ?",
            (attempt, key, number),
        )
        self.connection.execute(
            f"INSERT INTO attempts (issue, batch, number, state, began) VALUES (?, ?, ?, 'submitting', {_NOW})",
            (key, number, attempt),
        )

    def finish(self, key: int, batch: Batch, outcome: Outcome) -> State:
        """Record the outcome of a batch that was *submitting*, and return its new state."""
        state, answer, message_id = _result(outcome)
        named = isinstance(outcome, Refused) and outcome.scope == "recipients"
        with self.transaction():
            if isinstance(outcome, Refused):
                self.connection.executemany(
                    "UPDATE recipients SET state = 'failed' WHERE issue = ? AND position = ?",
                    ((key, batch.recipients[index].line) for index in outcome.recipients),
                )
            if not self._moved(key, batch.number, State.SUBMITTING, state):
                raise self._changed(batch.number, State.SUBMITTING)
            self.connection.execute(
                f"UPDATE attempts SET state = ?, answer = ?, message_id = ?, ended = {_NOW}"
                " WHERE issue = ? AND batch = ? AND number = ?",
                (State.FAILED if named else state, answer, message_id, key, batch.number, batch.attempt),
            )
        return state

    def mark_orphans_uncertain(self) -> int:
        """Turn every *submitting* batch into an *uncertain* one: its run ended without a result. Return their number.

        Only for the holder of the lock: then no other run can be submitting it.
        """
        with self.transaction():
            self.connection.execute(
                "UPDATE attempts SET state = 'uncertain', answer = 'the run ended before the answer came',"
                f" ended = {_NOW} WHERE state = 'submitting'"
            )
            return self.connection.execute("UPDATE batches SET state = 'uncertain' WHERE state = 'submitting'").rowcount

    def resolve(self, key: int, number: int, state: State, answer: str) -> None:
        """Settle one uncertain batch as `state`, submitted or pending; `answer` names the source of the decision.

        Raises UsageError if it is not uncertain.
        """
        with self.transaction():
            if not self._moved(key, number, State.UNCERTAIN, state):
                hint = "'newsletter status' lists the batches that are"
                raise UsageError(f"batch {number} is not uncertain", hint=hint)
            self.connection.execute(
                "UPDATE attempts SET state = ?, answer = answer || '; ' || ?"
                " WHERE issue = ? AND batch = ? AND state = 'uncertain'",
                (state, answer, key, number),
            )

    def forget_before(self, before: datetime) -> int:
        """Delete addresses of settled recipients in issues frozen before the aware `before`; return their number."""
        moment = before.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")  # with a year of four digits
        return self._forget(
            "issue IN (SELECT key FROM issues WHERE frozen < ?) AND (state IS NOT NULL OR EXISTS ("
            " SELECT 1 FROM batches b WHERE b.issue = recipients.issue AND b.state IN ('submitted', 'failed')"
            " AND recipients.position BETWEEN b.first AND b.last))",
            moment,
        )

    def forget_person(self, email: str) -> int:
        """Delete one address, regardless of case, from every issue; return the number of issues that had it."""
        return self._forget("email = ?", email)

    def _forget(self, whom: str, value: str) -> int:
        """Delete addresses and fields, on the disk as well: the file is written again without them.

        Freed pages are overwritten, but parts of pages in use keep what was there until they are used again.
        """
        with storage(self.path):
            self.connection.execute("PRAGMA secure_delete = ON")
        with self.transaction():
            number = self.connection.execute(
                f"UPDATE recipients SET email = NULL, fields = NULL WHERE email IS NOT NULL AND {whom}", (value,)
            ).rowcount
        with storage(self.path):
            self.connection.execute("VACUUM")
        self.checkpoint()
        return number

    def _moved(self, key: int, number: int, before: State, after: State) -> bool:
        """Move a batch from one state to another; return whether it was in the first."""
        changed = self.connection.execute(
            "UPDATE batches SET state = ? WHERE issue = ? AND number = ? AND state = ?", (after, key, number, before)
        )
        return changed.rowcount > 0


_NOW = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
_SUPPRESSED = "email IN (SELECT email FROM temp.suppressed)"


def _result(outcome: Outcome) -> tuple[State, str, str]:
    """Return a batch's new state by an outcome: (state, answer, message id)."""
    match outcome:
        case Accepted():
            return State.SUBMITTED, "accepted", outcome.message_id
        case Refused(scope="request"):
            return State.FAILED, outcome.reason, ""
        case Uncertain():
            return State.UNCERTAIN, outcome.reason, ""
        case Refused() | RetryLater():
            return State.PENDING, outcome.reason, ""
        case NotSent():
            return State.PENDING, "", ""
