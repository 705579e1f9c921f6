"""The only module that contacts SendGrid, through its own package, with the package's pitfalls avoided.

What the package does by default → what this module does:

- no timeout at all → one for each step, and a deadline for the whole call, which also limits a slow answer
- redirects are followed, with the key, as a GET → refused
- proxies from the environment are used → only the configured one
- four unrelated kinds of failure → "the body was not sent completely" (certainly not accepted) or "it was" (unknown)
- at level DEBUG its logger prints the key and the recipients → disabled
"""

import functools
import http.client
import io
import itertools
import json
import logging
import socket
import ssl
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import python_http_client
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from newsletter.errors import ProviderError
from newsletter.providers.sendgrid.answers import Answer, cure, explain, outcome, wait_of
from newsletter.providers.sendgrid.failures import Failure, explain_failure
from newsletter.providers.sendgrid.payload import MOST_BYTES, MailRequests
from newsletter.providers.sendgrid.secrets import Secrets
from newsletter.sender.envelope import Envelope
from newsletter.sender.provider import Outcome, Refused, Request, RetryLater, Uncertain
from newsletter.settings import SendSettings

__all__ = ["NoAnswer", "SendGrid", "as_list", "as_text"]

_Found = TypeVar("_Found")

_PAGE = 500  # the most suppressions SendGrid returns at once
_MOST_PAGES = 20_000
_SHORT, _LONG = 1_000_000, 256_000_000  # bytes of an answer: to mail/send, and the longest list of a group
_BUSY = (429, 503)
_LONGEST_PAUSE = 60.0  # seconds
_LISTS = {
    "bounces": "bounce",
    "spam_reports": "spam report",
    "invalid_emails": "invalid",
    "unsubscribes": "unsubscribe",
}


class NoAnswer(Exception):  # noqa: N818 - it is the absence of something
    """No answer came: why, what a person does about it, and whether the whole request was sent before (`written`)."""

    def __init__(self, failure: Failure, *, written: bool) -> None:
        """Keep the words of `failure`."""
        super().__init__(failure.reason)
        self.reason, self.hint, self.lasting = failure
        self.written = written


