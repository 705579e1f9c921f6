"""What the tests share: the program as its users run it, and a small project to run it on."""

import atexit
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import pytest

from tests.fake_sendgrid import FakeSendGrid
from tests.forkserver import ForkServer

NOW = "2025-05-19T08:00:00Z"

CONFIG = """\
[newsletter]
name = "Field Notes"
base_url = "https://notes.example.org"

[send]
from = "Field Notes <notes@example.org>"
"""


# The caches of the programs and of this process are those of the tests, and end with them.
_CACHE = tempfile.TemporaryDirectory(prefix="newsletter-cache-")
atexit.register(_CACHE.cleanup)
os.environ["XDG_CACHE_HOME"] = _CACHE.name

# A shell that runs the tests in its background has Ctrl-C ignored, and nohup a lost terminal, in all they start too.
signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda number, frame: None)  # the tests live on; what they start has the standard


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A finished run of the program."""

    status: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """Return the one JSON document that is on stdout."""
        document: dict[str, Any] = json.loads(self.stdout)
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project folder and the program run in it, with an environment as bare as cron's."""

    root: Path
    env: Mapping[str, str]

    def run(self, *arguments: str, now: str | None = NOW, cwd: Path | None = None, **env: str) -> Done:
        """Run ``newsletter`` with `arguments`; no terminal, no input, no traceback on any account."""
        words = [*(["--now", now] if now else []), *arguments]
        where = cwd or self.root
        with Path(os.devnull).open("rb") as stdin, TemporaryFile() as stdout, TemporaryFile() as stderr:
            status = run_program(words, cwd=where, env={**self.env, **env}, streams=(stdin, stdout, stderr))
            said, complaints = _written(stdout), _written(stderr)
        assert "Traceback" not in complaints, complaints
        return Done(status=status, stdout=said, stderr=complaints)

    def configure(self, text: str) -> None:
        """Replace newsletter.toml."""
        (self.root / "newsletter.toml").write_text(text, encoding="utf-8")

    def add(self, name: str, body: str = "", **front_matter: Any) -> Path:
        """Write an article below ``content/``; text and numbers are written as JSON, which is TOML too."""
        body = body or f"<p>The body of {name}.</p>"
        path = self.root / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{key} = {json.dumps(value)}" for key, value in front_matter.items()]
        path.write_text("\n".join(["+++", *lines, "+++", body, ""]), encoding="utf-8")
        return path

    def issue(self, name: str = "2025-W20") -> Path:
        """Return the folder of an issue."""
        return self.root / "issues" / name


def run_program(
    arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], streams: tuple[IO[bytes], IO[bytes], IO[bytes]]
) -> int:
    """Run ``newsletter`` in a process of its own; return its status, -N where signal N ended it."""
    if _SERVER.fits(env):
        return _SERVER.run(arguments, cwd=cwd, env=env, streams=streams, timeout=100)
    command = [sys.executable, "-m", "newsletter", *arguments]
    stdin, stdout, stderr = streams
    return subprocess.run(
        command, cwd=cwd, env=env, stdin=stdin, stdout=stdout, stderr=stderr, timeout=100, check=False
    ).returncode


def _written(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def on_terminal(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], typed: str = "", columns: int = 100
) -> tuple[int, str]:
    """Run `command` on a terminal where `typed` was typed ahead, and give its exit status and all that was shown."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with subprocess.Popen(command, cwd=cwd, env=env, stdin=follower, stdout=follower, stderr=follower) as process:
        os.close(follower)
        os.write(leader, typed.encode())
        shown = b""
        with suppress(OSError):  # Linux's way to say that the other end is closed
            while piece := os.read(leader, 65536):
                shown += piece
    os.close(leader)
    return process.returncode, shown.decode()


def bare_environment() -> dict[str, str]:
    """Keep of the environment what cron has, and what measures coverage in other processes."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("COVERAGE", "COV_CORE"))}
    home = {"HOME": "/nonexistent", "XDG_CACHE_HOME": _CACHE.name}
    return {**kept, **home, "PATH": "/usr/bin:/bin", "LC_ALL": "C", "PYTHONWARNINGS": "error"}


_SERVER = ForkServer(bare_environment())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a project with a four-line configuration and no article."""
    made = Project(root=tmp_path / "project", env=bare_environment())
    (made.root / "content").mkdir(parents=True)
    made.configure(CONFIG)
    return made


@pytest.fixture
def week(project: Project) -> Project:
    """Make a project with three articles in three categories in the week before `NOW`, and one a week earlier."""
    add_week(project)
    return project


def add_week(project: Project) -> None:
    """Write those articles."""
    shared = {"summary": "What happened, in one sentence that is long enough.", "source": "Field Office"}
    for number, category in enumerate(["energy", "health", "travel"], 1):
        project.add(
            f"{category}.md",
            title=f"News of {category}",
            date=f"2025-05-{12 + number}T10:00:00Z",
            enclosure=f"https://cdn.example.org/banners/{category}-{number}.jpg",
            url=f"{category}-news",
            article_id=number,
            body=f"<p>All about {category}.</p>",
            **shared,
        )
    project.add("old.md", title="Old news", date="2025-05-08T10:00:00Z", url="old-news", article_id=9, **shared)


@pytest.fixture
def fake() -> Iterator[FakeSendGrid]:
    """Serve a SendGrid in good order."""
    with FakeSendGrid() as server:
        yield server


@pytest.fixture
def demo(tmp_path: Path) -> Project:
    """Make the sample project that ``newsletter init --demo`` writes."""
    made = Project(root=tmp_path / "demo", env=bare_environment())
    assert made.run("init", "--demo", str(made.root), cwd=tmp_path).status == 0
    return made


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update-golden``, which accepts the issues as they are composed now."""
    parser.addoption("--update-golden", action="store_true", help="write the golden issues again")
