"""The journal: what may become what, and that it is what it says after any history."""

import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from newsletter.errors import StorageError, UsageError
from newsletter.sender.journal import Batch, Journal, open_journal, read_journal, temporary_journal
from newsletter.sender.lock import file_system, is_locked, locked
from newsletter.sender.provider import Accepted, NotSent, Outcome, Refused, RetryLater, Uncertain
from newsletter.sender.recipients import Recipient
from newsletter.sender.schema import MIGRATIONS
from newsletter.sender.status import State
from tests.sender.conftest import make_issue

OUTCOMES: tuple[tuple[Outcome, State], ...] = (  # each with what becomes of the batch
    (Accepted(message_id="m"), State.SUBMITTED),
    (Refused(scope="account", reason="key"), State.PENDING),
    (Refused(scope="request", reason="size"), State.FAILED),
    (RetryLater(reason="limit"), State.PENDING),
    (Uncertain(reason="reset"), State.UNCERTAIN),
    (NotSent(), State.PENDING),
)
PEOPLE = 2400


def freeze(journal: Journal, people: int = PEOPLE) -> int:
    """Freeze an audience; give the issue's key."""
    recipients = (Recipient(f"p{number}@example.org", {}, number + 2) for number in range(people))
    with journal.transaction():
        return journal.freeze(make_issue(Path("/nowhere")), recipients, {}).key


class JournalMachine(RuleBasedStateMachine):
    """Random histories of one issue of three batches, next to a model of one state a person."""

    def __init__(self) -> None:
        """Freeze an audience, and model it."""
        super().__init__()
        self.journal = temporary_journal()
        self.key = freeze(self.journal)
        self.model = dict.fromkeys(range(PEOPLE), State.PENDING)
        self.batches = {1: range(1000), 2: range(1000, 2000), 3: range(2000, PEOPLE)}
        self.states = dict.fromkeys(self.batches, State.PENDING)
        self.flying: dict[int, Batch] = {}
        self.settled: dict[int, str] = {}
        self.gone: set[int] = set()

    def members(self, number: int) -> list[int]:
        """List who is in the state of a batch."""
        return [person for person in self.batches[number] if self.model[person] not in (State.FAILED, State.SKIPPED)]

    def move(self, number: int, state: State) -> None:
        """Move a batch of the model."""
        for person in self.members(number):
            self.model[person] = state
        self.states[number] = state

    def numbered(self, state: State) -> list[int]:
        """List the batches in a state."""
        return [number for number, now in self.states.items() if now is state]

    @rule(person=st.integers(0, PEOPLE - 1))
    def suppress(self, person: int) -> None:
        """Somebody leaves; it counts from the next submission on."""
        self.journal.suppress([f"P{person}@example.org"])
        self.gone.add(person)

    @precondition(lambda self: self.numbered(State.PENDING))
    @rule(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """Take a pending batch under way."""
        number = data.draw(st.sampled_from(self.numbered(State.PENDING)))
        self.model |= dict.fromkeys(self.gone.intersection(self.members(number)), State.SKIPPED)
        batch = self.journal.begin(self.key, number)
        people = self.members(number)
        assert (
            [who.email for who in batch.recipients] if batch else [f"p{person}@example.org" for person in people] == []
        )
        if batch:
            self.flying[number] = batch
            self.move(number, State.SUBMITTING)

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), answer=st.sampled_from(OUTCOMES))
    def finish(self, data: st.DataObject, answer: tuple[Outcome, State]) -> None:
        """Get an answer."""
        outcome, state = answer
        number = data.draw(st.sampled_from(sorted(self.flying)))
        assert self.journal.finish(self.key, self.flying.pop(number), outcome) is state
        self.move(number, state)

    @precondition(lambda self: self.flying)
    @rule(data=st.data())
    def refuse_some(self, data: st.DataObject) -> None:
        """Get an answer that names one recipient."""
        number = data.draw(st.sampled_from(sorted(self.flying)))
        batch = self.flying.pop(number)
        place = data.draw(st.integers(0, len(batch.recipients) - 1))
        outcome = Refused(scope="recipients", reason="address", recipients=(place,))
        self.model[batch.recipients[place].line - 2] = State.FAILED
        assert self.journal.finish(self.key, batch, outcome) is State.PENDING
        self.move(number, State.PENDING)

    @rule()
    def crash(self) -> None:
        """Die, and let the next run find what was under way."""
        assert self.journal.mark_orphans_uncertain() == len(self.flying)
        for number in self.flying:
            self.move(number, State.UNCERTAIN)
        self.flying = {}

    @rule(number=st.integers(1, 3), state=st.sampled_from([State.SUBMITTED, State.PENDING]))
    def resolve(self, number: int, state: State) -> None:
        """Let a person decide; only what is uncertain can be decided."""
        if self.states[number] is State.UNCERTAIN:
            self.journal.resolve(self.key, number, state, "decided")
            self.move(number, state)
        else:
            with pytest.raises(UsageError):
                self.journal.resolve(self.key, number, state, "decided")

    @invariant()
    def it_adds_up(self) -> None:
        """Compare the status with the model's; its sum is the audience."""
        row = self.journal.find("2025-W20")
        assert row is not None
        status = self.journal.status(row)
        counts: Counter[State] = Counter(
            State.UNCERTAIN if state is State.SUBMITTING else state for state in self.model.values()
        )
        names = ("submitted", "failed", "uncertain", "pending", "skipped")
        assert [getattr(status, name) for name in names] == [counts[State(name)] for name in names]
        assert status.audience == PEOPLE == sum(getattr(status, name) for name in names)

    @invariant()
    def everybody_is_where_the_model_has_them(self) -> None:
        """Compare person by person; who is submitted, failed or skipped never becomes anything else."""
        people = self.kept()
        assert people == self.model
        assert people.items() >= self.settled.items()
        final = (State.SUBMITTED, State.FAILED, State.SKIPPED)
        self.settled = {person: state for person, state in people.items() if state in final}

    def kept(self) -> dict[int, str]:
        """Read everybody's state straight from the journal's tables."""
        rows = self.journal.connection.execute(
            "SELECT r.position - 2, coalesce(r.state, b.state) FROM recipients r JOIN batches b"
            " ON b.issue = r.issue AND r.position BETWEEN b.first AND b.last"
        )
        return dict(rows.fetchall())

    def teardown(self) -> None:
        """Close the journal."""
        self.journal.connection.close()


