"""One campaign for an issue, whatever goes wrong and however many machines are at it, over a small provider."""

import itertools
import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.errors import BlockedError, ClaimedError, NewsletterError, ProviderError, UncertainError
from newsletter.sender.campaign import Campaign, Content, Stage, cancelled_name, is_of, name_of, search_term
from newsletter.sender.settle import Handover, call_off, settle
from tests.providers.board import START, Board, Trouble

DIGEST, OTHER = "a" * 64, "b" * 64
CONTENT = Content(
    subject="Field Notes",
    html="<p>Hello</p>",
    text="Hello\n",
    sender="1",
    lists=("all",),
    segments=(),
    unsubscribe="group 7",
)
WHAT = Handover(title="2025-W20", digest=DIGEST, content=CONTENT)
TROUBLES = (
    Trouble(done=False, error=ProviderError),
    Trouble(done=False, error=UncertainError),
    Trouble(done=True, error=UncertainError),
)


def until_done(work: Callable[[], object], times: int = 12) -> list[NewsletterError]:
    """Repeat a command as a person or cron does, until it succeeds; return its errors."""
    errors: list[NewsletterError] = []
    for _ in range(times):
        try:
            work()
        except NewsletterError as error:
            errors.append(error)
        else:
            return errors
    raise AssertionError(errors)


def only(board: Board) -> str:
    """Return the one campaign that was sent, which was sent once."""
    assert list(board.sent.values()) == [1], board.sent
    return next(iter(board.sent))


@pytest.mark.parametrize("create", [None, *TROUBLES])
@pytest.mark.parametrize("schedule", [None, *TROUBLES])
@pytest.mark.parametrize("behind", [0, 1, 3])
def test_it_is_sent_once_whatever_call_fails(create: Trouble | None, schedule: Trouble | None, behind: int) -> None:
    """Created or not, scheduled or not, the answer lost or not: repeating the command ends in exactly one."""
    board = Board(trouble={"create": [create, create], "schedule": [schedule, schedule]}, behind=behind)
    until_done(lambda: settle(board, WHAT, lambda: None))
    sent = only(board)
    assert settle(board, WHAT, lambda: None).id == sent
    assert [one.name for one, _ in board.pinned.values() if one.stage is not Stage.DRAFT] == [WHAT.name]


class Killed(BaseException):
    """The process ended."""


@pytest.mark.parametrize("number", range(14))
def test_a_killed_run_is_gone_on_with(number: int) -> None:
    """It ends before any call; another one, on any machine, brings it to exactly one."""
    calls = itertools.count()

    def die(call: str) -> None:
        if next(calls) == number:
            raise Killed

    board = Board(before=die)
    try:
        settle(board, WHAT, lambda: None)
    except Killed:
        board.before = lambda call: None
        settle(board, WHAT, lambda: None)
    only(board)


@pytest.mark.parametrize("seed", range(60))
def test_machines_at_once_send_one(seed: int) -> None:
    """Five machines in any order of their calls, with answers lost on the way."""
    random_ = random.Random(seed)
    board = Board()
    board.trouble = {
        call: [random_.choice([None, None, *TROUBLES]) for _ in range(20)] for call in ("create", "schedule", "delete")
    }
    turns = Turns(board, [lambda: until_done(lambda: settle(board, WHAT, turns.rest), 60)] * 5, random_)
    turns.run()
    only(board)
    names = [one.stage for one, _ in board.pinned.values()]
    assert names.count(Stage.TRIGGERED) == 1


