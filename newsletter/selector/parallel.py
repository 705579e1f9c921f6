"""Run read-only work in a second process, so that two processors share it.

Threads would not help: Python runs one at a time, and a scan that switches at each of its system calls takes longer
than a single one.
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
    """Start `work` in a second process, and yield the function that waits for its pickled result.

    The result is None if the process failed, for example because it was killed. None is yielded instead of the function
    if a second process is not available or would not help. Leaving the block ends the process.
    """
    ends = os.pipe()
    # A signal between the fork and its try would also raise in the child, or orphan it.
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
    """Fork this process; None if that is not safe (threads), not possible, or useless (one processor)."""
    if _processors() == 1 or threading.active_count() > 1:
        return None
    try:
        return os.fork()
    except OSError:
        return None


def _processors() -> int:
    """Return the number of processors that this process may use, if known, else of all."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _do(work: Callable[[], Any], result: int) -> NoReturn:
    """Run the second process: print nothing, leave signals to the first one, and close its files."""
    try:
        for number in [int(entry.name) for entry in os.scandir("/dev/fd")]:
            if number != result:  # for example, a lock must not outlive the first process
                with suppress(OSError):
                    os.close(number)
        with open(result, "wb") as stream:
            pickle.dump(work(), stream)
    finally:
        os._exit(0)


def _load(pickled: bytes) -> Any:
    """Read a result; None for an incomplete one."""
    with suppress(EOFError, pickle.UnpicklingError):
        return pickle.loads(pickled)  # noqa: S301 - written by our own child process
    return None


def _end(child: int) -> None:
    """End a process that may have ended already; if SIGCHLD is ignored, it is reaped automatically."""
    with suppress(ChildProcessError, ProcessLookupError):
        if os.waitpid(child, os.WNOHANG) == (0, 0):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