JournalMachine.TestCase.settings = settings(deadline=None, max_examples=25, stateful_step_count=25)
TestJournal = JournalMachine.TestCase


@pytest.mark.parametrize(("outcome", "state"), OUTCOMES)
def test_what_an_answer_makes_of_a_batch(outcome: Outcome, state: State) -> None:
    """Each kind of answer has its state, in what is given back and in the journal."""
    with temporary_journal() as journal:
        key = freeze(journal, 3)
        batch = journal.begin(key, 1)
        assert batch is not None
        assert journal.finish(key, batch, outcome) is state
        assert [each.state for each in journal.batches(key)] == [state]


def test_every_attempt_is_kept(tmp_path: Path) -> None:
    """Each try of a batch has a row with its times, what it became, the answer and the message id."""
    with open_journal(tmp_path / "j") as journal:
        key = freeze(journal, 3)
        for outcome in (RetryLater(reason="HTTP 429"), Accepted(message_id="m-7")):
            batch = journal.begin(key, 1)
            assert batch is not None
            journal.finish(key, batch, outcome)
        rows = journal.connection.execute("SELECT number, state, answer, message_id, began <= ended FROM attempts")
        assert rows.fetchall() == [(1, "pending", "HTTP 429", "", 1), (2, "submitted", "accepted", "m-7", 1)]


@pytest.mark.parametrize(("most", "spans"), [(1, [1, 1, 1, 1, 1]), (2, [2, 1, 2]), (3, [2, 3]), (9, [5])])
def test_batches_are_as_small_as_they_have_to_be(most: int, spans: list[int]) -> None:
    """People who do not fit into one request are parted, down to one a batch; all of them in the file's order."""
    people = [Recipient(f"p{number}@example.org", {}, number + 2) for number in range(5)]
    with temporary_journal() as journal:
        with journal.transaction():
            key = journal.freeze(make_issue(Path("/nowhere")), people, {}, lambda number, size: number <= most).key
        batches = [journal.begin(key, number) for number in journal.states(key)]
    assert [len(batch.recipients) for batch in batches if batch] == spans
    assert [who.line for batch in batches if batch for who in batch.recipients] == [2, 3, 4, 5, 6]


def test_one_who_fits_no_request_has_a_batch() -> None:
    """Parting ends with one: SendGrid may say no, and the others go on."""
    with temporary_journal() as journal:
        with journal.transaction():
            people = [Recipient(f"p{number}@example.org", {}, number + 2) for number in range(2)]
            key = journal.freeze(make_issue(Path("/nowhere")), people, {}, lambda number, size: False).key
        assert [each.recipients for each in journal.batches(key)] == [1, 1]


