"""The module that talks to SendGrid: every way of failing has one meaning, and the package's traps stay closed."""

import http.client
import inspect
import json
import logging
import resource
import socket
import ssl
import threading
import time
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from python_http_client import exceptions as package

from newsletter.config import Config
from newsletter.errors import ProviderError
from newsletter.issues import Issue
from newsletter.providers.sendgrid.answers import Answer, outcome
from newsletter.providers.sendgrid.client import SendGrid
from newsletter.providers.sendgrid.payload import MailRequests
from newsletter.providers.sendgrid.secrets import Secrets
from newsletter.sender.envelope import envelope
from newsletter.sender.provider import Accepted, Refused, Request, RetryLater, Uncertain
from newsletter.sender.recipients import Recipient
from newsletter.settings import SendSettings
from tests.fake_sendgrid import ACCOUNT, KEY, REFUSED, RETRIED, FakeSendGrid, Fault

SETTINGS = SendSettings(timeout=1.0, deadline=1.2)


@pytest.fixture
def request_(issue: Issue, config: Config) -> Request:
    """Return a request for two people."""
    people = [Recipient(f"{name}@example.org", {"first_name": name}, 2) for name in ("ann", "bob")]
    return MailRequests(envelope(issue, config)).build(people, batch=1)


def provider(fake: FakeSendGrid, **values: Any) -> SendGrid:
    """Make the provider that talks to `fake`."""
    return SendGrid(Secrets(api_key=KEY, host=fake.url), SETTINGS, **values)


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_has_its_meaning(fault: Fault, fake: FakeSendGrid, request_: Request) -> None:
    """Retried is only what surely was not accepted; refused only what surely never will be; the rest is uncertain."""
    fake.plan = [fault]
    answer = provider(fake).submit(request_)
    if fault in RETRIED:
        assert isinstance(answer, RetryLater)
    elif fault in ACCOUNT:
        assert isinstance(answer, Refused)
        assert (answer.scope, bool(answer.hint)) == ("account", True)
    elif fault in REFUSED:
        assert isinstance(answer, Refused)
        assert answer.scope == ("recipients" if fault is Fault.RECIPIENT else "request")
    elif fault is Fault.RESET_EARLY:
        assert isinstance(answer, Uncertain | RetryLater)  # whether the body was out by then is a matter of luck
    else:
        assert isinstance(answer, Uncertain)


def lower_exceptions() -> list[type[BaseException]]:
    """Walk every exception that the package, urllib, http.client, sockets and TLS may raise."""
    found: set[type[BaseException]] = {UnicodeError, ValueError, OSError, MemoryError}
    for module in (package, urllib.error, http.client, socket, ssl):
        found |= {kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, Exception)}
    todo = [OSError, http.client.HTTPException, package.HTTPError]
    while todo:
        kind = todo.pop()
        found.add(kind)
        todo += kind.__subclasses__()
    return sorted(found, key=lambda kind: f"{kind.__module__}.{kind.__qualname__}")


def build(kind: type[BaseException]) -> BaseException:
    """Make an exception of a kind, with as many arguments as it wants."""
    if issubclass(kind, package.HTTPError):
        return kind(500, "reason", b"<html>", {})
    if issubclass(kind, urllib.error.HTTPError):
        return kind("http://x", 500, "reason", http.client.HTTPMessage(), None)
    for arguments in ((), ("x",), ("x", b""), (104, "reset"), ("x", b"", 0, 1, "y")):
        try:
            return kind(*arguments)
        except TypeError:
            continue
    raise AssertionError(f"cannot make {kind}")


