"""A provider of a few lines, that answers by path, or does not."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

ANSWERS: dict[str, tuple[int, str, bytes]] = {
    "/json": (200, "application/json", b'{"id": "pay_1"}'),
    "/list": (200, "application/json", b'["pay_1"]'),
    "/number": (200, "application/json", b"12"),
    "/empty": (200, "application/json", b""),
    "/html": (200, "text/html", b"<h1>Welcome</h1>"),
    "/cut": (200, "application/json", b'{"id": "pay'),
    "/bytes": (200, "application/json", b'{"id": "\xff\xfe"}'),
    **{f"/{status}": (status, "text/html", b"<h1>Sorry</h1>") for status in range(200, 600)},
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "TinyServer"

    def handle_one_request(self) -> None:
        """Take any method."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.command, self.path, dict(self.headers), body))
        path = self.path.partition("?")[0]
        with suppress(ConnectionError):
            if path in ANSWERS:
                self._answer(*ANSWERS[path])
            elif path == "/silent":
                self.server.is_over.wait(20)
            elif path == "/slow-body":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                self._drip()
            elif path == "/slow-headers":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                self._drip()
        self.close_connection = True

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Location", "/json")
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        for _ in range(100):
            self.wfile.write(b"x")
            if self.server.is_over.wait(0.1):
                return

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


class TinyServer(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.is_over = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def running_tiny_server() -> Iterator[TinyServer]:
    with TinyServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.is_over.set()
        server.shutdown()
        thread.join()
