"""A server on loopback that answers each request with given bytes, and a folder that ends with the process."""

import atexit
import contextlib
import functools
import shutil
import socket
import tempfile
import threading
from pathlib import Path

__all__ = ["Server", "scratch"]


class Server:
    """Answer every request with `answer`, whatever that is, and hang up."""

    def __init__(self) -> None:
        """Begin to listen."""
        self.answer = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with contextlib.suppress(OSError), connection:
                connection.settimeout(2)
                self._read(connection)
                connection.sendall(self.answer)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):  # until the other side has read everything
                    pass

    def _read(self, connection: socket.socket) -> None:
        """Read a request to its end."""
        got = b""
        while b"\r\n\r\n" not in got and (piece := connection.recv(65536)):
            got += piece
        head, _, body = got.partition(b"\r\n\r\n")
        sizes = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        missing = int(sizes[0]) - len(body) if sizes else 0
        while missing > 0 and (piece := connection.recv(missing)):
            missing -= len(piece)


@functools.cache
def scratch() -> Path:
    """Make a folder for files to read; it goes when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="newsletter-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
