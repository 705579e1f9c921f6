"""A server on 127.0.0.1 that accepts any POST at once with 202: ``python -m benchmarks.loopback`` prints its port."""

import socketserver


class Handler(socketserver.StreamRequestHandler):
    """Read one request completely, answer 202, close."""

    rbufsize = 1 << 18

    def handle(self) -> None:
        size = 0
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
        while size > 0 and (got := len(self.rfile.read1(min(size, 1 << 18)))):
            size -= got
        self.wfile.write(b"HTTP/1.1 202 Accepted\r\nX-Message-Id: m\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


class Server(socketserver.ThreadingTCPServer):
    """A thread for each connection."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


if __name__ == "__main__":
    with Server(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