@pytest.mark.parametrize("kind", lower_exceptions(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
@pytest.mark.parametrize("written", [False, True])
def test_every_lower_exception_is_mapped(
    kind: type[BaseException], written: bool, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the body is out it may be tried again, after that it is unknown; an answer means what its status means."""
    made = SendGrid(Secrets(api_key=KEY, host="http://127.0.0.1:1"), SETTINGS)

    def fail(flight: Any, *_: Any, **__: Any) -> Answer:
        flight.written = written
        error = build(kind)
        if isinstance(error, package.HTTPError):
            return Answer(status=error.status_code, headers={}, body=error.body)
        raise error

    monkeypatch.setattr(made, "_call", fail)
    answer = made.submit(request_)
    answered = issubclass(kind, package.HTTPError)
    assert isinstance(answer, Uncertain if written or answered else RetryLater)
    assert KEY not in answer.reason


def test_a_refused_connection_may_be_tried_again(request_: Request) -> None:
    """Nobody listens: surely not accepted."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = SendGrid(Secrets(api_key=KEY, host=f"http://127.0.0.1:{port}"), SETTINGS)
    assert made.submit(request_) == RetryLater(reason="cannot reach 127.0.0.1: Connection refused")


def test_an_unknown_host_may_be_tried_again(request_: Request) -> None:
    """A name that does not resolve: surely not accepted."""
    made = SendGrid(Secrets(api_key=KEY, host="https://api.sendgrid.invalid"), SETTINGS)
    answer = made.submit(request_)
    assert isinstance(answer, RetryLater)
    assert answer.reason.startswith("cannot reach api.sendgrid.invalid: ")
    assert "Error" not in answer.reason


def test_a_failed_handshake_may_be_tried_again(fake: FakeSendGrid, request_: Request) -> None:
    """No TLS on the other side: surely not accepted."""
    made = SendGrid(Secrets(api_key=KEY, host=fake.url.replace("http:", "https:")), SETTINGS)
    assert isinstance(made.submit(request_), RetryLater)
    assert fake.ledger == []


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate for 127.0.0.1, with its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key(), serial_number=1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "loopback.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("trusted", [True, False])
def test_tls_is_spoken_and_checked(
    trusted: bool, certificate: Path, fake: FakeSendGrid, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a certificate that the system trusts the request is accepted; with any other one it does not leave."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    fake.speak(context)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    made = SendGrid(Secrets(api_key=KEY, host=fake.url.replace("http:", "https:")), SETTINGS)
    answer = made.submit(request_)
    assert isinstance(answer, Accepted if trusted else RetryLater), answer
    assert len(fake.ledger) == trusted
    fake.plan = [Fault.SLOW_AFTER, Fault.RESET_AFTER, Fault.DRIP_AFTER]
    assert {type(made.submit(request_)) for _ in range(3)} == {Uncertain if trusted else RetryLater}


def test_a_body_that_is_not_taken_in_full_may_be_tried_again(request_: Request) -> None:
    """The other side stops reading in the middle of a large body and hangs up: it cannot have accepted."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.recv(100)
            time.sleep(0.2)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        made = SendGrid(Secrets(api_key=KEY, host=f"http://127.0.0.1:{listener.getsockname()[1]}"), SETTINGS)
        assert isinstance(made.submit(replace(request_, body=request_.body + b" " * 20_000_000)), RetryLater)
        thread.join()


def test_a_request_beyond_the_limit_stays_here(fake: FakeSendGrid, request_: Request) -> None:
    """Thirty megabytes are refused before the first byte leaves."""
    answer = provider(fake).submit(replace(request_, body=request_.body + b" " * 30_000_000))
    assert isinstance(answer, Refused)
    assert (answer.scope, fake.requests) == ("request", 0)


def test_the_deadline_holds_against_a_dripping_answer(fake: FakeSendGrid, request_: Request) -> None:
    """Each byte comes in time, but all of them together do not."""
    fake.plan = [Fault.DRIP_AFTER]
    began = time.monotonic()
    assert provider(fake).submit(request_) == Uncertain(reason="no answer from 127.0.0.1: it took too long")
    assert time.monotonic() - began < 1.6


@contextmanager
def endless(status: str, piece: bytes) -> Iterator[str]:
    """Serve one answer that begins with `status` and repeats `piece`, up to 400 MB, on loopback."""

    def serve() -> None:
        with suppress(OSError):
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(f"HTTP/1.1 {status}\r\n".encode())
                for _ in range(400_000_000 // len(piece)):
                    connection.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    thread.join()


@pytest.mark.parametrize(
    "status", ["202 Accepted\r\n", "400 Bad Request\r\n", "500 Oops\r\nX-A: b", "202 Accepted\r\nX-A: b"]
)
def test_an_endless_answer_is_cut_off(status: str, request_: Request) -> None:
    """Neither a body nor a header without end takes the memory; what became of the request is unknown."""
    with endless(status, b"x" * 100_000) as host:
        began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        sendgrid = SendGrid(Secrets(api_key=KEY, host=host), SendSettings(timeout=5, deadline=20))
        assert isinstance(sendgrid.submit(request_), Uncertain)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - began < 50_000  # kB


@pytest.mark.parametrize("fault", [Fault.REDIRECT, Fault.REDIRECT_KEEP, Fault.SEE_OTHER_AFTER])
def test_no_redirect_is_followed(fault: Fault, fake: FakeSendGrid, request_: Request) -> None:
    """The key goes to nobody else, and the request is not made a second time."""
    fake.plan = [fault]
    provider(fake).submit(request_)
    assert fake.requests == 1
    assert len(fake.keys) <= 1


def test_the_environment_s_proxy_is_not_used(
    fake: FakeSendGrid, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only [send] proxy is."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert isinstance(provider(fake).submit(request_), Accepted)
    through = SendGrid(Secrets(api_key=KEY, host="http://127.0.0.1:1"), SendSettings(proxy=fake.url))
    assert isinstance(through.submit(request_), Refused | Accepted)


def test_nothing_is_logged(fake: FakeSendGrid, request_: Request, caplog: pytest.LogCaptureFixture) -> None:
    """Not even at DEBUG does the package print the key or the recipients."""
    caplog.set_level(logging.DEBUG)
    provider(fake).submit(request_)
    assert "example.org" not in caplog.text
    assert KEY not in caplog.text


def test_sandbox_wants_its_own_answer(fake: FakeSendGrid, issue: Issue, config: Config) -> None:
    """In sandbox mode 200 is the good answer; a plain request answered 200 is uncertain."""
    people = [Recipient("a@example.org", {}, 2)]
    request = MailRequests(envelope(issue, config, mode="sandbox")).build(people, batch=1)
    assert isinstance(provider(fake, sandbox=True).submit(request), Accepted)
    assert isinstance(provider(fake).submit(request), Uncertain)


def answer(status: int, body: Any = None, **headers: str) -> Answer:
    """Make an answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body=json.dumps(body).encode() if body is not None else b"")


def test_only_202_is_accepted() -> None:
    """No other status counts as accepted."""
    accepted = [status for status in range(200, 600) if isinstance(outcome(answer(status), recipients=1), Accepted)]
    assert accepted == [202]


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"x_ratelimit_reset": "1747641610", "date": "Mon, 19 May 2025 08:00:00 GMT"}, 10.0),
        ({"x_ratelimit_reset": "1", "date": "Mon, 19 May 2025 08:00:00 GMT"}, 0.0),
        ({"x_ratelimit_reset": "soon", "date": "Mon, 19 May 2025 08:00:00 GMT"}, None),
        ({"retry_after": "7"}, 7.0),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], after: float | None) -> None:
    """The reset is told by SendGrid's clock, and so compared with the answer's own date."""
    assert outcome(answer(429, **headers), recipients=1) == RetryLater(reason="HTTP 429", after=after)