def test_a_second_cancel_keeps_the_time_of_the_first() -> None:
    """It decides what the provider promised to drop."""
    with temporary_journal() as journal:
        key = freeze(journal, 3)
        times = []
        for _ in range(2):
            journal.cancel(key)
            row = journal.find("2025-W20")
            assert row is not None
            times.append(row.cancelled)
            time.sleep(0.01)  # the journal's times have milliseconds
        assert times[0] == times[1] != ""


def test_a_decision_leaves_earlier_attempts_alone() -> None:
    """What SendGrid answered before, and what was decided before, stays as it was written down."""
    with temporary_journal() as journal:
        key = freeze(journal, 3)
        for outcome in (RetryLater(reason="HTTP 429"), Uncertain(reason="reset"), Uncertain(reason="hung up")):
            batch = journal.begin(key, 1)
            assert batch is not None
            if journal.finish(key, batch, outcome) is State.UNCERTAIN:
                last = batch.attempt == 3
                journal.resolve(key, 1, State.SUBMITTED if last else State.PENDING, "seen" if last else "not there")
        rows = journal.connection.execute("SELECT number, state, answer FROM attempts ORDER BY number").fetchall()
    assert rows == [
        (1, "pending", "HTTP 429"),
        (2, "pending", "reset; not there"),
        (3, "submitted", "hung up; seen"),
    ]


def test_an_address_counts_once_in_an_issue_and_again_in_the_next(tmp_path: Path) -> None:
    """Case does not tell two addresses apart; issues do."""
    people = [Recipient("a@example.org", {}, 2), Recipient("A@EXAMPLE.ORG", {}, 3)]
    with open_journal(tmp_path / "j") as journal:
        for name in ("one", "two"):
            with journal.transaction():
                row = journal.freeze(make_issue(tmp_path, name), people, {})
            assert journal.status(row).audience == 1


def test_a_broken_freeze_leaves_nothing(tmp_path: Path) -> None:
    """The audience is there as a whole or not at all."""
    with open_journal(tmp_path / "j") as journal:
        with pytest.raises(ZeroDivisionError), journal.transaction():
            journal.freeze(
                make_issue(tmp_path), (Recipient(f"p{1 // (3 - n)}@example.org", {}, n) for n in range(9)), {}
            )
        assert journal.find("2025-W20") is None


@pytest.mark.parametrize(("year", "forgotten"), [(1, 0), (300, 0), (9999, 3)])
def test_any_year_can_be_forgotten_before(tmp_path: Path, year: int, forgotten: int) -> None:
    """Times are compared as such, also where the year has fewer than four digits."""
    with open_journal(tmp_path / "j") as journal:
        key = freeze(journal, 3)
        batch = journal.begin(key, 1)
        assert batch is not None
        journal.finish(key, batch, Accepted())
        assert journal.forget_before(datetime(year, 12, 30, tzinfo=UTC)) == forgotten


def test_who_may_still_be_needed_is_not_forgotten(tmp_path: Path) -> None:
    """Of accepted and refused batches everybody is, of uncertain and pending ones only who was refused by name."""
    outcomes: dict[Outcome, int] = {
        Accepted(): 3,
        Refused(scope="request", reason="size"): 3,
        Uncertain(reason="reset"): 0,
        NotSent(): 0,
        Refused(scope="recipients", reason="address", recipients=(0, 2)): 2,
    }
    with open_journal(tmp_path / "j") as journal:
        for number, (outcome, forgotten) in enumerate(outcomes.items()):
            with journal.transaction():
                people = (Recipient(f"p{number}@example.org", {}, number + 2) for number in range(3))
                key = journal.freeze(make_issue(tmp_path, f"issue-{number}"), people, {}).key
            batch = journal.begin(key, 1)
            assert batch is not None
            journal.finish(key, batch, outcome)
            assert journal.forget_before(datetime(9999, 12, 30, tzinfo=UTC)) == forgotten


def test_who_failed_is_forgotten(tmp_path: Path) -> None:
    """Those refused by name in a batch that goes on, and those of a batch that was refused as a whole."""
    with open_journal(tmp_path / "j") as journal:
        key = freeze(journal)
        named = Refused(scope="recipients", reason="bad address", recipients=(0, 7))
        for number, outcome in ((1, named), (2, Refused(scope="request", reason="too large"))):
            batch = journal.begin(key, number)
            assert batch is not None
            journal.finish(key, batch, outcome)
        assert journal.forget_before(datetime(9999, 12, 30, tzinfo=UTC)) == 1002
        assert (journal.refused(key), journal.sample(key, 2, 5)) == ((), ())
        assert len(journal.sample(key, 1, 1000)) == 998
        row = journal.find("2025-W20")
        assert row is not None
        status = journal.status(row)
        assert (status.failed, status.pending) == (1002, 1398)


