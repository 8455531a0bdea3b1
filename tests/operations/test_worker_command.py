"""A real worker, and what it tells of itself."""

import subprocess
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from socket import socket

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings
from tests.common.sql import execute
from tests.operations.processes import running_worker
from tests.operations.scrape import Scrape

from joanie.common.queue import enqueue
from joanie.operations.management.commands.joanie_worker import read_address
from joanie.operations.worker_probe import DEAD_AFTER, Pulse, serving_probe

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "of no worth, for tests alone"
DONE = "SELECT 1 FROM procrastinate_jobs WHERE task_name = %s AND status = 'succeeded'"


def test_a_worker_tells_that_it_lives_and_what_it_did(settings: Settings, tmp_path: Path) -> None:
    settings.JOANIE = {**settings.JOANIE, "METRICS_TOKEN": TOKEN}
    enqueue("joanie.core.forget_old_answers", timestamp=0)
    with running_worker(tmp_path, "--concurrency", "2") as worker:
        while not execute(DONE, "joanie.core.forget_old_answers"):
            assert worker.popen.poll() is None, worker.text()
        assert worker.get("/health/live").json() == {"status": "ok"}
        assert worker.get("/metrics").status_code == 401
        assert worker.get("/admin/").status_code == 404
        answer = worker.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    done = {"task": "joanie.core.forget_old_answers", "outcome": "ok"}
    assert Scrape(answer.text).value("joanie_job_seconds_count", **done) == 1
    assert worker.popen.returncode == 0, worker.text()


def test_a_job_that_raises_is_told_of_with_what_it_is_about(tmp_path: Path) -> None:
    refund_id = "00000000-0000-4000-8000-000000000000"
    enqueue("joanie.payment.submit_refund", refund_id=refund_id)
    with running_worker(tmp_path, "--one-shot", "--queues", "default") as worker:
        worker.popen.wait(60)
    (line,) = [each for each in worker.lines() if each.get("refund_id") == refund_id]
    assert (line["task"], line["outcome"]) == ("joanie.payment.submit_refund", "error")
    assert line["job_id"].isdigit()
    assert "DoesNotExist" in line["exc_info"]


def test_a_port_that_is_taken_is_said_to_be() -> None:
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        host, port = taken.getsockname()
        with pytest.raises(CommandError, match=f"Nothing can be served at .*{port}"):
            call_command("joanie_worker", "--one-shot", "--listen", f"{host}:{port}")


def test_a_worker_without_a_pulse_is_not_live() -> None:
    pulse = Pulse()
    with serving_probe("127.0.0.1", 0, pulse) as port:
        ask = [
            sys.executable,
            "-c",
            f"import urllib.request as r; r.urlopen('http://127.0.0.1:{port}/health/live')",
        ]
        assert subprocess.run(ask, check=False, capture_output=True).returncode == 0
        pulse._beat_at -= DEAD_AFTER
        assert b"503" in subprocess.run(ask, check=False, capture_output=True).stderr


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9100", ("127.0.0.1", 9100)),
        ("0.0.0.0:9100", ("0.0.0.0", 9100)),
        ("[::1]:9100", ("::1", 9100)),
        (":9100", ("127.0.0.1", 9100)),
        ("9100", ("127.0.0.1", 9100)),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, address: object) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize("text", ["", "localhost", "localhost:", "a:b", ":65536", ":-1", ":²"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="HOST:PORT"):
        read_address(text)