def fields(*names: str | None) -> dict[str, Any]:
    """Write SendGrid's errors about some fields."""
    return {"errors": [{"message": "bad", "field": name} for name in names]}


@pytest.mark.parametrize(
    ("body", "scope", "places"),
    [
        (fields("personalizations.1.to.0.email", "personalizations.0.substitutions"), "recipients", (0, 1)),
        (fields("personalizations.1.to.0.email", "subject"), "request", ()),
        (fields("personalizations.1.to.0.email", None), "request", ()),
        (fields("personalizations.2.to.0.email"), "request", ()),
        (fields("personalizations"), "request", ()),
        ({"errors": "all"}, "request", ()),
        ("<html>", "request", ()),
        (None, "request", ()),
    ],
)
def test_whom_a_refusal_is_about(body: Any, scope: str, places: tuple[int, ...]) -> None:
    """Single recipients only when every error names one that is there."""
    found = outcome(answer(400, body), recipients=2)
    assert isinstance(found, Refused)
    assert (found.scope, found.recipients) == (scope, places)


def test_reasons_hold_no_address() -> None:
    """What SendGrid says is kept, without whom it is about."""
    body = {"errors": [{"message": "ann@example.org is\n bad", "field": "to"}]}
    found = outcome(answer(400, body), recipients=1)
    assert isinstance(found, Refused)
    assert found.reason == "HTTP 400: (address) is bad [to]"


