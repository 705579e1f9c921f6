"""A server on 127.0.0.1 that takes contacts, in calls or as a file: ``python -m benchmarks.contacts_server``.

It prints its port, and on ``GET /count`` answers how many contacts it has taken.
"""

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NAMES = ("email", "first_name", "city")
FIELDS = {"reserved_fields": [{"id": f"_rf{number}", "name": name} for number, name in enumerate(NAMES)]}
LISTS = {"result": [{"id": "list-1", "name": "Weekly", "contact_count": 0}]}


class Handler(BaseHTTPRequestHandler):
    """Answer at once; count the lines of a file, and the addresses of a call."""

    taken = 0
    lock = threading.Lock()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if "/imports/" in path:
            self._answer(200, {"id": "job", "status": "completed", "results": {}})
        elif path == "/count":
            self._answer(200, Handler.taken)
        else:
            self._answer(200, FIELDS if "field" in path else LISTS)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v3/marketing/contacts/imports":
            place = f"http://127.0.0.1:{self.server.server_port}/upload"  # type: ignore[attr-defined]
            self._answer(200, {"job_id": "job", "upload_uri": place, "upload_headers": []})
            return
        number = gzip.decompress(body).count(b"\n") - 1 if self.path == "/upload" else body.count(b'"email":')
        with Handler.lock:
            Handler.taken += number
        self._answer(202, {"job_id": "job"})

    def _answer(self, status: int, document: Any) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()
