"""Submit an issue's pending batches to a provider: several at once, and none of them twice on a guess.

Only this thread uses the journal. For each batch, *submitting* is recorded, then a worker sends the request,
then its result is recorded. The run stops by these rules:

- three uncertain batches in a row, a refusal of the account, or a batch that was retried too often end the run;
  requests in progress are waited for, and the rest stays pending;
- until the provider accepts a batch of the issue, requests are sent one at a time, and one that is refused as a whole
  ends the run with its batch pending: what is wrong with it most likely is with all of them, and nobody has got it;
- `stop` (a signal) does the same, and so does a limit of the day or the hour that is reached.
"""

import heapq
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from newsletter.errors import RecipientsError, StorageError, UncertainError
from newsletter.sender.journal import Batch, Journal
from newsletter.sender.provider import Accepted, NotSent, Outcome, Refused, RetryLater, Uncertain
from newsletter.sender.quota import Quota
from newsletter.sender.status import State

__all__ = ["Dispatcher", "Pace", "StopReason"]

_UNCERTAIN_IN_A_ROW = 3
_ROUNDS = 10  # for a batch that is refused because of single recipients
_FIRST_REFUSED = (
    "fix the cause, then run the same command again; where it is the issue itself, give it up (newsletter cancel) and"
    " compose it again: newsletter compose … --issue ID-again"
)
_GLANCE = 0.2  # seconds after which a waiting run checks for a signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The speed and the retries: `rate` requests a second (0: no limit), waits in seconds, doubled each time."""

    concurrency: int = 1
    rate: float = 0.0
    retries: int = 0
    first_wait: float = 1.0
    longest_wait: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReason:
    """Why a run ended early, and what to do."""

    reason: str
    hint: str = ""


class _UnrecordedError(StorageError):
    """The result of a request that could not be recorded."""


