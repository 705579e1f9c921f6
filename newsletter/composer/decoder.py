"""Decode pictures in a separate process with bounded time and memory.

A picture can cost a thousand times what its first bytes suggest. The second process has a memory limit,
and a processor time limit for each picture, enforced by the system, which ends the process. The next picture gets
process. None is started before the first picture.

    Decoder ──► request, a line of JSON ──► serve ──► answer, a line of JSON; the bytes of a picture
"""

import json
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from newsletter.composer.images import BrokenPictureError, FittedPicture, fit_picture, read_code

__all__ = ["Decoder", "serve"]

_CPU_SECONDS = 1.5  # for one picture
_SECONDS = 30  # wall-clock time: a disk may be slow, or the machine busy
_MEMORY = 185_000_000  # bytes of the whole process; Python and Pillow take 20 million of them
_SIZE = 20_000_000  # bytes of a file; what is fetched is smaller
_START = "import sys; sys.path.append(sys.argv[1]); from newsletter.composer.decoder import serve; serve()"
_ROOT = str(Path(__file__).parents[2])


class Decoder:
    """Get pictures and the texts of codes from the second process; each request is made once."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: dict[str, tuple[dict[str, Any], bytes]] = {}

    def __enter__(self) -> "Decoder":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def fit(self, path: Path, width: int, ground: str = "", *, height: int = 0, exact: bool = False) -> FittedPicture:
        """Return the picture in a file, fitted by `fit_picture`. Raises BrokenPictureError."""
        request = {"path": str(path), "width": width, "ground": ground, "height": height, "exact": exact}
        answer, content = self._ask(request)
        answer.pop("size")
        return FittedPicture(content=content, **answer)

    def read_code(self, path: Path) -> str:
        """Return the text of the QR code in a file. Raises BrokenPictureError."""
        answer, _ = self._ask({"path": str(path)})
        return str(answer["text"])

    def _ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        line = json.dumps(request)
        if line not in self._answers:
            self._answers[line] = self._answer(line)
        answer, content = self._answers[line]
        if "problem" in answer:
            raise BrokenPictureError(answer["problem"])
        return dict(answer), content

    def _answer(self, line: str) -> tuple[dict[str, Any], bytes]:
        try:
            process = self._process = self._process or _start()
        except OSError as error:
            return {"problem": f"no process to decode it can be started: {error.strerror}"}, b""
        assert process.stdin
        assert process.stdout
        with suppress(BrokenPipeError):  # it ended without an answer
            process.stdin.write(line.encode() + b"\n")
            process.stdin.flush()
        head = process.stdout.readline()
        if not head.endswith(b"\n"):
            return {"problem": _why(self._stop())}, b""
        answer: dict[str, Any] = json.loads(head)
        return answer, process.stdout.read(answer.get("size", 0))

    def _stop(self) -> int:
        """End the process, if it is running; return its status."""
        process, self._process = self._process, None
        if process is None:
            return 0
        with process, suppress(BrokenPipeError):  # closing stdin, which ends it, and waiting for it
            pass
        return process.returncode


def _start() -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-P", "-c", _START, _ROOT]  # -P: nothing is imported from the working directory
    return subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def _why(status: int) -> str:
    if status in (-signal.SIGPROF, -signal.SIGALRM):
        return f"decoding it takes more than {_CPU_SECONDS:g} seconds"
    return "the process that decodes it ended"


def serve() -> None:
    """Run the second process: answer the requests on stdin until it is closed."""
    _limit(resource.RLIMIT_DATA, _MEMORY)
    _limit(resource.RLIMIT_CORE, 0)
    for number in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    for line in sys.stdin.buffer:
        signal.setitimer(signal.ITIMER_PROF, _CPU_SECONDS)
        signal.setitimer(signal.ITIMER_REAL, _SECONDS)
        answer, content = _reply(**json.loads(line))
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _write(sys.stdout.buffer, answer, content)


def _limit(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


def _reply(path: str, width: int = 0, **fitting: Any) -> tuple[dict[str, Any], bytes]:
    """Return the answer for a picture fitted to a `width`, or for the code in it; or a `problem`."""
    try:
        content = _read(Path(path))
        if not width:
            return {"text": read_code(content)}, b""
        fitted = fit_picture(content, width, **fitting)
    except BrokenPictureError as error:
        return {"problem": str(error)}, b""
    about = {"mime_type": fitted.mime_type, "width": fitted.width, "height": fitted.height, "note": fitted.note}
    return {**about, "size": len(fitted.content)}, fitted.content


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_SIZE + 1)
    except OSError as error:
        raise BrokenPictureError(f"{path.name}: {error.strerror}") from error
    if len(content) > _SIZE:
        raise BrokenPictureError(f"larger than {_SIZE:,} bytes")
    return content


def _write(stream: IO[bytes], answer: dict[str, Any], content: bytes) -> None:
    stream.write(json.dumps(answer).encode() + b"\n" + content)
    stream.flush()
