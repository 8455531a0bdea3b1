"""An emulator on a port: in a thread for tests, in its own process for people."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from joanie.emulators.kit.emulator import EXTENSION
from joanie.emulators.kit.loopback import ALLOWED_HOSTS, is_loopback_host

LOOPBACK = "127.0.0.1"
logger = logging.getLogger("joanie.emulators")


class RequestHandler(WSGIRequestHandler):
    """Log each request through ``logging``, which decides whether anyone wants to see it."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        logger.log(logging.ERROR if type == "error" else logging.INFO, message, *args)


def make_loopback_server(app: Flask, host: str, port: int) -> BaseWSGIServer:
    if not is_loopback_host(host) and not app.config.get(ALLOWED_HOSTS):
        raise ValueError(f"An emulator listens on this machine only, not on {host}")
    return make_server(host, port, app, threaded=True, request_handler=RequestHandler)


def base_url(server: BaseWSGIServer) -> str:
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"http://{host}:{server.port}"


def serve(app: Flask, *, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve until interrupted; ``announce`` is given the base URL once it answers."""
    server = make_loopback_server(app, host, port)
    announce(base_url(server))
    try:
        server.serve_forever()
    finally:
        app.extensions[EXTENSION].close()


@contextmanager
def run_emulator(app: Flask, *, host: str = LOOPBACK, port: int = 0) -> Iterator[str]:
    """Serve from a thread of this process, on a free port; gives the base URL."""
    server = make_loopback_server(app, host, port)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="emulator"
    )
    thread.start()
    try:
        yield base_url(server)
    finally:
        server.shutdown()
        thread.join()
        app.extensions[EXTENSION].close()
