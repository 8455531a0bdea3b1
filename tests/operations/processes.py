"""Real processes of the shop, on the database of the tests, and what they log."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.db import connection

from joanie.demo.processes import find_free_port

PATIENCE = 60
Line = dict[str, Any]


class Process:
    """One of them, with the port it listens at."""

    def __init__(self, popen: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self.popen = popen
        self.port = port
        self.log = log

    def get(self, path: str, **options: Any) -> httpx.Response:
        url = f"http://127.0.0.1:{self.port}{path}"
        return httpx.get(url, trust_env=False, timeout=PATIENCE, **options)

    def wait_until_it_answers(self) -> None:
        """Return at once when it has ended as it should, having had nothing more to do."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.popen.poll() is None:
            try:
                self.get("/health/live")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        assert self.popen.poll() == 0, self.text()

    def end(self) -> None:
        self.popen.terminate()
        self.popen.wait(PATIENCE)

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def lines(self) -> list[Line]:
        """Give the lines of the log that are JSON; all of ours are."""
        return [json.loads(line) for line in self.text().splitlines() if line.startswith("{")]


@contextmanager
def running(command: list[str], port: int, log: Path, **environment: str) -> Iterator[Process]:
    """Run ``python -m …`` until the block ends."""
    with log.open("wb") as output:
        popen = subprocess.Popen(
            [sys.executable, "-m", *command],
            env={**_environment(log.parent), **environment},
            cwd=settings.BASE_DIR,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    process = Process(popen, port, log)
    try:
        process.wait_until_it_answers()
        yield process
    finally:
        process.end()


@contextmanager
def running_web(folder: Path, *options: str, **environment: str) -> Iterator[Process]:
    port = find_free_port()
    command = ["gunicorn", "sandbox.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "2"]
    with running([*command, *options], port, folder / "web.log", **environment) as process:
        yield process


@contextmanager
def running_worker(folder: Path, *options: str, **environment: str) -> Iterator[Process]:
    port = find_free_port()
    command = ["django", "joanie_worker", "--listen", f"127.0.0.1:{port}"]
    with running([*command, *options], port, folder / "worker.log", **environment) as process:
        yield process


def _environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.operations.process_settings",
        "DJANGO_LOG_FORMAT": "json",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PROCESS_DATABASE": connection.settings_dict["NAME"],
        "PROCESS_MEDIA": str(folder / "media"),
        "PROCESS_JOANIE": json.dumps(settings.JOANIE),
    }