@pytest.mark.parametrize("fault", [Fault.KEY, None])
def test_a_lookup_that_fails_is_told_without_the_key(fake: FakeSendGrid, fault: Fault | None) -> None:
    """Wrong key or nobody there: a ProviderError with a cure."""
    host = fake.url if fault else "http://127.0.0.1:1"
    made = SendGrid(Secrets(api_key="SG.wrong", host=host), SETTINGS)
    calls: list[Callable[[], object]] = [made.schedule, lambda: list(made.suppressions()), lambda: made.cancel("b")]
    for call in calls:
        with pytest.raises(ProviderError) as caught:
            call()
        assert caught.value.hint
        assert "SG.wrong" not in str(caught.value)


@pytest.mark.parametrize("document", [None, {}, [], "x", 7, {"x": 1}, [{"x": 1}], {"messages": [{}]}, {"batch_id": 7}])
def test_an_unexpected_document_is_told(fake: FakeSendGrid, document: Any) -> None:
    """Whatever a proxy, or SendGrid, answers with: a ProviderError, or nobody where it is a list of nobody."""
    made = provider(fake)
    paths = ("mail/batch", "logs", *(f"suppression/{name}" for name in ("bounces", "spam_reports")))
    fake.documents = {f"/v3/{path}": document for path in paths}
    calls: list[Callable[[], object]] = [
        made.schedule,
        lambda: made.find(email="ann@example.org", since="2025-05-19T08:00:00Z", args={"issue": "x"}),
        lambda: list(made.suppressions()),
    ]
    for call in calls[: 2 if document == [] else 3]:
        with pytest.raises(ProviderError, match=r"an unexpected document") as caught:
            call()
        assert caught.value.hint


def test_group_suppressions_come_along(fake: FakeSendGrid, tmp_path: Path) -> None:
    """In group mode those who left the group are pulled as well."""
    fake.group = ["gone@example.org"]
    from newsletter.settings import Unsubscribe

    settings = SendSettings(unsubscribe=Unsubscribe(mode="group", group_id=7))
    made = SendGrid(Secrets(api_key=KEY, host=fake.url), settings)
    assert list(made.suppressions()) == [("gone@example.org", "group unsubscribe")]


@pytest.mark.parametrize(
    "body",
    [
        b'{"errors":[{"message":"bad \\ud83d \\u001b[31m\\u0000","field":null}]}',
        b'{"errors":[{"message":"x","field":"personalizations.' + b"9" * 5000 + b'.to"}]}',
        b'{"errors":[{"message":"x","field":"personalizations.' + b"9" * 9 + b'.to"}]}',
        b'{"errors":[{"message":{"a":1},"field":5}]}',
        b"[" * 100_000,
        b'{"errors":"no"}',
    ],
    ids=["half a character", "long place", "high place", "other types", "deep", "text"],
)
def test_a_refusal_is_one_however_it_is_put(body: bytes) -> None:
    """An odd document is a refusal of the request all the same, in words that any file and terminal can take."""
    answer = outcome(Answer(status=400, headers={}, body=body), recipients=10)
    assert isinstance(answer, Refused)
    assert (answer.scope, answer.recipients) == ("request", ())
    assert answer.reason.isprintable()
    answer.reason.encode()


def test_a_date_beyond_reckoning_is_no_wait() -> None:
    """What cannot be reckoned with counts as not said."""
    headers = {"x-ratelimit-reset": "1", "date": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}
    assert outcome(Answer(status=429, headers=headers), recipients=1) == RetryLater(reason="HTTP 429", after=None)


def test_the_key_is_kept_out_of_what_is_repeated(fake: FakeSendGrid, request_: Request) -> None:
    """A proxy that answers with the request's own header cannot bring the key into a message or the journal."""
    fake.plan = [Fault.ECHO]
    answer = provider(fake).submit(request_)
    assert isinstance(answer, Refused)
    assert answer.reason == "HTTP 401: no access: Bearer (key), (address)"
