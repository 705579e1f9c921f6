# ruff: noqa: S608 - what is put into a statement is a constant of this file
"""Queries of the journal: the issues whose sending began, the recipients' states, and the last answer for a batch."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from newsletter.sender.recipients import Recipient
from newsletter.sender.schema import BATCHES, CALLED_BACK, HERE, SUBMITTED_SINCE
from newsletter.sender.status import Mode, State, Status, WouldBlock, summarise
from newsletter.sender.store import Store, storage, understood

__all__ = ["Batch", "BatchRow", "IssueRow", "Records"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One batch to be sent: `attempt` counts from 1; `recipients` are the pending ones.

    `rest` is the number of the batch that got those for whom there was no room, 0 where there was.
    """

    number: int
    attempt: int
    recipients: tuple[Recipient, ...]
    rest: int = 0


@dataclass(frozen=True, slots=True)
class IssueRow:
    """The journal's row of an issue; the schedule is that of its undo window, "" and 0 without one.

    `called_back`: it was cancelled early enough in that window that the provider delivers nothing of it. `generation`
    grows with each run. `where` are the conditions by which its audience was chosen.
    """

    key: int
    id: str
    digest: str
    frozen: str
    schedule_id: str
    schedule_at: int
    cancelled: str
    called_back: bool
    generation: int = 0
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """The journal's row of a batch: the number of recipients with its state, and the last answer."""

    number: int
    state: State
    recipients: int
    attempts: int
    began: str
    answer: str


