"""Put a file where SendGrid says, and get one: addresses that are their own key, and are not SendGrid's.

So nothing of the account goes there: no key, only the headers that SendGrid names. Redirects are not followed.
"""

import http.client
import ssl
from collections.abc import Mapping
from contextlib import closing
from typing import IO
from urllib.parse import urlsplit

from newsletter.errors import ProviderError

__all__ = ["download", "upload"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_AGAIN = "run the same command again: it goes on where it stopped"


def upload(address: str, headers: Mapping[str, str], file: IO[bytes], size: int, *, proxy: str, timeout: float) -> None:
    """Put a file of `size` bytes to an address, streaming; ProviderError where that does not work."""
    _exchange(
        "PUT", address, {**headers, "Content-Length": str(size)}, file, proxy=proxy, timeout=timeout, most=100_000
    )


def download(address: str, *, proxy: str, timeout: float, most: int) -> bytes:
    """Return what is at an address, cut after `most` bytes; ProviderError where it cannot be read."""
    return _exchange("GET", address, {}, None, proxy=proxy, timeout=timeout, most=most)


def _exchange(
    method: str,
    address: str,
    headers: Mapping[str, str],
    file: IO[bytes] | None,
    *,
    proxy: str,
    timeout: float,
    most: int,
) -> bytes:
    try:
        connection, path = _connection(address, proxy, timeout)
        with closing(connection):
            connection.request(method, path, body=file, headers=dict(headers))
            answer = connection.getresponse()
            content = answer.read(most)
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: an impossible address or header
        raise ProviderError(f"no file can be transferred: {type(error).__name__}", hint=_AGAIN) from error
    if not 200 <= answer.status < 300:
        raise ProviderError(f"{urlsplit(address).hostname} refused a file: HTTP {answer.status}", hint=_AGAIN)
    return content


def _connection(address: str, proxy: str, timeout: float) -> tuple[http.client.HTTPConnection, str]:
    """Return a connection to an address' host, and what to ask it for; ProviderError for one that is not https."""
    parts = urlsplit(address)
    host, path = parts.hostname or "", parts.path + (f"?{parts.query}" if parts.query else "")
    if parts.scheme == "http" and host in _LOOPBACK:
        return http.client.HTTPConnection(host, parts.port, timeout=timeout), path
    if parts.scheme != "https" or not host:
        raise ProviderError("SendGrid named an address for a file that is not https", hint="run it again later")
    tls = ssl.create_default_context()
    if not proxy:
        return http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=tls), path
    way = urlsplit(proxy)
    connection = http.client.HTTPSConnection(way.hostname or "", way.port, timeout=timeout, context=tls)
    connection.set_tunnel(host, parts.port or 443)
    return connection, path