class Dispatcher:
    """One run over the pending batches of one issue."""

    def __init__(
        self,
        journal: Journal,
        issue: int,
        submit: Callable[[Batch], Outcome],
        pace: Pace,
        *,
        before: Callable[[], None] = lambda: None,
        progress: Callable[[int], None] = lambda _: None,
        paused: Callable[[str, float], None] = lambda reason, seconds: None,
        stop: Callable[[], bool] = lambda: False,
        quota: Quota | None = None,
    ) -> None:
        """Keep the journal and its key of the issue, and `submit`, which runs in other threads.

        `before` is called before each batch, `progress` with the number of recipients that were settled, `paused`
        with the reason and the seconds when the run pauses. Once `quota` has no room, the run ends; then it is
        `resting`.
        """
        self._journal, self._issue, self._submit, self._pace = journal, issue, submit, pace
        self._before, self._progress, self._paused, self._stop = before, progress, paused, stop
        self._quota, self.resting = quota, False
        self._waiting: list[tuple[float, int]] = []  # a heap of (not before, number)
        self._flying: dict[Future[Outcome], Batch] = {}
        self._rounds: Counter[int] = Counter()  # how often each batch was refused because of single recipients
        self._tries: Counter[int] = Counter()  # how often each was retried
        self._next_start = 0.0
        self._uncertain = 0
        self._accepted = False  # whether the provider has taken any batch of the issue
        self._stopped: StopReason | None = None

    def run(self) -> StopReason | None:
        """Submit every pending batch; return why it stopped early, or None."""
        states = self._journal.states(self._issue)
        self._accepted = State.SUBMITTED in states.values()
        self._waiting = [(0.0, number) for number, state in states.items() if state is State.PENDING]
        with ThreadPoolExecutor(self._pace.concurrency, "submit") as pool:
            try:
                while self._more():
                    self._launch(pool)
                    self._collect()
            except Exception as error:
                if lost := self._drain() + isinstance(error, _UnrecordedError):
                    raise UncertainError(
                        f"{error}; {lost} batch{'' if lost == 1 else 'es'} under way became uncertain",
                        hint="fix that, then run the same command again; 'newsletter status' lists them",
                    ) from error
                raise
        return self._stopped

    def _drain(self) -> int:
        """Wait for the requests in progress and record their results; return the number that could not be recorded."""
        lost = 0
        for future, batch in self._flying.items():
            try:
                self._journal.finish(self._issue, batch, self._taken(future.result()))
            except StorageError:
                lost += 1
        return lost

    def _more(self) -> bool:
        if self._waiting and not self._stopped and self._stop():
            self._stopped = StopReason(reason="stopped by a signal", hint="the same command resumes where it stopped")
        self.resting = bool(self._waiting) and not self._flying and self._is_full
        return bool(self._flying) or bool(self._waiting and not self._stopped and not self.resting)

    @property
    def _is_full(self) -> bool:
        """Return whether the day or the hour has had its share."""
        return self._quota is not None and self._quota.room() == 0

    def _launch(self, pool: ThreadPoolExecutor) -> None:
        while not self._stopped and len(self._flying) < self._room and self._delay() <= 0 and self._ready():
            _, number = heapq.heappop(self._waiting)
            if batch := self._journal.begin(self._issue, number, self._quota.room() if self._quota else None):
                self._share(batch)
                self._flying[pool.submit(self._submit, batch)] = batch
                if self._pace.rate:
                    self._next_start = max(self._next_start, time.monotonic()) + 1 / self._pace.rate

    def _share(self, batch: Batch) -> None:
        """Count a batch, and note the one that has those for whom there was no room."""
        if self._quota:
            self._quota.take(len(batch.recipients))
        if batch.rest:
            heapq.heappush(self._waiting, (0.0, batch.rest))

    def _ready(self) -> bool:
        """Prepare the next batch; if a person must first fix a file, the run ends."""
        try:
            self._before()
        except RecipientsError as error:
            self._end(str(error), error.hint)
        return not self._stopped

    @property
    def _room(self) -> int:
        """Return the number of batches that may be in progress at once."""
        if self._is_full:
            return len(self._flying)
        return self._pace.concurrency if self._accepted else 1

    def _delay(self) -> float:
        """Return the seconds until the next batch may be sent; infinity if none is waiting."""
        if not self._waiting:
            return float("inf")
        return max(self._waiting[0][0], self._next_start) - time.monotonic()

    def _collect(self) -> None:
        """Wait for an answer, for the next batch's time or for a signal, and record the results."""
        room = len(self._flying) < self._room
        pause = max(0.0, min(_GLANCE, self._delay() if room else _GLANCE))
        if not self._flying:
            time.sleep(pause if self._waiting else 0)
            return
        done, _ = wait(self._flying, timeout=pause, return_when=FIRST_COMPLETED)
        for future in done:
            batch = self._flying.pop(future)
            self._settle(batch, self._taken(future.result()))

    def _taken(self, outcome: Outcome) -> Outcome:
        """Treat a refusal of a whole request as one of the account, as long as no request of the issue was accepted."""
        if isinstance(outcome, Refused) and outcome.scope == "request" and not self._accepted:
            reason = f"the first request was refused as a whole, and nobody has got it: {outcome.reason}"
            return replace(outcome, scope="account", reason=reason, hint=outcome.hint or _FIRST_REFUSED)
        return outcome

    def _settle(self, batch: Batch, outcome: Outcome) -> None:
        try:
            state = self._journal.finish(self._issue, batch, outcome)
        except StorageError as error:
            raise _UnrecordedError(error.message, hint=error.hint, place=error.place) from error
        self._uncertain = self._uncertain + 1 if state is State.UNCERTAIN else 0
        if self._quota and state not in (State.SUBMITTED, State.UNCERTAIN):
            self._quota.take(-len(batch.recipients))
        match outcome:
            case Accepted():
                self._accepted = True
            case RetryLater():
                self._put_off(batch.number, outcome)
            case Refused(scope="account"):
                self._end(outcome.reason, outcome.hint)
            case Refused(scope="recipients"):
                self._progress(len(outcome.recipients))
                self._once_more(batch.number, outcome)
            case Uncertain() if self._uncertain >= _UNCERTAIN_IN_A_ROW:
                self._end(f"{self._uncertain} uncertain batches in a row, the last one: {outcome.reason}", "")
        if state is not State.PENDING or isinstance(outcome, NotSent):
            self._progress(len(batch.recipients))

    def _once_more(self, number: int, outcome: Refused) -> None:
        """Submit the other recipients of a batch; stop if the provider keeps naming recipients."""
        self._rounds[number] += 1
        if (times := self._rounds[number]) > _ROUNDS:
            self._end(f"refused {times} times for single recipients: {outcome.reason}", "check the recipients file")
            return
        heapq.heappush(self._waiting, (0.0, number))

    def _put_off(self, number: int, outcome: RetryLater) -> None:
        """Pause the run: what prevents one batch from being accepted affects the others, too."""
        self._tries[number] += 1
        if (tries := self._tries[number]) > self._pace.retries or outcome.lasting:
            reason = f"not accepted after {tries} {'try' if tries == 1 else 'tries'}: {outcome.reason}"
            self._end(reason, outcome.hint or "nothing is lost: run the same command again")
            return
        backoff = self._pace.first_wait * 2 ** (tries - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - it spreads load
        pause = min(self._pace.longest_wait, max(backoff, outcome.after or 0.0))
        self._next_start = max(self._next_start, time.monotonic() + pause)
        self._paused(outcome.reason, pause)
        heapq.heappush(self._waiting, (0.0, number))

    def _end(self, reason: str, hint: str) -> None:
        self._stopped = self._stopped or StopReason(reason=reason, hint=hint)
