"""The API of the ngrok agent, as far as it says which tunnels there are.

``python stand_in_agent.py PORT URL…`` plays it in a process of its own.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Agent(ThreadingHTTPServer):
    def __init__(self, port: int, answer: bytes) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answer = answer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Agent

    def do_GET(self) -> None:
        assert self.path == "/api/tunnels"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


def describe(*urls: str) -> bytes:
    tunnels = [
        {"name": "command_line", "public_url": url, "proto": url.partition(":")[0]} for url in urls
    ]
    return json.dumps({"tunnels": tunnels, "uri": "/api/tunnels"}).encode()


@contextmanager
def running_agent(answer: bytes) -> Iterator[Agent]:
    with Agent(0, answer) as agent:
        thread = Thread(target=agent.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield agent
        agent.shutdown()
        thread.join()


if __name__ == "__main__":
    Agent(int(sys.argv[1]), describe(*sys.argv[2:])).serve_forever()
