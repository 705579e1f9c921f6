"""Run the program in real processes without the time that Python and its imports take.

A server with everything imported forks for each run: the copy gets the run's arguments, environment, working directory
and standard streams, runs the command line as ``python -m newsletter`` does, and ends as Python ends. What Python reads
when it starts (``PYTHON…``, ``LC_…``) is that of the server; a run that wants it otherwise needs a new interpreter.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NoReturn

__all__ = ["ForkServer"]

_STARTUP = ("PYTHON", "LC_", "LANG", "TZ", "COV")
_START = 100.0  # seconds for a fork, on a busy machine
_IMPORTS = ("premailer", "nh3", "zxingcpp", "babel.dates", "lxml.html", "markdown_it", "email.message", "dotenv")


class ForkServer:
    """The server, for runs whose environment is like `env`; it ends with this process."""

    def __init__(self, env: Mapping[str, str]) -> None:
        """Start it when it is used first."""
        self._env = dict(env)
        self._process: subprocess.Popen[bytes] | None = None
        self._ours: socket.socket | None = None
        self._lock = threading.Lock()

    def fits(self, env: Mapping[str, str]) -> bool:
        """Return whether a run with `env` would start as the server did."""
        return _startup(env) == _startup(self._env)

    def run(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        streams: Sequence[IO[bytes]],
        timeout: float,
    ) -> int:
        """Run the command line with `arguments` and the three `streams`; return its status, -N where signal N ended it.

        Raises subprocess.TimeoutExpired, after ending it.
        """
        mine, its = socket.socketpair()
        request = json.dumps({"arguments": list(arguments), "cwd": str(cwd), "env": dict(env)}).encode()
        with mine:
            with its, self._lock:
                socket.send_fds(
                    self._server(), [b"%10d" % len(request)], [*(s.fileno() for s in streams), its.fileno()]
                )
                self._server().sendall(request)
            mine.settimeout(_START)
            child = int(mine.recv(20))
            mine.settimeout(timeout)  # of the command alone: it may be shorter than a start on a busy machine takes
            try:
                return int(mine.recv(20))
            except TimeoutError:
                os.kill(child, signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(arguments), timeout) from None

    def close(self) -> None:
        """End the server."""
        if self._process and self._ours:
            self._ours.close()
            self._process.wait()
        self._process = self._ours = None

    def _server(self) -> socket.socket:
        if not self._ours:
            atexit.register(self.close)
            self._ours, its = socket.socketpair()
            with its:
                command = [sys.executable, __file__, str(its.fileno())]
                root = Path(__file__).parent.parent
                self._process = subprocess.Popen(command, pass_fds=[its.fileno()], cwd=root, env=self._env)
        return self._ours


def _startup(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_STARTUP)}


def _serve(requests: socket.socket) -> tuple[str, ...]:
    """Fork for each request and answer with the copy's process id and status; return, in a copy, the arguments."""
    running = selectors.DefaultSelector()
    running.register(requests, selectors.EVENT_READ)
    while True:
        for key, _ in running.select():
            if key.fileobj is not requests:
                running.unregister(key.fileobj)
                child, answers = key.data
                os.close(int(key.fd))
                with answers, suppress(BrokenPipeError):
                    answers.sendall(b"%d" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
                continue
            head, descriptors, _, _ = socket.recv_fds(requests, 10, 4)
            if not head:
                _leave(running, requests)
                sys.exit()
            request = json.loads(_read(requests, int(head)))
            if (child := os.fork()) == 0:
                _leave(running, requests)
                return _become(request["arguments"], request["cwd"], request["env"], descriptors)
            answers = socket.socket(fileno=descriptors.pop())
            for descriptor in descriptors:
                os.close(descriptor)
            answers.sendall(b"%-20d" % child)
            running.register(os.pidfd_open(child), selectors.EVENT_READ, (child, answers))


def _leave(running: selectors.BaseSelector, requests: socket.socket) -> None:
    """Close what belongs to the server, the answers to other runs among it."""
    for key in list(running.get_map().values()):
        if key.fileobj is not requests:
            key.data[1].close()
            os.close(key.fd)
    running.close()
    requests.close()


def _read(requests: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        content += requests.recv(size - len(content))
    return content


def _become(arguments: list[str], cwd: str, env: dict[str, str], descriptors: list[int]) -> tuple[str, ...]:
    for number, descriptor in enumerate(descriptors[:3]):
        os.dup2(descriptor, number)
    for descriptor in descriptors:
        os.close(descriptor)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    return tuple(arguments)


def _warm() -> None:
    """Import what runs import."""
    import newsletter

    for name in [module.name for module in pkgutil.walk_packages(newsletter.__path__, "newsletter.")]:
        if not name.endswith("__main__"):
            importlib.import_module(name)
    from newsletter.composer.inline import inline_styles

    inline_styles("<p>imports what it needs</p>")
    for name in _IMPORTS:
        importlib.import_module(name)


def main() -> NoReturn:
    """Serve, and in each copy be the program."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    _warm()
    gc.collect()
    gc.freeze()
    arguments = _serve(requests)
    sys.argv = [str(Path(importlib.import_module("newsletter").__file__ or "").with_name("__main__.py")), *arguments]
    from newsletter.cli.main import main as program

    program()


if __name__ == "__main__":
    main()
