"""Fetch pictures, bounded in time, bytes, redirects and concurrency: the composer's only network access.

Addresses come from articles and are not trusted: anything but a public host on port 80 or 443 is refused,
after the name is resolved and for every redirect, and the connection goes to the address that was checked. Text from a
host (its status line, an error) is never repeated. A picture is written to a file in pieces,
as it arrives.
"""

import contextlib
import http.client
import os
import queue
import re
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from newsletter.addresses import quote_address, web_host
from newsletter.composer.cache import PictureCache
from newsletter.composer.image_data import ImageData
from newsletter.composer.public import is_public

__all__ = ["Limits", "fetch_pictures"]

_PLACES = 4  # addresses of one host that are tried; they share one wait
_PORTS = (80, 443)
_GONE = (404, 410)
_PICTURE = re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF.{4}WEBP|.{4}ftyp|BM|II\*\0|MM\0\*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one run and of its cache.

    Seconds for all pictures, for one and for one wait; bytes of all and of one; redirects; concurrent fetches. After
    `failures` refusals to connect, the other pictures of that host are not tried. `kept` and `kept_files` are the bytes
    and the files of the cache.
    """

    total: float = 20.0
    each: float = 10.0
    wait: float = 5.0
    total_size: int = 160_000_000
    size: int = 8_000_000
    redirects: int = 3
    at_once: int = 6
    failures: int = 2
    kept: int = 200_000_000
    kept_files: int = 2000


class _UnusableError(Exception):
    """One picture that cannot be fetched; the others are not affected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """The result for one address: a complete picture in the file `part`, `unchanged`, `gone`, or a problem."""

    part: Path | None = None
    etag: str = ""
    modified: str = ""
    unchanged: bool = False
    gone: bool = False
    problem: str = ""


def fetch_pictures(
    addresses: Iterable[str],
    *,
    cache: Path,
    offline: bool = False,
    now: datetime | None = None,
    private_hosts: Collection[str] = (),
    limits: Limits = Limits(),
    progress: Callable[[int], None] | None = None,
) -> dict[str, ImageData]:
    """Return the file of each picture in the folder `cache`, after checking with its host that it is unchanged.

    Pictures requested in the hour before `now` are not requested again; without `now` all are. With `offline`,
    only the cache is used. If a host fails, the cached picture is used; if it reports the picture as gone, it is not.
    `private_hosts` (``host`` or ``host:port``) may have private addresses and other ports. `progress` is called with
    the number of settled pictures.
    """
    wanted = dict.fromkeys(addresses)
    kept = PictureCache(cache, now=now, most_bytes=limits.kept, most_files=limits.kept_files)
    due = [] if offline else [address for address in wanted if not kept.is_fresh(address)]
    run = _Run(cache=kept, limits=limits, private_hosts=private_hosts, progress=progress)
    problems = {address: _take(kept, address, answer) for address, answer in run.fetch_all(due).items()}
    kept.finish(wanted)
    return {address: _material(kept, address, problems.get(address, "not fetched: offline")) for address in wanted}


def _take(cache: PictureCache, address: str, answer: _Answer) -> str:
    """Store a result in the cache; return its problem."""
    if answer.unchanged:
        cache.confirm(address)
    if answer.gone:
        cache.drop(address)
    if answer.part:
        try:
            cache.keep(address, answer.part, answer.etag, answer.modified)
        except OSError as error:
            return f"it cannot be kept: {error.strerror}"
    return answer.problem


def _material(cache: PictureCache, address: str, problem: str) -> ImageData:
    path = cache.find(address)
    return ImageData(path=path, cached=True) if path else ImageData(problem=problem)


