"""Fetch pictures: the composer's only way to the network, bounded in time, bytes, redirects and count at once.

Addresses come from articles, which anybody may have written: private and loopback addresses are refused, after the
name is resolved and for every redirect, and the connection goes to the very address that was checked.
"""

import contextlib
import hashlib
import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from newsletter.addresses import quote_address
from newsletter.composer.material import Material
from newsletter.errors import StorageError
from newsletter.files import open_folder

__all__ = ["Limits", "fetch_pictures"]

_PLACES = 4  # addresses of one host that are tried: each gets its share of one wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one run: seconds for all pictures and for one wait, bytes of one, redirects, fetches at once.

    After `failures` refusals to connect, the other pictures of that host are not tried.
    """

    total: float = 20.0
    wait: float = 5.0
    size: int = 8_000_000
    redirects: int = 3
    at_once: int = 6
    failures: int = 2


class _UnusableError(Exception):
    """One picture that is not to be had; the others go on."""


def fetch_pictures(
    addresses: Iterable[str],
    *,
    cache: Path,
    offline: bool = False,
    private_hosts: Collection[str] = (),
    limits: Limits = Limits(),
    progress: Callable[[int], None] | None = None,
) -> dict[str, Material]:
    """Get each address once, from the folder `cache` or else from the network, and keep it in `cache`.

    With `offline` only the cache counts. `private_hosts` may be at private addresses. `progress` hears how many
    pictures are settled.
    """
    wanted = dict.fromkeys(addresses)
    settled = {address: Material(content=content) for address in wanted if (content := _cached(cache, address))}
    missing = [address for address in wanted if address not in settled]
    if offline:
        return settled | {address: Material(problem="not fetched: offline") for address in missing}
    run = _Run(limits=limits, private_hosts=frozenset(private_hosts), progress=progress)
    fetched = run.fetch_all(missing)
    for address, result in fetched.items():
        if result.content:
            with contextlib.suppress(StorageError), open_folder(cache, make=True) as folder:
                folder.write(_cache_name(address), result.content)  # a cache that cannot be written is only slow
    return settled | fetched


def _cache_name(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


def _cached(cache: Path, address: str) -> bytes:
    with contextlib.suppress(StorageError, OSError), open_folder(cache) as folder:
        return folder.read(_cache_name(address))
    return b""


class _Run:
    """One bounded run over many addresses; its threads are daemons, so that no slow name server holds the program."""

    def __init__(self, *, limits: Limits, private_hosts: frozenset[str], progress: Callable[[int], None] | None):
        self._limits = limits
        self._private_hosts = private_hosts
        self._progress = progress
        self._deadline = time.monotonic() + limits.total
        self._failures: Counter[str] = Counter()
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._settled: queue.SimpleQueue[tuple[str, Material]] = queue.SimpleQueue()

    def fetch_all(self, addresses: list[str]) -> dict[str, Material]:
        """Fetch all addresses; what is not settled at the deadline is a problem."""
        for address in addresses:
            self._waiting.put(address)
        for _ in range(min(self._limits.at_once, len(addresses))):
            threading.Thread(target=self._work, daemon=True).start()
        results: dict[str, Material] = {}
        while len(results) < len(addresses):
            try:
                address, result = self._settled.get(timeout=max(0.0, self._deadline - time.monotonic()))
            except queue.Empty:
                break
            results[address] = result
            if self._progress:
                self._progress(len(results))
        late = Material(problem=f"not there after {self._limits.total:g} seconds for all pictures")
        return {address: results.get(address, late) for address in addresses}

    def _work(self) -> None:
        while time.monotonic() < self._deadline:
            try:
                address = self._waiting.get_nowait()
            except queue.Empty:
                return
            try:
                result = Material(content=self._fetch(address))
            except _UnusableError as problem:
                result = Material(problem=str(problem))
            except (OSError, http.client.HTTPException, ValueError) as error:
                result = Material(problem=str(error) or type(error).__name__)
            self._settled.put((address, result))

    def _fetch(self, address: str) -> bytes:
        for _ in range(self._limits.redirects + 1):
            content, target = self._get(address)
            if not target:
                return content
            address = quote_address(urljoin(address, target))
        raise _UnusableError(f"more than {self._limits.redirects} redirects")

    def _get(self, address: str) -> tuple[bytes, str]:
        """Ask once; give (the bytes, "") or (nothing, where it redirects to)."""
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _UnusableError("not a web address")
        connection = http.client.HTTPConnection(parts.hostname, timeout=self._limits.wait)
        try:
            connection.sock = self._connect(parts.scheme, parts.hostname, parts.port)
            path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            connection.request("GET", path, headers={"Host": parts.netloc.rpartition("@")[2], "Accept": "image/*"})
            answer = connection.getresponse()
            if answer.status in (301, 302, 303, 307, 308):
                return b"", answer.getheader("Location", "")
            if answer.status != 200:
                raise _UnusableError(f"the server answers {answer.status}")
            return self._read(answer), ""
        finally:
            connection.close()

    def _connect(self, scheme: str, host: str, port: int | None) -> socket.socket:
        if self._failures[host] >= self._limits.failures:
            raise _UnusableError(f"{host} could not be reached before")
        try:
            found = socket.getaddrinfo(host, port or {"http": 80, "https": 443}[scheme], type=socket.SOCK_STREAM)
            self._refuse_private(host, {str(entry[4][0]) for entry in found})
            places = [(str(entry[4][0]), int(entry[4][1])) for entry in found[:_PLACES]]
            plain = self._reach(places, time.monotonic() + self._limits.wait)
            plain.settimeout(self._limits.wait)
        except OSError as error:
            self._failures[host] += 1
            raise _UnusableError(f"{host} cannot be reached: {error.strerror or error}") from error
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host) if scheme == "https" else plain

    def _reach(self, places: Sequence[tuple[str, int]], deadline: float) -> socket.socket:
        """Connect to the first of a host's places that answers; they share the time until `deadline`."""
        first, *others = places
        share = (deadline - time.monotonic()) / len(places)
        try:
            return socket.create_connection(first, timeout=max(share, 0.01))
        except OSError:
            if not others:
                raise
            return self._reach(others, deadline)

    def _refuse_private(self, host: str, addresses: Collection[str]) -> None:
        if host in self._private_hosts:
            return
        if not all(ipaddress.ip_address(address.partition("%")[0]).is_global for address in addresses):
            raise _UnusableError(f"{host} is at a private address; allow it with private_hosts in [compose]")

    def _read(self, answer: http.client.HTTPResponse) -> bytes:
        content = bytearray()
        while chunk := answer.read1(65536):
            content += chunk
            if len(content) > self._limits.size:
                raise _UnusableError(f"larger than {self._limits.size:,} bytes")
            if time.monotonic() > self._deadline:
                raise _UnusableError("the time for all pictures is over")
        return bytes(content)
