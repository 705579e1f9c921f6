"""Kill a real run at a chosen point, go on with the same command, and compare the journal with the ledger.

The program has no hook for this. Points in the journal are reached by starting it through this very file, which wraps
the connections that sqlite3 makes; points of a request by the fake server, which knows the process's id.
"""

import os
import runpy
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.app.operations import overview
from newsletter.config import load_config
from newsletter.errors import ExitStatus
from newsletter.issues import Issue, load_issue
from newsletter.sender.status import Status
from tests.conftest import Project
from tests.fake_sendgrid import KEY, FakeSendGrid, Stage
from tests.sender.conftest import CONCURRENCY
from tests.sender.matrix import Trial

__all__ = ["COMMITS", "REQUESTS", "Point", "kill_and_resume", "send_until"]

COMMITS: tuple[str, ...] = ("before", "after")
REQUESTS: tuple[str, ...] = tuple(Stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where the process dies.

    At the `number`-th (from 0) commit, `when` before or after; at a stage of the `number`-th request; or, when it is
    ``time``, after this many milliseconds.
    """

    number: int
    when: str

    def __str__(self) -> str:
        return f"{self.when}-{self.number}"


def kill_and_resume(project: Project, points: Sequence[Point]) -> int:
    """Run a send that dies at each of `points` in turn, check each time, then bring it to its end and check.

    Gives how many of the runs did die; the others came to their end before.
    """
    people = project.root / "recipients.csv"
    with FakeSendGrid() as fake:
        config = load_config(project.root / "newsletter.toml")
        trial = Trial(issue=_issue(project), config=config, recipients=people, fake=fake)
        deaths = 0
        for point in points:
            deaths += send_until(project, fake, point)
            found = overview(config, trial.issue.id)
            if found:
                trial.check(found.status)
                uncertain = sum(batch.state in ("uncertain", "submitting") for batch in found.batches)
                assert uncertain <= CONCURRENCY * deaths, f"{uncertain} batches are uncertain"
        status = _go_on(trial)
        assert status.submitted == status.audience == len(people.read_text().splitlines()) - 1
        return deaths


def _go_on(trial: Trial) -> Status:
    """Go on with the same command: at first nothing uncertain may move, then a person decides and the rest follows."""
    trial.fake.log_delay = 1000.0
    status = trial.send().status
    trial.check(status)
    assert not status.pending
    return trial.finish() if status.uncertain else status


def _issue(project: Project) -> Issue:
    return load_issue(project.issue())


def send_until(project: Project, fake: FakeSendGrid, point: Point) -> bool:
    """Run a send that dies at `point`; tell whether it did, and did not come to its end before."""
    first = fake.requests
    process = subprocess.Popen(
        [sys.executable, __file__, point.when, str(point.number)],
        cwd=project.root,
        env={**project.env, "SENDGRID_API_KEY": KEY, "SENDGRID_HOST": fake.url, "PYTHONPATH": str(_top())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )

    def on_stage(number: int, stage: Stage) -> None:
        if stage == point.when and number - first == point.number:
            process.kill()

    fake.on_stage = on_stage
    if point.when == "time":
        time.sleep(point.number / 1000)
        process.kill()
    _, errors = process.communicate(timeout=60)
    fake.on_stage = lambda number, stage: None
    time.sleep(0.02)  # a request that had arrived in full is still judged by the server
    assert process.returncode in (-signal.SIGKILL, ExitStatus.DONE, ExitStatus.UNCERTAIN), errors.decode()
    return process.returncode == -signal.SIGKILL


def _top() -> Path:
    return Path(__file__).parent.parent.parent


@dataclass(slots=True)
class _Counter:
    """Count commits, and die at the chosen one."""

    when: str
    number: int
    seen: int = field(default=-1)

    def commit(self, call: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        self.seen += 1
        if self.seen == self.number and self.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        cursor = call()
        if self.seen == self.number and self.when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return cursor


def _wrap(counter: _Counter) -> None:
    """Let every connection that sqlite3 makes from now on tell the counter of its commits."""

    class Watched(sqlite3.Connection):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            call = super().execute
            if sql == "COMMIT":
                return counter.commit(lambda: call(sql, *values))  # type: ignore[arg-type]
            return call(sql, *values)  # type: ignore[arg-type]

    connect = sqlite3.connect
    sqlite3.connect = lambda *args, **values: connect(*args, factory=Watched, **values)  # type: ignore[assignment]


if __name__ == "__main__":
    _wrap(_Counter(sys.argv[1], int(sys.argv[2])))
    sys.argv = ["newsletter", "--now", "2025-05-19T08:00:00Z", "send", "--yes", "2025-W20"]
    runpy.run_module("newsletter", run_name="__main__")
