"""A merchant's notification endpoint, on a port of this machine."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 5.0


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def type(self) -> str:
        return str(self.event["type"])

    @property
    def payment(self) -> dict[str, Any]:
        payment: dict[str, Any] = self.event["data"]["payment"]
        return payment


@dataclass
class Receiver:
    url: str = ""
    received: list[Received] = field(default_factory=list)
    next_answers: list[int] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def answer_with(self, *statuses: int) -> None:
        """Answer the next notifications with these, and all later ones with 200."""
        self.next_answers.extend(statuses)

    def wait_for(self, count: int = 1) -> list[Received]:
        """Wait until that many have arrived since the start."""
        with self.changed:
            arrived = self.changed.wait_for(lambda: len(self.received) >= count, PATIENCE)
            assert arrived, f"{len(self.received)} of {count} notifications arrived"
            return list(self.received)

    def take(self, received: Received) -> int:
        with self.changed:
            self.received.append(received)
            self.changed.notify_all()
            return self.next_answers.pop(0) if self.next_answers else 200


@contextmanager
def run_receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(receiver.take(Received(dict(self.headers.items()), body)))
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Keep the test's output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/notifications"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