class _Run:
    """One bounded run over many addresses, in daemon threads, so that a slow name server does not delay the exit."""

    def __init__(
        self,
        *,
        cache: PictureCache,
        limits: Limits,
        private_hosts: Collection[str],
        progress: Callable[[int], None] | None,
    ):
        self._cache = cache
        self._limits = limits
        self._private_hosts = frozenset(host.lower() for host in private_hosts)
        self._progress = progress
        self._deadline = time.monotonic() + limits.total
        self._failures: Counter[str] = Counter()
        self._read_bytes = 0
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._settled: queue.SimpleQueue[tuple[str, _Answer]] = queue.SimpleQueue()

    def fetch_all(self, addresses: list[str]) -> dict[str, _Answer]:
        """Fetch all addresses; those not settled by the deadline become problems."""
        for address in addresses:
            self._waiting.put(address)
        for _ in range(min(self._limits.at_once, len(addresses))):
            threading.Thread(target=self._work, daemon=True).start()
        results: dict[str, _Answer] = {}
        while len(results) < len(addresses):
            try:
                address, result = self._settled.get(timeout=max(0.0, self._deadline - time.monotonic()))
            except queue.Empty:
                break
            results[address] = result
            if self._progress:
                self._progress(len(results))
        late = _Answer(problem=f"not fetched within {self._limits.total:g} seconds for all pictures")
        return {address: results.get(address, late) for address in addresses}

    def _work(self) -> None:
        while time.monotonic() < self._deadline:
            try:
                address = self._waiting.get_nowait()
            except queue.Empty:
                return
            try:
                result = self._fetch(address)
            except _UnusableError as problem:
                result = _Answer(problem=str(problem))
            except (OSError, http.client.HTTPException, ValueError) as error:
                result = _Answer(problem=_words(error))
            self._settled.put((address, result))

    def _fetch(self, address: str) -> _Answer:
        at = address
        for _ in range(self._limits.redirects + 1):
            answer, target = self._get(at, address)
            if not target:
                return answer
            at = quote_address(urljoin(at, target))
        raise _UnusableError(f"more than {self._limits.redirects} redirects")

    def _get(self, at: str, address: str) -> tuple[_Answer, str]:
        """Request the picture of `address` once, from `at`; return (result, "") or (an empty one, the redirect)."""
        place = web_host(at)
        if not place:
            raise _UnusableError("not a web address")
        parts = urlsplit(at)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        headers = {"Host": _host_header(*place), "Accept": "image/*", **self._cache.validators(address)}
        connection = http.client.HTTPConnection(place[0], timeout=self._limits.wait)
        try:
            connection.sock = self._connect(parts.scheme, *place)
            with self._watch(connection.sock):
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                if answer.status in (301, 302, 303, 307, 308):
                    return _Answer(), answer.getheader("Location", "")
                return self._judge(answer, address), ""
        finally:
            connection.close()

    def _judge(self, answer: http.client.HTTPResponse, address: str) -> _Answer:
        if answer.status == 304 and self._cache.find(address):
            return _Answer(unchanged=True)
        if answer.status != 200:
            return _Answer(problem=f"the server answers {answer.status}", gone=answer.status in _GONE)
        etag, modified = answer.getheader("ETag", ""), answer.getheader("Last-Modified", "")
        return _Answer(part=self._write(answer, self._cache.part(address)), etag=etag, modified=modified)

    @contextlib.contextmanager
    def _watch(self, connection: socket.socket) -> Iterator[None]:
        """Close a connection that takes too long: a slow, steady answer never exceeds the `wait` of a single read."""
        timer = threading.Timer(self._limits.each, _shut, [connection])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _connect(self, scheme: str, host: str, port: int) -> socket.socket:
        if self._failures[host] >= self._limits.failures:
            raise _UnusableError(f"{host} could not be reached earlier in this run")
        allowed = not self._private_hosts.isdisjoint((host, f"[{host}]", _host_header(host, port), f"{host}:{port}"))
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            if not allowed and not all(is_public(str(entry[4][0])) for entry in found):
                raise _UnusableError(f"{host} is at a private address; allow it with private_hosts in [compose]")
            if not allowed and port not in _PORTS:
                raise _UnusableError(f"port {port} of {host} is not used; allow it with private_hosts in [compose]")
            places = [(str(entry[4][0]), int(entry[4][1])) for entry in found[:_PLACES]]
            plain = self._reach(places, time.monotonic() + self._limits.wait)
            plain.settimeout(self._limits.wait)
        except (OSError, UnicodeError) as error:  # an invalid name raises a UnicodeError
            self._failures[host] += 1
            reason = (error.strerror if isinstance(error, OSError) else "") or "no answer in time"
            raise _UnusableError(f"{host} cannot be reached: {reason}") from error
        if scheme == "http":
            return plain
        with self._watch(plain):
            return ssl.create_default_context().wrap_socket(plain, server_hostname=host)

    def _reach(self, places: Sequence[tuple[str, int]], deadline: float) -> socket.socket:
        """Connect to the first of a host's addresses that answers; they share the time until `deadline`."""
        first, *others = places
        share = (deadline - time.monotonic()) / len(places)
        try:
            return socket.create_connection(first, timeout=max(share, 0.01))
        except OSError:
            if not others:
                raise
            return self._reach(others, deadline)

    def _write(self, answer: http.client.HTTPResponse, part: Path) -> Path:
        """Write the body of an answer to a file if it is a complete picture; leave nothing otherwise."""
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
            with open(os.open(part, flags, 0o644), "wb") as file:
                file.writelines(self._chunks(answer))
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return part

    def _chunks(self, answer: http.client.HTTPResponse) -> Iterator[bytes]:
        """Read the body of an answer in pieces; refuse one that is not a picture, too large, too late or incomplete."""
        size = 0
        while chunk := answer.read(16) if size == 0 else answer.read1(65536):
            if size == 0 and not _PICTURE.match(chunk):
                raise _UnusableError("the answer is not a picture")
            size += len(chunk)
            self._read_bytes += len(chunk)
            if size > self._limits.size:
                raise _UnusableError(f"larger than {self._limits.size:,} bytes")
            if self._read_bytes > self._limits.total_size:
                raise _UnusableError(f"the pictures are larger than {self._limits.total_size:,} bytes together")
            if time.monotonic() > self._deadline:
                raise _UnusableError("the time limit for all pictures has passed")
            yield chunk
        if not size or answer.length:
            raise _UnusableError("the answer is cut off")


def _host_header(host: str, port: int) -> str:
    bare = f"[{host}]" if ":" in host else host
    return bare if port in _PORTS else f"{bare}:{port}"


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)  # not TLS's own, which another thread may be in


def _words(error: Exception) -> str:
    """Return our own message for a failure of the network or a host; theirs could contain anything."""
    if isinstance(error, TimeoutError):
        return "it timed out"
    if isinstance(error, http.client.IncompleteRead):
        return "the answer is cut off"
    if isinstance(error, http.client.HTTPException | ValueError):
        return "the answer is not HTTP"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "the certificate of the server cannot be verified"
    return (error.strerror if isinstance(error, OSError) and error.errno else "") or "the connection failed"
