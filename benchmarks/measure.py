"""Run a command as a whole process and measure it."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Done", "run"]


@dataclass(frozen=True, slots=True)
class Done:
    """A finished run: wall time and processor time in seconds, peak memory in MB."""

    seconds: float
    busy: float
    peak: float


def run(command: Sequence[str], folder: Path) -> Done:
    """Run a command in `folder` to its end; one that fails ends the benchmark."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"failed with status {process.returncode}: {' '.join(command)}")
    return Done(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
