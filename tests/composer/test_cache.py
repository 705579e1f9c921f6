"""The cache of fetched pictures: asked again, bounded, whole, and nobody else's files."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from newsletter.composer.fetch import Limits, fetch_pictures
from tests.composer.test_fetch import LOCAL, banner, content

NOW = datetime(2025, 5, 19, 8, tzinfo=UTC)
LIMITS = Limits(total=3)


class Host(BaseHTTPRequestHandler):
    """A host of one picture, which may change, go, break, or know what it said before."""

    def do_GET(self) -> None:
        """Answer as the server's `state` says."""
        host: Server = self.server  # type: ignore[assignment]
        host.asked.append({name.lower(): value for name, value in self.headers.items()})
        etag = f'"{host.state}"'
        if host.state in ("404", "503"):
            self._answer(int(host.state), b"")
        elif self.headers.get("If-None-Match") == etag:
            self._answer(304, b"")
        else:
            whole = banner(host.state if host.state in ("navy", "red") else "green")
            body = {"cut": whole[:-100], "html": b"<!doctype html><p>Log in</p>"}.get(host.state, whole)
            self._answer(200, body, etag, len(whole) if host.state == "cut" else len(body))

    def _answer(self, status: int, body: bytes, etag: str = "", length: int = 0) -> None:
        self.send_response(status, "\x1b[2J a status line")
        self.send_header("Content-Length", str(length or len(body)))
        if etag:
            self.send_header("ETag", etag)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


class Server(ThreadingHTTPServer):
    """Serve `Host` on loopback."""

    state = "navy"
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Host)
        self.asked: list[dict[str, str]] = []

    @property
    def address(self) -> str:
        """The picture's address."""
        return f"http://127.0.0.1:{self.server_address[1]}/a.png"


@pytest.fixture
def host() -> Iterator[Server]:
    """Serve a picture."""
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def fetch(host: Server, cache: Path, now: datetime | None = NOW, limits: Limits = LIMITS) -> bytes | str:
    """Return the picture, or the problem with it."""
    (material,) = fetch_pictures([host.address], cache=cache, now=now, private_hosts=LOCAL, limits=limits).values()
    return content(material) if material.path else material.problem


def test_a_picture_is_asked_for_again_after_an_hour(host: Server, tmp_path: Path) -> None:
    """Within it the cache answers; then the host does, which sends nothing where nothing changed."""
    assert fetch(host, tmp_path) == banner("navy")
    assert fetch(host, tmp_path, NOW + timedelta(minutes=59)) == banner("navy")
    assert len(host.asked) == 1
    assert fetch(host, tmp_path, NOW + timedelta(minutes=61)) == banner("navy")
    assert [one.get("if-none-match") for one in host.asked] == [None, '"navy"']


@pytest.mark.parametrize("now", [None, NOW + timedelta(days=1)])
def test_a_picture_that_changed_at_its_address_is_seen(host: Server, tmp_path: Path, now: datetime | None) -> None:
    """A new selection (no time at hand) asks for all, a later run for what is old."""
    fetch(host, tmp_path)
    host.state = "red"
    assert fetch(host, tmp_path, now) == banner("red")


def test_a_host_that_fails_leaves_what_there_is(host: Server, tmp_path: Path) -> None:
    """An outage is no reason to lose a picture; that it is gone is one."""
    fetch(host, tmp_path)
    for state in ("503", "cut", "html"):
        host.state = state
        assert fetch(host, tmp_path, None) == banner("navy")
    host.state = "404"
    assert fetch(host, tmp_path, None) == "the server answers 404"


@pytest.mark.parametrize(
    ("state", "problem"), [("cut", "cut off"), ("html", "not a picture"), ("503", "the server answers 503")]
)
def test_only_whole_pictures_are_kept(host: Server, tmp_path: Path, state: str, problem: str) -> None:
    """What is cut off, a page or an error is a problem, nothing of it stays, and no word of the host is repeated."""
    host.state = state
    found = fetch(host, tmp_path)
    assert isinstance(found, str)
    assert problem in found
    assert "\x1b" not in found
    assert [path for path in tmp_path.iterdir() if len(path.name) >= 64] == []


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    """What was used longest ago goes; what this run needs stays."""
    limits = Limits(total=5, kept_files=2)
    with several(4) as servers:
        for age, server in enumerate(servers):
            fetch(server, tmp_path, limits=limits)
            for path in tmp_path.glob("?" * 64):
                os.utime(path, (age, age))
        kept = [path for path in tmp_path.iterdir() if len(path.name) == 64]
    assert len(kept) <= 3
    assert (tmp_path / ".gitignore").read_text() == "*\n"


@contextmanager
def several(count: int) -> Iterator[list[Server]]:
    """Serve pictures at several addresses."""
    servers = [Server() for _ in range(count)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield servers
    for server in servers:
        server.shutdown()
        server.server_close()


def test_links_in_the_cache_are_not_followed(host: Server, tmp_path: Path) -> None:
    """Neither a linked cache nor a linked picture makes a file elsewhere, or reads one."""
    other, cache = tmp_path / "other", tmp_path / "cache"
    other.mkdir()
    cache.symlink_to(other)
    assert isinstance(fetch(host, cache), str)
    assert list(other.iterdir()) == []
    cache.unlink()
    fetch(host, cache)
    (picture,) = cache.glob("?" * 64)
    secret = tmp_path / "secret"
    secret.write_text("secret")
    picture.unlink()
    picture.symlink_to(secret)
    assert fetch(host, cache) == banner("navy")
    assert secret.read_text() == "secret"


@pytest.mark.parametrize("index", ["", "[]", "{", '{"a": 1}', "[" * 100_000, '{"x": {"size": "1", "etag": 5}}'])
def test_a_damaged_index_only_means_that_pictures_are_asked_for(host: Server, tmp_path: Path, index: str) -> None:
    """No file of the cache can end a run."""
    fetch(host, tmp_path)
    (tmp_path / "index.json").write_text(index)
    assert fetch(host, tmp_path) == banner("navy")
