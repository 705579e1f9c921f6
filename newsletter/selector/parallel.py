"""Do work that only reads in a second process beside this one, so that two processors share it.

Threads would not do: Python runs one at a time, and a scan that hands over at each of its system calls takes longer
than one alone.
"""

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

__all__ = ["run_in_child"]


@contextmanager
def run_in_child(work: Callable[[], Any]) -> Iterator[Callable[[], Any] | None]:
    """Start `work` in a second process, and give the function that waits for its result, which comes pickled.

    The result is None where the process came to none, for example because it was killed. Instead of the function comes
    None where a second process cannot be had, or would gain nothing. Leaving the block ends the process.
    """
    ends = os.pipe()
    # A signal between the fork and its try would raise in the copy too, or leave it behind.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    child = _fork()
    if child == 0:
        _do(work, ends[1])
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(ends[1])
        with open(ends[0], "rb") as result:
            yield (lambda: _load(result.read())) if child else None
    finally:
        if child:
            _end(child)


def _fork() -> int | None:
    """Make a copy of this process; None where that is not safe (threads), not possible, or there is one processor."""
    if _processors() == 1 or threading.active_count() > 1:
        return None
    try:
        return os.fork()
    except OSError:
        return None


def _processors() -> int:
    """Count the processors that this process may use, where the system tells, else all."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _do(work: Callable[[], Any], result: int) -> NoReturn:
    """Be the second process: nothing is said, signals are for the first one, and what it has open is let go of."""
    try:
        for number in [int(entry.name) for entry in os.scandir("/dev/fd")]:
            if number != result:  # a lock, say, must not outlive the first process
                with suppress(OSError):
                    os.close(number)
        with open(result, "wb") as stream:
            pickle.dump(work(), stream)
    finally:
        os._exit(0)


def _load(pickled: bytes) -> Any:
    """Read a result; None for one that is not whole."""
    with suppress(EOFError, pickle.UnpicklingError):
        return pickle.loads(pickled)  # noqa: S301 - written by our own copy
    return None


def _end(child: int) -> None:
    """End a process that may have ended; where SIGCHLD is ignored, as under nohup, it leaves nothing to wait for."""
    with suppress(ChildProcessError, ProcessLookupError):
        if os.waitpid(child, os.WNOHANG) == (0, 0):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