def test_a_transaction_within_another_is_a_part_of_it(tmp_path: Path) -> None:
    """What was done in the inner one goes with the outer one."""
    with open_journal(tmp_path / "j") as journal:
        with suppress(ZeroDivisionError), journal.transaction():
            freeze(journal, 3)
            raise ZeroDivisionError
        assert journal.known() == frozenset()
        freeze(journal, 3)
        assert journal.known() == {"2025-W20"}


def test_a_journal_is_durable_and_private(tmp_path: Path) -> None:
    """It is a write-ahead log that is synced with every commit, and its owner's only."""
    with open_journal(tmp_path / "j") as journal:
        assert journal.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert journal.connection.execute("PRAGMA synchronous").fetchone() == (2,)
        freeze(journal, 1)
        assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_another_database_is_not_taken_for_a_journal(tmp_path: Path) -> None:
    """A SQLite file of something else is refused and left alone."""
    other = sqlite3.connect(tmp_path / "j")
    other.execute("CREATE TABLE theirs (x)")
    other.commit()
    other.close()
    with pytest.raises(StorageError, match="not a journal"):
        open_journal(tmp_path / "j")


def test_an_empty_file_is_not_taken_for_a_new_journal(tmp_path: Path) -> None:
    """A journal has its tables from the moment it is there: where they are gone, so is what readers got."""
    (tmp_path / "j").touch()
    for use in (open_journal, read_journal):
        with pytest.raises(StorageError, match="empty") as caught:
            use(tmp_path / "j")
        assert "backup" in caught.value.hint
    assert (tmp_path / "j").stat().st_size == 0


LOOK = """
import os, sys
from pathlib import Path
from newsletter.sender.journal import read_journal
if os.geteuid() == 0:
    os.setuid(65534)
print(sorted(read_journal(Path(sys.argv[1])).known()))
"""


def test_a_folder_that_cannot_be_written_can_be_looked_at() -> None:
    """Without its helpers beside it SQLite needs to be told that nothing changes; with a log to fix it refuses."""
    with tempfile.TemporaryDirectory() as name:  # in which another user may look, unlike tmp_path
        folder = Path(name)
        with open_journal(folder / "j") as journal:
            freeze(journal, 3)
        (folder / "j").chmod(0o444)

        def look() -> subprocess.CompletedProcess[str]:
            folder.chmod(0o555)
            command = [sys.executable, "-c", LOOK, str(folder / "j")]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            folder.chmod(0o755)
            return done

        assert look().stdout == "['2025-W20']\n"
        (folder / "j-wal").write_bytes(b"x")
        assert "unable to open database file" in look().stderr


def test_any_number_of_fields_is_kept(tmp_path: Path) -> None:
    """More than one function of SQLite's takes."""
    fields = {f"f'{number}": "standard" for number in range(130)}
    who = Recipient("a@example.org", {name: name for name in list(fields)[::2]}, 2)
    with open_journal(tmp_path / "j") as journal:
        with journal.transaction():
            key = journal.freeze(make_issue(tmp_path), [who], fields).key
        assert [one.fields for one in journal.waiting(key)] == [{**fields, **who.fields}]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE batches SET state = 'submittex'",
        "UPDATE recipients SET state = 'x' WHERE position = 2",
        "UPDATE recipients SET fields = '{'",
        "UPDATE recipients SET fields = CAST(x'ff7b' AS TEXT)",
        "UPDATE recipients SET email = CAST(x'ff40' AS TEXT) WHERE position = 2",
    ],
)
def test_what_was_never_written_is_damage(tmp_path: Path, damage: str) -> None:
    """A disk may give anything back: it is told as damage, with a backup as the cure."""
    with open_journal(tmp_path / "j") as journal:
        key = freeze(journal, 3)
        row = journal.find("2025-W20")
        assert row is not None
        journal.connection.execute("PRAGMA ignore_check_constraints = ON")
        journal.connection.execute(damage)
        with pytest.raises(StorageError) as caught:
            journal.batches(key), journal.status(row), journal.begin(key, 1)
        assert "backup" in caught.value.hint


