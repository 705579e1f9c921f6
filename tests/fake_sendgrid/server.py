"""The server: reads requests, applies faults and rules, keeps the ledger, and answers as SendGrid would."""

import json
import re
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.fake_sendgrid.endpoints import ROUTES, errors
from tests.fake_sendgrid.faults import Fault
from tests.fake_sendgrid.marketing import Marketing, error_file, upload
from tests.fake_sendgrid.rules import Account, judge
from tests.fake_sendgrid.specification import answer_problems, request_problems

__all__ = ["KEY", "FakeSendGrid", "Stage"]

KEY = "SG.loopback-key"
SLOW = 1.5  # seconds that a slow answer takes
TAGS = ("%%unsubscribe%%", "<%asm_group_unsubscribe_raw_url%>")


class Stage(StrEnum):
    """How far a mail/send request has come."""

    CONNECTED = "connected"
    HALF = "half"
    READ = "read"
    ACCEPTED = "accepted"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One accepted request."""

    message_id: str
    request: dict[str, Any]
    time: float
    created: float = 0.0  # epoch seconds

    @property
    def emails(self) -> tuple[str, ...]:
        """List its recipients."""
        return tuple(to["email"] for person in self.request["personalizations"] for to in person["to"])


class FakeSendGrid:
    """A SendGrid for tests; a context that serves on a free port of 127.0.0.1.

    `plan` holds the faults of the next requests in the order in which they arrive (None: none); when it is used up,
    `always` is the fault of all others. `on_stage` is told each request's number, from 0, and how far it is.
    `documents` are given in place of the right ones, by the path that is asked for (mail/send left aside); `busy` are
    the statuses (0: none) with which the next of these requests are put off. `trouble` holds the faults of the next
    calls of Marketing Campaigns, by the name of their view; `on_call` is told of each ``before`` and ``after`` it.

    A request that SendGrid's specification does not admit fails the test when the context ends.
    """

    def __init__(self, plan: Iterable[Fault | None] = (), always: Fault | None = None) -> None:
        """Prepare the account, the ledger and the plan."""
        self.plan, self.always = list(plan), always
        self.account = Account()
        self.ledger: list[Entry] = []
        self.sandboxed: list[Entry] = []
        self.requests = 0
        self.keys: set[str] = set()
        self.on_stage: Callable[[int, Stage], None] = lambda number, stage: None
        self.log_delay = 0.0
        self.scopes = ["mail.send", "messages.read", "suppression.read", "stats.read", "whitelabel.read"]
        self.scopes += ["user.credits.read", "mail.batch.create", "user.scheduled_sends.create"]
        self.events: dict[str, int] = {}  # the statistics that are not those of a perfect delivery
        self.suppressions: dict[str, list[str]] = {}
        self.group: list[str] = []
        self.batches: dict[str, str] = {}
        self.marketing = Marketing()
        self.no_marketing = False  # whether the key may not use Marketing Campaigns
        self.trouble: dict[str, list[Fault | None]] = {}
        self.on_call: Callable[[str, str], None] = lambda name, when: None
        self.documents: dict[str, Any] = {}
        self.busy: list[int] = []
        self.skew = 0.0  # seconds by which the clock of whoever asks is ahead
        self.invalid: list[str] = []  # what SendGrid's specification does not admit
        self.lock = threading.Lock()

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        assert kind or not self.invalid, self.invalid

    def speak(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on; the handshake is made by each connection's own thread."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def url(self) -> str:
        """Return the address to point SENDGRID_HOST at."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def accepted(self) -> Counter[str]:
        """Count how often each address was accepted, over all requests."""
        return Counter(email.lower() for entry in self.ledger for email in entry.emails)

    def arrive(self) -> tuple[int, Fault | None]:
        """Count a request and give its fault."""
        with self.lock:
            self.requests += 1
            return self.requests - 1, self.plan.pop(0) if self.plan else self.always

    def accept(self, request: dict[str, Any]) -> str:
        """Enter a valid request into the ledger."""
        with self.lock:
            name, created = f"msg-{len(self.ledger)}", time.time() - self.skew
            entry = Entry(message_id=name, request=request, time=time.monotonic(), created=created)
            sandbox = request.get("mail_settings", {}).get("sandbox_mode", {}).get("enable", False)
            (self.sandboxed if sandbox else self.ledger).append(entry)
            self.account.credits -= len(entry.emails)
        return entry.message_id

    def received(self, email: str) -> list[tuple[str, str, str]]:
        """Render what `email` got: (subject, text, HTML), with substitutions and tags replaced as SendGrid does."""
        return [
            self._rendered(entry.request, person.get("substitutions", {}))
            for entry in self.ledger
            for person in entry.request["personalizations"]
            if person["to"][0]["email"] == email
        ]

    def _rendered(self, request: dict[str, Any], values: dict[str, str]) -> tuple[str, str, str]:
        tag = request["tracking_settings"]["subscription_tracking"].get("substitution_tag")
        tags = {tag: "https://u.example.net/wf"} if tag and "asm" not in request else {}
        if "asm" in request:
            tags[TAGS[1]] = "https://u.example.net/asm"
        texts = []
        for text in (request["subject"], *(part["value"] for part in request["content"])):
            for key, value in {**values, **tags}.items():
                text = text.replace(key, value)
            texts.append(text)
        return texts[0], texts[1], texts[2]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that vanish are what the tests are about."""


def _handler(fake: FakeSendGrid) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"fake": fake})


class _Handler(BaseHTTPRequestHandler):
    fake: FakeSendGrid

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Write the time of an answer as that of its request."""
        return super().date_time_string(self._came if timestamp is None else timestamp)

    def do_POST(self) -> None:
        self._route("POST")

    def do_GET(self) -> None:
        self._route("GET")

    def do_PATCH(self) -> None:
        self._route("PATCH")

    def do_PUT(self) -> None:
        self._route("PUT")

    def do_DELETE(self) -> None:
        self._route("DELETE")

    def _route(self, method: str) -> None:
        self._came = int(time.time())  # read once: a reset must not lie nearer because a second turned meanwhile
        path = urlsplit(self.path).path
        if (method, path) == ("POST", "/v3/mail/send"):
            self._mail_send()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path.startswith(("/upload/", "/errors/")):
            self._file(path, body)
            return
        self.fake.invalid += request_problems(method, path, urlsplit(self.path).query, body)
        if not self._authorised():
            self._answer(401, errors("The provided authorization grant is invalid, expired, or revoked"))
            return
        if self.fake.busy and (status := self.fake.busy.pop(0)):
            self._answer(status, errors("too many requests"), {"X-RateLimit-Reset": str(self._came + 1)})
            return
        if path in self.fake.documents:
            self._answer(200, self.fake.documents[path])
            return
        for verb, pattern, view in ROUTES:
            match = re.fullmatch(pattern, path)
            if verb == method and match:
                query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                document = json.loads(body) if body else {}
                self._call(view, path, document, query, *map(unquote, match.groups()))
                return
        self._answer(404, errors("not found"))

    def _call(self, view: Any, path: str, document: Any, query: dict[str, str], *parts: str) -> None:
        """Do what a request asks for, and answer, as far as no fault is planned for it."""
        name = view.__name__
        with self.fake.lock:
            self.fake.marketing.calls[name] += 1
            fault = planned.pop(0) if (planned := self.fake.trouble.get(name)) else None
        self.fake.on_call(name, "before")
        if fault and not fault.accepts:
            self._fail(fault, document)
            return
        status, found = view(self.fake, document, query, *parts)
        if status < 300:
            self.fake.invalid += answer_problems(self.command, path, status, found)
        self.fake.on_call(name, "after")
        if fault:
            self._fail(fault, document)
        else:
            self._answer(status, found)

    def _file(self, path: str, body: bytes) -> None:
        """Take or give a file, at an address that is its own key."""
        kind, job = path.split("/")[1:]
        if kind == "upload":
            self._answer(upload(self.fake, body, self.headers, job), None)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(error_file(self.fake, job))

    def _authorised(self) -> bool:
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.fake.keys.add(key)
        return key == KEY

    def _mail_send(self) -> None:
        number, fault = self.fake.arrive()
        self.fake.on_stage(number, Stage.CONNECTED)
        if fault is Fault.RESET_EARLY:
            self._reset()
            return
        if fault is Fault.TOO_LARGE_EARLY:
            self._answer(413, errors("the body is too large"))
            return
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size // 2)
        self.fake.on_stage(number, Stage.HALF)
        body += self.rfile.read(size - size // 2)
        if len(body) < size:
            return  # the client vanished
        self.fake.on_stage(number, Stage.READ)
        self.fake.invalid += request_problems("POST", "/v3/mail/send", "", body)
        self._judge(number, fault, body)
        self.fake.on_stage(number, Stage.ANSWERED)

    def _judge(self, number: int, fault: Fault | None, body: bytes) -> None:
        refusal = self._refusal(body)
        if refusal:
            self._answer(*refusal)
            return
        request = json.loads(body)
        if fault and not fault.accepts:
            self._fail(fault, request)
            return
        message_id = self.fake.accept(request)
        self.fake.on_stage(number, Stage.ACCEPTED)
        if fault:
            self._fail(fault, request)
            return
        sandbox = request.get("mail_settings", {}).get("sandbox_mode", {}).get("enable", False)
        self._answer(200 if sandbox else 202, None, {"X-Message-Id": message_id})

    def _refusal(self, body: bytes) -> tuple[int, Any] | None:
        """Judge a request as SendGrid would without any fault: (status, document), or None where it is good."""
        if len(body) >= 30_000_000:
            return 413, errors("the body is too large")
        if not self._authorised():
            return 401, errors("The provided authorization grant is invalid, expired, or revoked")
        try:
            document = json.loads(body.decode())
        except UnicodeDecodeError:
            return 415, errors("the body is not UTF-8")
        except ValueError:
            return 400, errors("Bad Request")
        found = judge(document, self.fake.account)
        if found:
            return 400, {"errors": found}
        if document["from"]["email"].rpartition("@")[2] not in self.fake.account.domains:
            return 403, errors("The from address does not match a verified Sender Identity.", "from")
        if self.fake.account.credits < len(document["personalizations"]):
            return 401, errors("Maximum credits exceeded")
        return None

    def _fail(self, fault: Fault, request: dict[str, Any]) -> None:
        """Break the connection, or answer, as the fault has it."""
        breaks: dict[Fault, Callable[[], object]] = {
            Fault.RESET: self._reset,
            Fault.RESET_AFTER: self._reset,
            Fault.HANG_UP: lambda: None,
            Fault.HANG_UP_AFTER: lambda: None,
            Fault.SLOW: lambda: self._slow(503),
            Fault.SLOW_AFTER: lambda: self._slow(202),
            Fault.DRIP_AFTER: self._drip,
            Fault.CUT_AFTER: lambda: self.wfile.write(b"HTTP/1.0 202 Accepted\r\nContent-Length: 100\r\n\r\n{"),
            Fault.GARBAGE_AFTER: lambda: self.wfile.write(b"SMTP ready when you are\r\n\r\n"),
        }
        if fault in breaks:
            breaks[fault]()
        elif "html" in fault:
            self._html(fault.status)
        else:
            self._answer(fault.status, *self._document(fault, request))

    def _document(self, fault: Fault, request: dict[str, Any]) -> tuple[Any, dict[str, str]]:
        """Return the document and the headers of a fault's answer."""
        match fault:
            case Fault.LIMIT_RESET:
                reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(self._came + 2)}
                return errors("too many requests"), reset
            case Fault.RECIPIENT:
                field = f"personalizations.{len(request['personalizations']) // 2}.to.0.email"
                return errors("Does not contain a valid address.", field), {}
            case Fault.ECHO:
                person = request["personalizations"][0]["to"][0]["email"]
                return errors(f"no access: {self.headers['Authorization']}, {person}"), {}
            case Fault.CREDITS:
                return errors("Maximum credits exceeded"), {}
            case Fault.SENDER:
                return errors("The from address does not match a verified Sender Identity.", "from"), {}
            case Fault.REDIRECT | Fault.REDIRECT_KEEP | Fault.SEE_OTHER_AFTER:
                return None, {"Location": f"{self.fake.url}/v3/elsewhere"}
        return errors(f"fault {fault}"), {}

    def _slow(self, status: int) -> None:
        time.sleep(SLOW)
        self._answer(status, None)

    def _answer(self, status: int, document: Any, headers: dict[str, str] | None = None) -> None:
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _html(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html><body>Bad gateway</body></html>")

    def _drip(self) -> None:
        """Send one byte at a time, each well before a read would time out."""
        for byte in b"HTTP/1.0 202 Accepted\r\nX-Slow: " + b"x" * 40:
            self.wfile.write(bytes([byte]))
            time.sleep(SLOW / 30)

    def _reset(self) -> None:
        """Close with a reset instead of an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
