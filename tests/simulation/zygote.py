"""A process that has imported the program once and forks for each run: thousands of runs in place of hundreds.

It reads one JSON document a line, a list of jobs that run at the same time, and answers with the list of their exit
statuses. A job is killed with SIGKILL once `kill` seconds have passed.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

__all__ = ["Zygote"]


class Zygote:
    """The parent's side; a context."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()

    def run(self, jobs: list[dict[str, Any]]) -> list[int]:
        """Run `jobs` at the same time: each has `folder`, `arguments`, `environ`, `output` (a path) and `kill`."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(jobs) + "\n")
        self._process.stdin.flush()
        statuses: list[int] = json.loads(self._process.stdout.readline())
        return statuses


def main() -> None:
    """Serve until the input ends."""
    _import_program()
    for line in sys.stdin:
        children = {_fork(job): (number, job) for number, job in enumerate(json.loads(line))}
        sys.stdout.write(json.dumps(_wait(children)) + "\n")
        sys.stdout.flush()


def _import_program() -> None:
    """Import what a run imports, so that a fork has it."""
    import newsletter.app.run
    import newsletter.cli.main
    import newsletter.cli.run
    import newsletter.composer.checks
    import newsletter.composer.compose
    import newsletter.composer.note
    import newsletter.providers.sendgrid.client
    import newsletter.selector.selection  # noqa: F401


def _fork(job: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.chdir(job["folder"])
        os.environ.clear()
        os.environ.update(job["environ"])
        file = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(file, 1)
        os.dup2(file, 2)
        sys.argv = ["newsletter", *job["arguments"]]
        from newsletter.cli.main import main as program

        program()
    except SystemExit as ended:
        os._exit(int(ended.code or 0))
    except BaseException:
        import traceback

        os.write(2, traceback.format_exc().encode())
        os._exit(99)
    os._exit(98)


def _wait(children: dict[int, tuple[int, dict[str, Any]]]) -> list[int]:
    """Wait for all, and kill those whose time has come."""
    statuses = [0] * len(children)
    began = time.monotonic()
    while children:
        for child, (number, job) in list(children.items()):
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                statuses[number] = os.waitstatus_to_exitcode(status)
                del children[child]
            elif job["kill"] and time.monotonic() - began > job["kill"]:
                os.kill(child, signal.SIGKILL)
        time.sleep(0.005)
    return statuses


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent.parent))
    main()