def test_reading_makes_no_file(tmp_path: Path) -> None:
    """Who only looks leaves no journal behind."""
    assert read_journal(tmp_path / "j") is None
    assert list(tmp_path.iterdir()) == []


def test_reading_mends_what_a_killed_run_left(tmp_path: Path) -> None:
    """A file that died in the middle of a change can be looked at, and shows the state before that change."""
    (tmp_path / "dead").mkdir()
    with open_journal(tmp_path / "j") as journal:
        freeze(journal, 3)
        execute = journal.connection.execute
        execute("PRAGMA journal_mode = DELETE")
        execute("PRAGMA cache_size = 1")
        execute("BEGIN IMMEDIATE")
        execute("UPDATE batches SET state = 'submitting'")
        for number in range(100, 3000):
            execute(
                "INSERT INTO recipients (issue, position, email) VALUES (1, ?, ?)", (number, f"q{number}@example.org")
            )
        for name in ("j", "j-journal"):
            shutil.copy(tmp_path / name, tmp_path / "dead" / name)
        execute("ROLLBACK")
    reader = read_journal(tmp_path / "dead" / "j")
    assert reader is not None
    with reader:
        assert [(batch.state, batch.recipients) for batch in reader.batches(1)] == [(State.PENDING, 3)]


def test_migrations_are_counted(tmp_path: Path) -> None:
    """A new journal has the latest version, and opening it again changes nothing."""
    for _ in range(2):
        with open_journal(tmp_path / "j") as journal:
            assert journal.check() == len(MIGRATIONS)


def test_the_lock_is_the_kernel_s(tmp_path: Path) -> None:
    """It can be seen from outside, and is gone with its holder."""
    assert not is_locked(tmp_path / "j")
    with locked(tmp_path / "j"):
        assert is_locked(tmp_path / "j")
    assert not is_locked(tmp_path / "j")


MOUNTS = r"""
22 1 254:0 / / rw - ext4 /dev/vda rw
30 22 0:40 / /srv rw,relatime shared:1 - nfs4 server:/export rw
31 30 0:41 / /srv/local\040disk rw - xfs /dev/vdb rw
32 22 0:42 / /home/me/remote rw - fuse.sshfs me@host: rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/journal", "ext4"),
        ("/srv/issues/journal", "nfs4"),
        ("/srvx/journal", "ext4"),
        ("/srv/local disk/journal", "xfs"),
        ("/home/me/remote/journal", "fuse.sshfs"),
    ],
)
def test_the_file_system_of_a_path_is_known(path: str, kind: str) -> None:
    """The innermost mount counts, spaces and all."""
    assert file_system(MOUNTS.strip(), Path(path)) == kind


def test_damage_in_sqlite_s_own_words_is_told(tmp_path: Path) -> None:
    """Where the names of the tables are damaged, SQLite's complaint cannot even be read as text."""
    with open_journal(tmp_path / "j") as journal:
        freeze(journal, 1)
    (tmp_path / "j").write_bytes(
        (tmp_path / "j").read_bytes().replace(b"tablebatchesbatches", b"tableb\xf5tchesbatches")
    )
    with pytest.raises(StorageError) as caught, open_journal(tmp_path / "j") as journal:
        journal.batches(1)
    assert "backup" in caught.value.hint


def test_a_network_disk_gets_no_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its locks and syncs promise nothing: it is refused before a file is made."""
    monkeypatch.setattr("newsletter.sender.lock.file_system", lambda mounts, path: "nfs4")
    with pytest.raises(StorageError, match=r"network file system \(nfs4\)"):
        open_journal(tmp_path / "issues" / "j")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("people", [300, 3000])
def test_no_part_of_the_file_keeps_a_forgotten_address(tmp_path: Path, people: int) -> None:
    """Not even the unused space of pages that are still in use."""
    path = tmp_path / "journal.sqlite3"
    with open_journal(path) as journal:
        for week in range(3):
            named = make_issue(tmp_path, f"2025-W{20 + week}")
            addresses = (Recipient(f"r{number}@forget.example", {}, number) for number in range(1, people + 1))
            with journal.transaction():
                row = journal.freeze(named, addresses, {})
            for number in journal.states(row.key):
                batch = journal.begin(row.key, number)
                assert batch
                journal.finish(row.key, batch, Accepted())
        assert journal.forget_before(datetime(2999, 1, 1, tzinfo=UTC)) == 3 * people
    assert not any(b"forget.example" in file.read_bytes() for file in tmp_path.glob("journal.sqlite3*"))