class Records(Store):
    """The read-only part of the journal."""

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read a consistent snapshot of the journal, even while a run writes to it."""
        with storage(self.path):
            self.connection.execute("BEGIN")
            try:
                yield
            finally:
                self.connection.execute("ROLLBACK")

    def find(self, issue: str) -> IssueRow | None:
        """Return the journal's row of an issue; None if its sending has not begun."""
        generation = "generation" if self.version > 1 else "0"
        conditions = "conditions" if self.version > 2 else "'[]'"
        with storage(self.path):
            row = self.connection.execute(
                f"SELECT key, id, digest, frozen, schedule_id, schedule_at, cancelled, {CALLED_BACK}, {generation},"
                f" {conditions}"
                " FROM issues WHERE id = ?",
                (issue,),
            ).fetchone()
        with understood(self.path):
            return IssueRow(*(*row[:7], bool(row[7]), row[8], tuple(json.loads(row[9])))) if row else None

    def clock(self) -> int:
        """Return the time, in seconds since 1970, as the journal's own times are."""
        with storage(self.path):
            return int(self._value("SELECT strftime('%s', 'now')"))

    def submitted_since(self, start: datetime) -> int:
        """Return how many recipients of all issues were, or may have been, submitted since the aware `start`."""
        moment = start.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
        with storage(self.path):
            (number,) = self.connection.execute(SUBMITTED_SINCE, (f"{moment}Z",)).fetchone()
        return int(number)

    def latest(self) -> tuple[str, ...]:
        """List the issues that were not cancelled, the one frozen last in front."""
        with storage(self.path):
            rows = self.connection.execute("SELECT id FROM issues WHERE cancelled = '' ORDER BY key DESC").fetchall()
        return tuple(issue for (issue,) in rows)

    def tokens(self, issue: str) -> str:
        """Return the tokens that say that an issue's claim is this journal's, the latest last; "" without a claim."""
        if self.version < 2:
            return ""
        with storage(self.path):
            row = self.connection.execute("SELECT tokens FROM claims WHERE issue = ?", (issue,)).fetchone()
        return str(row[0]) if row else ""

    def open_claims(self) -> tuple[str, ...]:
        """List the issues whose claim does not say yet that nothing is left to do."""
        with storage(self.path):
            rows = self.connection.execute("SELECT issue FROM claims WHERE closed = 0 ORDER BY issue").fetchall()
        return tuple(issue for (issue,) in rows)

    def known_suppressed(self, path: Path, issues: str) -> int:
        """Return how many people were in the suppression file at `path` when it was last seen with somebody in it.

        Where no file was ever seen, it is how many the issues whose names begin with `issues` skipped.
        """
        with storage(self.path):
            seen = self.connection.execute("SELECT path, people FROM suppression_files") if self.version > 1 else ()
            if people := dict(seen):
                return int(people.get(str(path), 0))
            (skipped,) = self.connection.execute(
                "SELECT count(*) FROM recipients r JOIN issues i ON i.key = r.issue"
                " WHERE r.state = 'skipped' AND i.cancelled = '' AND substr(i.id, 1, ?) = ?",
                (len(issues), issues),
            ).fetchone()
        return int(skipped)

    def known(self) -> frozenset[str]:
        """Return the issues whose sending has begun."""
        with storage(self.path):
            return frozenset(issue for (issue,) in self.connection.execute("SELECT id FROM issues"))

    def issues(self, *states: State) -> tuple[str, ...]:
        """List the issues with a nonempty batch in one of `states`, in the order in which they were frozen.

        Batches that were called back do not count as submitted.
        """
        marks = ", ".join("?" * len(states))
        with storage(self.path):
            rows = self.connection.execute(
                f"SELECT id FROM issues i WHERE EXISTS (SELECT 1 FROM batches b JOIN recipients r ON r.issue = b.issue"
                f" AND r.position BETWEEN b.first AND b.last AND r.state IS NULL"
                f" WHERE b.issue = i.key AND b.state IN ({marks}) AND NOT (b.state = 'submitted' AND {CALLED_BACK}))"
                " ORDER BY key",
                states,
            ).fetchall()
        return tuple(issue for (issue,) in rows)

    def status(self, row: IssueRow, mode: Mode = "live", would_block: tuple[WouldBlock, ...] = ()) -> Status:
        """Return the status of an issue."""
        batches = self.batches(row.key)
        tallies = (*self._own_states(row.key), *((batch.state, batch.recipients) for batch in batches))
        return summarise(
            row.id,
            tallies,
            batches=len(batches),
            digest=row.digest,
            mode=mode,
            would_block=would_block,
            where=row.where,
        )

    def _own_states(self, key: int) -> list[tuple[State, int]]:
        """Count the recipients with a state other than that of their batch."""
        with storage(self.path):
            rows = self.connection.execute(
                "SELECT state, count(*) FROM recipients WHERE issue = ? AND state IS NOT NULL GROUP BY state", (key,)
            ).fetchall()
        with understood(self.path):
            return [(State(state), number) for state, number in rows]

    def states(self, key: int) -> dict[int, State]:
        """Return the state of each of an issue's batches, in their order, including empty ones."""
        with storage(self.path):
            rows = self.connection.execute(
                "SELECT number, state FROM batches WHERE issue = ? ORDER BY number", (key,)
            ).fetchall()
        with understood(self.path):
            return {number: State(state) for number, state in rows}

    def batches(self, key: int) -> tuple[BatchRow, ...]:
        """List an issue's batches in their order."""
        with storage(self.path):
            rows = self.connection.execute(BATCHES, (key,)).fetchall()
        with understood(self.path):
            return tuple(
                BatchRow(
                    number=number,
                    state=State(state),
                    recipients=recipients,
                    attempts=attempts,
                    began=began or "",
                    answer=answer or "",
                )
                for number, state, recipients, attempts, began, answer in rows
            )

    def answers(self, key: int, state: State) -> tuple[str, ...]:
        """Return the last answers for the issue's nonempty batches in `state`, each answer once."""
        found = (batch.answer for batch in self.batches(key) if batch.state is state and batch.recipients)
        return tuple(dict.fromkeys(filter(None, found)))

    def sample(self, key: int, number: int, most: int) -> tuple[str, ...]:
        """Return some addresses of a batch, at most `most`."""
        with storage(self.path):
            rows = self.connection.execute(
                "SELECT r.email FROM batches b JOIN recipients r ON r.issue = b.issue"
                " AND r.position BETWEEN b.first AND b.last AND r.state IS NULL AND r.email IS NOT NULL"
                " WHERE b.issue = ? AND b.number = ? ORDER BY r.position LIMIT ?",
                (key, number, most),
            ).fetchall()
        return tuple(email for (email,) in rows)

    def refused(self, key: int) -> tuple[str, ...]:
        """Return the addresses that the provider refused by name."""
        with storage(self.path):
            rows = self.connection.execute(
                "SELECT email FROM recipients WHERE issue = ? AND state = 'failed' AND email IS NOT NULL", (key,)
            ).fetchall()
        return tuple(email for (email,) in rows)

    def refusals(self, key: int) -> tuple[str, ...]:
        """Return the provider's answers about the recipients whom it refused by name, each once."""
        with storage(self.path):
            rows = self.connection.execute(
                "SELECT DISTINCT a.answer FROM attempts a JOIN batches b ON b.issue = a.issue AND b.number = a.batch"
                " WHERE a.issue = ? AND a.state = 'failed' AND b.state != 'failed' ORDER BY a.batch, a.number",
                (key,),
            ).fetchall()
        return tuple(answer for (answer,) in rows)

    def is_held(self, key: int) -> bool:
        """Return whether an issue's undo window is open: the provider holds back what it was given."""
        with storage(self.path):
            return bool(self._value(f"SELECT schedule_at > strftime('%s', 'now') + 0 FROM issues WHERE key = {key:d}"))

    def waiting(self, key: int) -> Iterator[Recipient]:
        """Yield the pending recipients of an issue, except those whose address was deleted."""
        with storage(self.path):
            spans = self.connection.execute(
                "SELECT issue, first, last FROM batches WHERE issue = ? AND state = 'pending' ORDER BY number", (key,)
            ).fetchall()
            for span in spans:
                yield from self._recipients(span)

    def _recipients(self, span: tuple[int, int, int]) -> tuple[Recipient, ...]:
        """Read a batch's recipients as one row: a thousand rows would wait a thousand times for Python's lock."""
        positions, emails, fields = self.connection.execute(
            "SELECT group_concat(position, ' '), group_concat(email, ' '), group_concat(fields)"
            f" FROM (SELECT * FROM recipients WHERE {HERE} AND email IS NOT NULL ORDER BY position)",
            span,
        ).fetchone()
        if not positions:
            return ()
        with understood(self.path):
            return tuple(map(Recipient, emails.split(), json.loads(f"[{fields}]"), map(int, positions.split())))
