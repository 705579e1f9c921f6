"""Try one input: what is a finding, and how findings are distinguished."""

import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from fuzz.grammar import Make
from newsletter.errors import NewsletterError

__all__ = ["MEMORY", "SECONDS", "Finding", "Target", "attempt", "shrink"]

SECONDS = 2.0
"""Processor seconds that one input may cost."""
MEMORY = 200_000_000
"""Bytes of memory that one input may need more than the process had before."""

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_PEAK_AGAIN = "5"  # what makes Linux count the peak from now on
_TRIES = 200
_PATIENCE = 20.0  # seconds for making one finding small


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A reader of foreign bytes: `run` may raise our own errors and those that are `declared`.

    `seeds` gives inputs to begin with, `words` are pieces that mean something in them, and `documents` makes whole new
    ones, where that is worth it.
    """

    name: str
    run: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    words: tuple[bytes, ...] = ()
    documents: Make | None = None
    declared: tuple[type[Exception], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with an input; two of one `signature` count as one."""

    signature: str
    message: str


def attempt(target: Target, data: bytes, *, seconds: float = SECONDS, memory: int = MEMORY) -> Finding | None:
    """Try an input; return None if it is handled as it should be."""
    before, start = _peak(again=True), time.process_time()
    try:
        target.run(data)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if not isinstance(error, (NewsletterError, *target.declared)):
            return _raised(error)
    spent, grown = time.process_time() - start, _peak() - before
    if spent > seconds:
        return Finding(signature="slow", message=f"took {spent:.1f} s of processor time")
    if grown > memory:
        return Finding(signature="large", message=f"took {grown / 1e6:.0f} MB")
    return None


def shrink(target: Target, data: bytes, signature: str) -> bytes:
    """Remove parts of an input as long as it is the same finding; bounded in tries and in time."""
    deadline, tries, size = time.monotonic() + _PATIENCE, 0, len(data) // 2
    while size:
        start = 0
        while start < len(data) and tries < _TRIES and time.monotonic() < deadline:
            tries += 1
            smaller = data[:start] + data[start + size :]
            found = attempt(target, smaller)
            if found and found.signature == signature:
                data = smaller
            else:
                start += size
        size //= 2
    return data


def _raised(error: BaseException) -> Finding:
    """Name an exception and the innermost function of the program that it came through."""
    frames = [(frame.f_globals.get("__name__", ""), frame) for frame, _ in traceback.walk_tb(error.__traceback__)]
    own = [(name, frame) for name, frame in frames if name.startswith("newsletter.")]
    name, frame = own[-1] if own else frames[-1]
    where = f"{name.removeprefix('newsletter.')}.{frame.f_code.co_name}".replace("<", "").replace(">", "")
    message = f"{type(error).__name__} in {where}: {str(error)[:200]!r}"
    return Finding(signature=f"{type(error).__name__}-{where}", message=message)


def _peak(*, again: bool = False) -> int:
    """Read the most memory that this process had, from now on with `again`; 0 where the system does not tell."""
    try:
        if again:
            _CLEAR.write_text(_PEAK_AGAIN)
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