class Turns:
    """Run machines one call at a time, in an order drawn by lot; a machine that rests lets the others go first."""

    def __init__(self, board: Board, machines: list[Callable[[], object]], random_: random.Random) -> None:
        """Make a thread of each machine, of which one at a time is let on."""
        self._random = random_
        self._go = [threading.Semaphore(0) for _ in machines]
        self._back = threading.Semaphore(0)
        self._number: dict[int, int] = {}
        self._resting: dict[int, int] = dict.fromkeys(range(len(machines)), 0)
        self._done: set[int] = set()
        self._errors: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._work, args=(number, machine)) for number, machine in enumerate(machines)
        ]
        board.before = lambda call: self._yield()

    def _work(self, number: int, machine: Callable[[], object]) -> None:
        self._number[threading.get_ident()] = number
        self._go[number].acquire()
        try:
            machine()
        except BaseException as error:
            self._errors.append(error)
        self._done.add(number)
        self._back.release()

    def _yield(self) -> None:
        number = self._number[threading.get_ident()]
        self._back.release()
        self._go[number].acquire()

    def rest(self) -> None:
        """Wait until every other machine has had three turns: the pause is longer than any call."""
        self._resting[self._number[threading.get_ident()]] = 3 * len(self._go)

    def run(self) -> None:
        """Let one on after the other until all are done."""
        for thread in self._threads:
            thread.start()
        while len(self._done) < len(self._go):
            left = [number for number in self._resting if number not in self._done]
            ready = [number for number in left if not self._resting[number]] or left
            number = self._random.choice(ready)
            for other in left:
                self._resting[other] = max(0, self._resting[other] - 1)
            self._resting[number] = 0
            self._go[number].release()
            self._back.acquire()
        for thread in self._threads:
            thread.join()
        assert self._errors == []


def test_the_oldest_draft_wins_and_the_others_go() -> None:
    """Of drafts that crashes left, the first by the provider's clock is sent; of two at one moment the lower id."""
    board = Board()
    made = [board.create(WHAT.name, CONTENT) for _ in range(4)]
    assert made[0].created == made[1].created
    assert settle(board, WHAT, lambda: None).id == made[1].id
    assert list(board.pinned) == [made[1].id]


def test_an_older_draft_that_shows_up_during_the_pause_wins() -> None:
    """Another machine's draft is older by the provider's clock, but came into sight later than this machine's."""
    board = Board()
    older = Campaign(id="x", name=WHAT.name, stage=Stage.DRAFT, created=START - timedelta(seconds=1))

    pauses = itertools.count(1)

    def pause() -> None:
        if next(pauses) == 2:  # after the listing in which this machine's is alone
            board.pinned["x"] = (older, CONTENT)

    assert settle(board, WHAT, pause).id == "x"
    assert list(board.pinned) == ["x"]


def test_a_draft_that_says_something_else_is_not_sent() -> None:
    """What it would send is compared with what was checked; the difference is named, and nothing is scheduled."""
    board = Board()
    board.create(WHAT.name, replace(CONTENT, html="<p>Goodbye</p>", lists=("others",)))
    with pytest.raises(BlockedError, match="html, lists of the draft"):
        settle(board, WHAT, lambda: None)
    assert not board.sent.total()


def test_how_lines_end_is_no_difference() -> None:
    """A provider may write them in its own way."""
    board = Board()
    board.create(WHAT.name, replace(CONTENT, text="Hello\r\n\r\n"))
    settle(board, WHAT, lambda: None)
    only(board)


def test_another_content_that_was_sent_is_not_sent_again() -> None:
    """An issue is sent once, whatever is in it: another machine composed it otherwise and was first."""
    board = Board()
    settle(board, replace(WHAT, digest=OTHER), lambda: None)
    with pytest.raises(ClaimedError, match="triggered with different content") as raised:
        settle(board, WHAT, lambda: None)
    assert raised.value.done
    only(board)


def test_another_content_in_preparation_waits_for_a_person() -> None:
    """Its draft is older; it may be about to be scheduled, or have been left by a crash."""
    board = Board()
    board.create(name_of("2025-W20", OTHER), CONTENT)
    with pytest.raises(ClaimedError, match="being prepared with different content") as raised:
        settle(board, WHAT, lambda: None)
    assert not raised.value.done
    assert "newsletter cancel 2025-W20" in raised.value.hint
    assert not board.sent.total()


