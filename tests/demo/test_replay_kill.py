"""The whole replay in processes of its own, killed in the middle and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from csv import writer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from joanie.core.enums import OrderState
from joanie.core.models import Order
from joanie.demo.dataset import Registration, read_registrations
from joanie.payment.models import ProformaInvoice

MANAGE = Path(__file__).parents[2] / "src" / "backend" / "manage.py"
PATIENCE = 60
ENOUGH = 10

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def registrations(tmp_path: Path) -> Path:
    """Write 30 real ones: of an unknown day, of a student who comes again, of a free product."""
    everything = read_registrations()
    dateless = [each for each in everything if each.registered_on is None]
    again = [each for each in everything if (each.module, each.student) == ("AAA", "65002")]
    free = [each for each in everything if (each.module, each.presentation) == ("GGG", "2013J")]
    others = [each for each in everything if each.module == "EEE"]
    chosen = [*dateless[:12], *again, *free[:4], *others]
    return write(chosen[:30], tmp_path / "registrations.csv")


def write(registrations: list[Registration], file: Path) -> Path:
    with file.open("w", encoding="utf-8", newline="") as opened:
        rows = writer(opened)
        rows.writerow(Registration.__annotations__)
        for each in registrations:
            days = (each.registered_on, each.left_on)
            rows.writerow([each.module, each.presentation, each.student, *days])
    return file


@pytest.fixture
def start(registrations: Path, tmp_path: Path) -> Iterator[Start]:
    """Give what starts a replay on the database of the tests, always on the same ports."""
    ports = [str(free_port()), str(free_port())]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "sandbox.settings",
        "DJANGO_DEBUG": "true",
        "DJANGO_DATABASE_NAME": connection.settings_dict["NAME"],
        "DJANGO_MEDIA_ROOT": str(tmp_path / "media"),
    }
    if url := environment.get("DATABASE_URL"):
        path = f"/{connection.settings_dict['NAME']}"
        environment["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path=path))
    started: list[Any] = []

    def run(*options: str) -> "subprocess.Popen[str]":
        command = [sys.executable, str(MANAGE), "joanie_replay", "all", *options]
        command += ["--file", str(registrations), "--port", ports[0], "--emulator-port", ports[1]]
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def table_of(process: "subprocess.Popen[str]") -> str:
    """Wait for the end of a replay; give what it tells there."""
    told, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    assert "All of it is what the data says" in told
    return told.partition("What there is now")[2].partition("What there was to bear")[0]


def kill_in_the_middle(process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + PATIENCE
    bought = Order.objects.filter(state__in=(OrderState.VALIDATED, OrderState.REFUNDED))
    while bought.count() < ENOUGH:
        assert time.monotonic() < deadline
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.django_db(transaction=True)
def test_a_replay_that_was_killed_ends_as_one_that_was_not(start: Start) -> None:
    uninterrupted = table_of(start())
    issued = ProformaInvoice.objects.count()
    kill_in_the_middle(start("--restart"))
    assert ENOUGH <= Order.objects.count() <= 30
    assert table_of(start()) == uninterrupted
    assert (Order.objects.count(), ProformaInvoice.objects.count()) == (30, issued)
