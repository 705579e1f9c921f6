"""Serve the preview on 127.0.0.1, to the person who was given its address and to nobody else.

The address holds a random token, without which everything is unknown; a request whose Host is another name (DNS
rebinding) is refused. A browser is started with an address that works once and leads to that one, as other users of
the machine see what programs are started with. The page may load nothing from elsewhere, run no script but its own,
and be framed by nobody; the message is shown in frames of an origin of their own that run nothing.
"""

import hmac
import json
import secrets
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from newsletter.app.preview import Fingerprint, Preview, Previewer
from newsletter.errors import NewsletterError
from newsletter.preview.looks import LOOKS, render_look
from newsletter.preview.page import asset, render_file, render_page

__all__ = ["PreviewServer"]

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HTML = "text/html; charset=utf-8"
_ASSETS = {
    "icon.svg": "image/svg+xml",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    kind: str
    content: str
    policy: str = _PAGE_POLICY


class _State:
    """The issue as it was last composed, and how often that was; used from several threads."""

    def __init__(self, previewer: Previewer) -> None:
        self._previewer = previewer
        self._lock = threading.Lock()
        self.preview: Preview = previewer.load()
        self._seen: Fingerprint = previewer.fingerprint()
        self.version = 1
        self._opening = self.opening = secrets.token_urlsafe(24)
        self.error: NewsletterError | None = None

    def opens(self, token: bytes) -> bool:
        """Return whether `token` is the one that works once; then it does not any more."""
        with self._lock:
            found = bool(self._opening) and hmac.compare_digest(token, self._opening.encode())
            self._opening = "" if found else self._opening
            return found

    def refresh(self) -> int:
        """Compose again where a file has changed since, and return the version."""
        with self._lock:
            found = self._previewer.fingerprint()
            if found != self._seen:
                self._compose()
            return self.version

    def _compose(self) -> None:
        """Keep what was shown where composing is not possible, with the reason."""
        try:
            self.preview, self.error = self._previewer.compose(), None
        except NewsletterError as error:
            self.error = error
        self._seen = self._previewer.fingerprint()
        self.version += 1


class PreviewServer:
    """Serves one issue until it is closed; a context."""

    def __init__(self, previewer: Previewer, *, port: int = 0) -> None:
        """Compose the issue where it was edited, and listen; OSError where the port is taken."""
        self._state = state = _State(previewer)
        self._token = secrets.token_urlsafe(24)
        self._server = _Server(
            ("127.0.0.1", port), type("Handler", (_Handler,), {"state": state, "token": self._token})
        )

    def __enter__(self) -> "PreviewServer":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()

    @property
    def address(self) -> str:
        """Return the address to open, with the token in it."""
        return self._address(self._token)

    @property
    def opening(self) -> str:
        """Return an address that leads to the other one for the first who asks, to start a browser with."""
        return self._address(self._state.opening)

    def _address(self, token: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/{token}/"

    def serve(self) -> None:
        """Answer until something ends it, as Ctrl-C does."""
        self._server.serve_forever(poll_interval=0.2)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a browser that hung up."""


class _Handler(BaseHTTPRequestHandler):
    state: ClassVar[_State]
    token: ClassVar[str]
    server_version, sys_version = "newsletter", ""
    timeout = 30

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        if self._is_named() and self.state.opens(self._asked_token()):
            self.send_response(303)
            self.send_header("Location", f"/{self.token}/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        answer = self._answer() if self._is_for_us() else None
        if answer is None:
            self.send_error(404)
            return
        content = answer.content.encode(errors="replace")
        self.send_response(200)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", answer.policy)
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        """Let nothing be kept, framed, guessed or told to others."""
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        super().end_headers()

    def _is_for_us(self) -> bool:
        """Return whether the request names this machine, and whoever made it was told the token."""
        return self._is_named() and hmac.compare_digest(self._asked_token(), self.token.encode())

    def _is_named(self) -> bool:
        port = self.server.server_address[1]  # type: ignore[index]  # an IPv4 address is a pair
        return (self.headers.get_all("Host") or []) in ([f"127.0.0.1:{port}"], [f"localhost:{port}"])

    def _asked_token(self) -> bytes:
        return self.path.split("/")[1].encode() if self.path.startswith("/") and self.path.count("/") > 1 else b""

    def _answer(self) -> _Answer | None:
        parts = urlsplit(self.path)
        name = parts.path.split("/", 2)[2]
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
        look = asked.get("look", "light")
        if name in _ASSETS:
            return _Answer(kind=_ASSETS[name], content=asset(name))
        if name == "version":
            return _Answer(kind="application/json", content=json.dumps({"version": self.state.refresh()}))
        if name == "" and look in LOOKS:
            version = self.state.refresh()
            return _Answer(kind=_HTML, content=render_page(self.state.preview, look, version, self.state.error))
        if name == "mail" and look in LOOKS:
            return _Answer(kind=_HTML, content=render_look(self.state.preview, look), policy=_MAIL_POLICY)
        if name == "file" and (content := render_file(self.state.preview, asked.get("name", ""))) is not None:
            return _Answer(kind=_HTML, content=content)
        return None
