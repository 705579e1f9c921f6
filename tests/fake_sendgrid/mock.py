"""A server made from the specification alone: it answers every declared operation with what a schema admits."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from tests.fake_sendgrid.specification import METHODS, operation_at, request_problems, resolved

__all__ = ["MockSendGrid", "example"]

FORMATS = {"date-time": "2025-05-19T08:00:00Z", "email": "reader@example.org", "uri": "https://example.org/"}


def example(schema: Any) -> Any:
    """Return a small document that a schema admits: each property once, each list with one item."""
    schema = flat(schema)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    match kind if isinstance(kind, str) else kind[0]:
        case "object":
            return {name: example(part) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [example(schema.get("items", {"type": "string"}))]
        case "integer" | "number":
            return 1
        case "boolean":
            return True
    texts = (FORMATS.get(schema.get("format", ""), "a" * schema.get("minLength", 1)), "5.1.1")
    return next(text for text in texts if re.search(schema.get("pattern", ""), text))


def flat(schema: Any) -> Any:
    """Return a schema with all of its `allOf` and the first of its `oneOf` written into it."""
    schema = resolved(schema)
    for part in map(flat, [*schema.get("allOf", ()), *schema.get("oneOf", ())[:1]]):
        properties = {**schema.get("properties", {}), **part.get("properties", {})}
        schema = {**schema, **part, "properties": properties}
    return schema


class MockSendGrid:
    """A SendGrid that knows its specification and nothing else; a context that serves on a free port of 127.0.0.1."""

    def __init__(self) -> None:
        """Start with nothing asked."""
        self.asked: list[tuple[str, str]] = []  # method and declared path
        self.invalid: list[str] = []

    def __enter__(self) -> Self:
        handler = type(
            "Handler", (_Handler,), {"mock": self, **{f"do_{method}": _Handler.answer for method in METHODS}}
        )
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def environment(self) -> dict[str, Any]:
        """What makes the program ask this server."""
        host = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {"SENDGRID_HOST": host, "SENDGRID_API_KEY": "SG.mock"}


class _Handler(BaseHTTPRequestHandler):
    mock: MockSendGrid

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def answer(self) -> None:
        """Give the first good answer of the operation; 404 where there is no such operation, 400 to a bad request."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        operation = operation_at(self.command, parts.path)
        problems = request_problems(self.command, parts.path, parts.query, body)
        self.mock.invalid += problems
        if operation is None or problems:
            self._say(400 if operation else 404, {"errors": [{"message": problem} for problem in problems]})
            return
        self.mock.asked.append((operation.method, operation.path))
        status, schema = next(iter(operation.answers.items()))
        self._say(status, example(schema) if schema else None)

    def _say(self, status: int, document: Any) -> None:
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
