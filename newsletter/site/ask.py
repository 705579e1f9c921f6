"""Ask the newsletter's own site whether it has an address: HEAD, where that is not allowed GET; one after the other.

Only the host of `base_url` is asked, which the newsletter's owner wrote: no redirect is followed, no body is read.
"""

import http.client
import ssl
import time
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from newsletter.addresses import quote_address, web_host

__all__ = ["Answer", "ask_site"]

Answer = int | str
"""The status of an answer, or why there was none."""

_MOST = 500  # addresses
_WAIT = 10.0  # seconds for one answer
_TOTAL = 120.0
_NO_HEAD = (403, 405, 501)
_HEADERS = {"User-Agent": "newsletter-check", "Accept": "*/*"}


def ask_site(
    addresses: Iterable[str], *, total: float = _TOTAL, progress: Callable[[int], None] | None = None
) -> dict[str, Answer]:
    """Ask for each address and return what came; `progress` hears how many are done."""
    deadline = time.monotonic() + total
    answers: dict[str, Answer] = {}
    for number, address in enumerate(dict.fromkeys(addresses), 1):
        if number > _MOST:
            answers[address] = f"not asked: more than {_MOST} addresses"
        elif time.monotonic() > deadline:
            answers[address] = f"not asked: {total:g} seconds are over"
        else:
            answers[address] = _ask(address)
        if progress:
            progress(number)
    return answers


def _ask(address: str) -> Answer:
    try:
        status = _status("HEAD", address)
        return _status("GET", address) if status in _NO_HEAD else status
    except TimeoutError:
        return "it timed out"
    except ssl.SSLError:
        return "the certificate of the server cannot be verified"
    except (OSError, http.client.HTTPException, ValueError) as error:
        return (error.strerror if isinstance(error, OSError) and error.errno else "") or "no answer"


def _status(method: str, address: str) -> int:
    place = web_host(address)
    if not place:
        raise ValueError(address)
    parts = urlsplit(quote_address(address))
    if parts.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            *place, timeout=_WAIT, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(*place, timeout=_WAIT)
    try:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request(method, path, headers=_HEADERS)
        return connection.getresponse().status
    finally:
        connection.close()