class SendGrid:
    """SendGrid as a provider; usable from several threads."""

    def __init__(self, secrets: Secrets, settings: SendSettings, *, sandbox: bool = False) -> None:
        """Keep the key and host, and the timeouts and the proxy of [send]; do not connect yet."""
        for name in ("python_http_client", "python_http_client.client"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._api = SendGridAPIClient(secrets.api_key, host=secrets.host)
        self._key = secrets.api_key
        self._settings = settings
        self._sandbox = sandbox
        self._place = urlsplit(secrets.host)
        self._host = self._place.hostname
        self._tls = ssl.create_default_context() if secrets.host.startswith("https:") else None

    @property
    def where(self) -> str:
        """The host that requests are sent to, and the proxy."""
        proxy = urlsplit(self._settings.proxy).netloc.rpartition("@")[2]
        return self._place.netloc + (f" through the proxy {proxy}" if proxy else "")

    def prepare(self, envelope: Envelope) -> MailRequests:
        """Return the builder of one issue's requests."""
        return MailRequests(envelope)

    def submit(self, request: Request) -> Outcome:
        """Ask for delivery (see `Provider.submit`); a request beyond SendGrid's limit is refused, not sent."""
        if (size := len(request.body)) > MOST_BYTES:
            return Refused(scope="request", reason=f"the request takes {size / 1e6:.1f} MB, more than SendGrid's 30")
        try:
            answer = self.call("post", "mail/send", content=request.body, room=_SHORT)
        except NoAnswer as error:
            if error.written:
                return Uncertain(reason=error.reason)
            return RetryLater(reason=error.reason, hint=error.hint, lasting=error.lasting)
        return outcome(answer, recipients=len(request.recipients), sandbox=self._sandbox)

    def schedule(self) -> str:
        """Request an id with which scheduled requests can be cancelled."""
        return self.ask("post", "mail/batch", lambda found: as_text(found["batch_id"]))

    def cancel(self, schedule: str) -> None:
        """Cancel the requests scheduled under an id; SendGrid guarantees it only until ten minutes before the time."""
        body = {"batch_id": schedule, "status": "cancel"}
        self.ask("post", "user/scheduled_sends", lambda found: found, body=body)

    def suppressions(self) -> Iterator[tuple[str, str]]:
        """Yield (address, reason) of everybody SendGrid does not deliver to or who has unsubscribed."""
        for name, reason in _LISTS.items():
            yield from ((email, reason) for email in self._pages(f"suppression/{name}"))
        group = self._settings.unsubscribe.group_id
        if self._settings.unsubscribe.mode == "group" and group:
            emails = self.ask("get", f"asm/groups/{group}/suppressions", lambda found: [*map(as_text, as_list(found))])
            yield from ((email, "group unsubscribe") for email in emails)

    def _pages(self, path: str) -> Iterator[str]:
        def read(found: Any) -> list[str]:
            return [as_text(entry["email"]) for entry in as_list(found)]

        for page in range(_MOST_PAGES):
            emails = self.ask("get", path, read, query={"limit": _PAGE, "offset": page * _PAGE})
            yield from emails
            if len(emails) < _PAGE:
                return

    def find(self, *, email: str, since: str, args: Mapping[str, str]) -> bool:
        """Return whether SendGrid's log has a message to `email`, created at or after `since`, that carries `args`.

        True is proof that it was accepted; False proves nothing.
        """
        query = f"to_email = '{_quoted(email)}' AND sg_message_id_created_at >= TIMESTAMP \"{since}\""

        def messages(found: Any) -> list[str]:
            return [as_text(message["sg_message_id"]) for message in as_list(found["messages"])]

        def carries(found: Any) -> bool:
            held = found.get("custom_args") or {}
            return all(held.get(name) == value for name, value in args.items())

        return any(
            self.ask("get", f"logs/{quote(message, safe='')}", carries)
            for message in self.ask("post", "logs", messages, body={"query": query, "limit": 100})
        )

    def ask(
        self,
        method: str,
        path: str,
        read: Callable[[Any], _Found],
        *,
        body: Any = None,
        content: bytes | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> _Found:
        """Make a repeatable call, and return what `read` extracts from the document of the answer.

        Raises ProviderError for no answer, a refusal, or an unexpected document.
        """
        content = content if body is None else json.dumps(body).encode()
        answer = self._patiently(method, path, content, query)
        if not 200 <= answer.status < 300:
            raise ProviderError(f"SendGrid refused {path}: {explain(answer)}", hint=cure(answer))
        try:
            return read(json.loads(answer.body))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise ProviderError(
                f"SendGrid answered {path} with an unexpected document",
                hint="run it again later; if the problem persists, check SENDGRID_HOST",
            ) from error

    def look_up(self, path: str, query: Mapping[str, Any] | None = None) -> Answer:
        """Return the answer to a question, whatever its status; ProviderError where there is none."""
        return self._patiently("get", path, None, query)

    def _patiently(self, method: str, path: str, content: bytes | None, query: Mapping[str, Any] | None) -> Answer:
        """Make a call that may be repeated; ask again if SendGrid is busy. Raises ProviderError without an answer."""
        for tries in itertools.count():
            try:
                answer = self.call(method, path, content=content, query=query)
            except NoAnswer as error:
                raise ProviderError(error.reason, hint=error.hint) from error
            if answer.status not in _BUSY or tries >= self._settings.retries:
                return answer
            time.sleep(min(_LONGEST_PAUSE, wait_of(answer.headers) or 2.0**tries))
        raise AssertionError("the loop ends with an answer or an error")

    def call(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        query: Mapping[str, Any] | None = None,
        room: int = _LONG,
    ) -> Answer:
        """Make one call and return the answer, whatever its status; NoAnswer where none comes."""
        flight = self._flight(room)
        try:
            return self._call(flight, method, path, content=content, query=query)
        except Exception as error:
            proxy = urlsplit(self._settings.proxy).netloc.rpartition("@")[2]
            found = explain_failure(error, self._host or "", written=flight.written, proxy=proxy)
            raise NoAnswer(found, written=flight.written) from error

    def _flight(self, room: int) -> "_Flight":
        return _Flight(self._settings.timeout, time.monotonic() + self._settings.deadline, room)

    def _call(
        self,
        flight: "_Flight",
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Make one call through the package's client and return the answer, whatever its status."""
        plain = self._api.client
        client = _Client(plain.host, dict(plain.request_headers), version=3, url_path=path.split("/"))
        client.opener = _opener(flight, self._settings.proxy, self._tls)
        client.content = content
        client.timeout = flight.remaining()
        try:
            response = getattr(client, method)(query_params=query)
        except HTTPError as error:
            response = error
        return Answer(
            status=response.status_code, headers=_lower(response.headers), body=response.body, secret=self._key
        )


@dataclass(slots=True)
class _Flight:
    """One call in progress: `timeout` seconds for each step, `deadline` (monotonic) for all of them.

    `room` is the number of bytes of an answer to read at most. `written`: the last byte of the request was given to
    the kernel. Until then the server cannot have it.
    """

    timeout: float
    deadline: float
    room: int
    written: bool = False

    def remaining(self) -> float:
        """Return the seconds that the next step may take; TimeoutError if there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline for one request has passed")
        return min(self.timeout, left)


class _Client(python_http_client.Client):  # type: ignore[misc]
    """The package's client with our own opener, and with content that is already JSON."""

    opener: urllib.request.OpenerDirector
    content: bytes | None

    def _make_request(self, opener: object, request: urllib.request.Request, timeout: float | None = None) -> Any:
        if self.content is not None:
            request.data = self.content
            request.add_header("Content-Type", "application/json")
        return super()._make_request(self.opener, request, timeout=timeout)


def _opener(flight: _Flight, proxy: str, tls: ssl.SSLContext | None) -> urllib.request.OpenerDirector:
    """Return an opener with only the necessary features: one scheme, one proxy, no redirects."""
    opener = urllib.request.OpenerDirector()
    opener.add_handler(_SecureHandler(flight, tls) if tls else _PlainHandler(flight))
    opener.add_handler(_NoRedirects())
    opener.add_handler(urllib.request.HTTPDefaultErrorHandler())
    opener.add_handler(urllib.request.HTTPErrorProcessor())
    if proxy:
        opener.add_handler(urllib.request.ProxyHandler({"http": proxy, "https": proxy}))
    return opener


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow no redirect: the answer itself becomes an HTTPError."""


class _Watched(http.client.HTTPConnection):
    """A connection with the time limits of its flight, which records when the request was sent."""

    flight: _Flight

    def request(self, *args: Any, **values: Any) -> None:
        try:
            super().request(*args, **values)
        except (BrokenPipeError, ConnectionResetError):
            if self.sock is None:
                raise
            return  # the server closed early, perhaps with an answer (413), which is read next
        self.flight.written = True

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        self.sock.settimeout(self.flight.remaining())
        super().send(data)

    def getresponse(self) -> http.client.HTTPResponse:
        self.response_class = functools.partial(_Response, flight=self.flight)  # type: ignore[assignment]
        return super().getresponse()


class _WatchedTls(_Watched, http.client.HTTPSConnection):
    """The same over TLS."""


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, flight: _Flight, **values: Any) -> None:
        super().__init__(sock, *args, **values)
        self.fp.close()
        self.fp = io.BufferedReader(_TimedReader(sock, flight))


class _TimedReader(io.RawIOBase):
    """Read from a socket, each time with the rest of the flight's time."""

    def __init__(self, sock: socket.socket, flight: _Flight) -> None:
        self._sock, self._flight = sock, flight
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._flight.remaining())
        count = self._raw.readinto(buffer)
        self._flight.room -= count or 0
        if self._flight.room < 0:
            raise OSError("the answer is longer than any that SendGrid sends")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _PlainHandler(urllib.request.HTTPHandler):
    def __init__(self, flight: _Flight) -> None:
        super().__init__()
        self._flight = flight

    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_connecting(_Watched, self._flight), req)


class _SecureHandler(urllib.request.HTTPSHandler):
    def __init__(self, flight: _Flight, tls: ssl.SSLContext) -> None:
        super().__init__(context=tls)
        self._flight, self._tls = flight, tls

    def https_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_connecting(_WatchedTls, self._flight), req, context=self._tls)


def _connecting(kind: type[_Watched], flight: _Flight) -> Any:
    """Return the function that urllib calls to make a connection for the flight."""

    def connect(host: str, **values: Any) -> _Watched:
        connection = kind(host, **values)
        connection.flight = flight
        return connection

    return connect


def as_text(value: Any) -> str:
    """Return a value of an answer that is a text; TypeError for any other."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def as_list(value: Any) -> list[Any]:
    """Return a value of an answer that is a list; TypeError for any other."""
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in (headers or {}).items()}