def test_a_listing_that_never_shows_the_draft_ends_as_unknown() -> None:
    """No second one is made, and nothing is scheduled that the listing lacks."""
    board = Board(behind=100)
    with pytest.raises(UncertainError):
        settle(board, WHAT, lambda: None)
    assert (len(board.pinned), board.sent.total()) == (1, 0)


@pytest.mark.parametrize("troubles", [*itertools.product([None, *TROUBLES], repeat=2)])
def test_what_is_called_off_is_not_sent(troubles: tuple[Trouble | None, Trouble | None]) -> None:
    """A scheduled one is called back, and no machine schedules the issue again, whatever goes wrong on the way."""
    board = Board()
    settle(board, replace(WHAT, at="2030-01-01T00:00:00Z"), lambda: None)
    board.trouble = {"create": [troubles[0]], "unschedule": [troubles[1]], "delete": [troubles[0]]}
    until_done(lambda: call_off(board, "2025-W20", CONTENT, lambda: None))
    assert {one.stage for one, _ in board.pinned.values()} == {Stage.DRAFT}
    with pytest.raises(BlockedError, match="it was cancelled"):
        settle(board, WHAT, lambda: None)
    assert not board.sent.total()


def test_what_was_sent_cannot_be_called_off() -> None:
    """And the provider has no draft that says otherwise."""
    board = Board()
    settle(board, WHAT, lambda: None)
    with pytest.raises(BlockedError, match="it has already been sent"):
        call_off(board, "2025-W20", CONTENT, lambda: None)
    assert len(board.pinned) == 1


@pytest.mark.parametrize("at", ["now", "2030-01-01T00:00:00Z"])
def test_a_draft_that_is_scheduled_while_it_is_deleted_is_seen(at: str) -> None:
    """Another machine looked before the issue was cancelled, and schedules after this one has looked."""
    board = Board()
    draft = board.create(WHAT.name, CONTENT)
    other = iter([lambda: board.schedule(draft.id, at)])
    board.before = lambda call: next(other, lambda: None)() if call == "read" else None
    if at == "now":
        with pytest.raises(BlockedError, match="it has already been sent"):
            call_off(board, "2025-W20", CONTENT, lambda: None)
    else:
        assert call_off(board, "2025-W20", CONTENT, lambda: None) == replace(draft, stage=Stage.SCHEDULED, send_at=at)
        assert [one.name for one, _ in board.pinned.values()] == [cancelled_name("2025-W20")]


@pytest.mark.parametrize("seed", range(20))
def test_sending_and_calling_off_at_once_agree(seed: int) -> None:
    """Either it is sent once, or it never is."""
    board = Board()

    def send() -> None:
        try:
            settle(board, WHAT, turns.rest)
        except BlockedError:
            return

    def call() -> None:
        try:
            call_off(board, "2025-W20", CONTENT, turns.rest)
        except BlockedError:
            return

    turns = Turns(board, [send, send, call], random.Random(seed))
    turns.run()
    assert board.sent.total() <= 1


def test_names_tell_issues_apart() -> None:
    """The name of one issue is not that of another, however long it is, and no name a person gives is one."""
    long = "a" * 100
    assert len(name_of(long, DIGEST)) <= 100
    assert len(cancelled_name(long)) <= 100
    assert is_of(name_of(long, DIGEST), long)
    assert not is_of(name_of(long, DIGEST), "a" * 99)
    assert is_of(cancelled_name("2025-W2"), "2025-W2")
    for name in ("2025-W20 Spring", "2025-W200 " + DIGEST[:16], "2025-W20", f"Copy of {WHAT.name}", f"{WHAT.name} 2"):
        assert not is_of(name, "2025-W20")
    assert search_term("2025-W20") == "2025-W20 "
    assert not is_of(WHAT.name, "Field Notes 2025-W20")
    assert not is_of(name_of("Field Notes 2025-W20", DIGEST), "2025-W20")
