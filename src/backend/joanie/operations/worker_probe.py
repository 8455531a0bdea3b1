"""What a worker tells about itself over HTTP, at a port of its own."""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from procrastinate import App

from joanie.conf import joanie_settings
from joanie.operations.access import is_metrics_token
from joanie.operations.exposition import CONTENT_TYPE, write_process_metrics

logger = logging.getLogger(__name__)

# Seconds between two questions to the database, and without an answer until a worker is dead.
BEAT = 5
DEAD_AFTER = 30


class Pulse:
    """Beats while the worker can ask for jobs: its loop turns, and its database answers."""

    def __init__(self) -> None:
        self._beat_at = time.monotonic()

    @property
    def is_felt(self) -> bool:
        return time.monotonic() - self._beat_at < DEAD_AFTER

    async def beat(self, app: App) -> None:
        """Beat until canceled, through the connections that jobs are fetched with."""
        while True:
            try:
                await app.connector.execute_query_one_async("SELECT 1 AS beat")
                self._beat_at = time.monotonic()
            except Exception:
                logger.exception("The worker could not ask its database")
            await asyncio.sleep(BEAT)


@contextmanager
def serving_probe(host: str, port: int, pulse: Pulse) -> Iterator[int]:
    """Answer ``/health/live`` and ``/metrics`` in a thread; give the port. Raises OSError."""

    class Handler(_Handler):
        the_pulse = pulse

    with ThreadingHTTPServer((host, port), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, name="probe", daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    the_pulse: Pulse
    server_version, sys_version = "Joanie", ""
    timeout = 5

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/health/live":
            is_live = self.the_pulse.is_felt
            status = HTTPStatus.OK if is_live else HTTPStatus.SERVICE_UNAVAILABLE
            body = b'{"status": "ok"}' if is_live else b'{"status": "failing"}'
            self._answer(status, body, "application/json")
        elif path != "/metrics":
            self._answer(HTTPStatus.NOT_FOUND)
        elif self._may_read_metrics():
            self._answer(HTTPStatus.OK, write_process_metrics(), CONTENT_TYPE)
        else:
            self._answer(HTTPStatus.UNAUTHORIZED)

    def _may_read_metrics(self) -> bool:
        """Without a token whoever reaches the port may: it is the operator's to choose who can."""
        header = self.headers.get("Authorization", "")
        return not joanie_settings.METRICS_TOKEN or is_metrics_token(header)

    def _answer(self, status: HTTPStatus, body: bytes = b"", content_type: str = "") -> None:
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        if status == HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Machines ask all the time."""
