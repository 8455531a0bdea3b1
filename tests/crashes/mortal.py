"""What a process of the shop does, and where it dies."""

import os
import signal
import sys
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import override_settings

from joanie.common.money import Money
from joanie.payment.crash_points import CrashPoint, watch

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Fate:
    """A folder: files say where a process is to die, where one died, and what was passed.

    Whoever renames the file dies, so of all processes one dies there, as often as there are files.
    """

    folder: Path

    def doom(self, *points: CrashPoint, times: int = 1) -> None:
        for point in points:
            for number in range(times):
                self._file(point, "doomed", number).touch()

    def meet(self, point: CrashPoint) -> None:
        self._file(point, "passed").touch()
        for doom in self._files("doomed", point.name):
            with suppress(FileNotFoundError):
                doom.rename(doom.with_suffix(".died"))
                os.kill(os.getpid(), signal.SIGKILL)

    def forget(self) -> None:
        for file in self.folder.iterdir():
            file.unlink()

    @property
    def passed(self) -> set[CrashPoint]:
        return set(self._points("passed"))

    @property
    def deaths(self) -> Counter[CrashPoint]:
        return self._points("died")

    def _file(self, point: CrashPoint, mark: str, number: int = 0) -> Path:
        return self.folder / f"{point.name}.{number}.{mark}"

    def _files(self, mark: str, name: str = "*") -> list[Path]:
        return sorted(self.folder.glob(f"{name}.*.{mark}"))

    def _points(self, mark: str) -> Counter[CrashPoint]:
        return Counter(CrashPoint[file.name.partition(".")[0]] for file in self._files(mark))


@dataclass(frozen=True)
class World:
    """Where a process lives: its database, its settings, its log, its fate."""

    database: str
    settings: dict[str, Any]
    log: Path
    fate: Fate


def live(world: World, errand: Callable[[], None]) -> None:
    """Run an errand, as far as fate lets it."""
    with world.log.open("ab", buffering=0) as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())
    django.setup()
    connections.databases["default"]["NAME"] = world.database
    override_settings(**world.settings).enable()
    watch(world.fate.meet)
    errand()


def serve(port: int, is_ready: Event) -> None:
    """Be the web server."""
    server = ThreadedWSGIServer((LOOPBACK, port), WSGIRequestHandler)
    server.set_app(get_wsgi_application())
    is_ready.set()
    server.serve_forever()


def work() -> None:
    """Be a worker, until there is nothing left to do."""
    call_command("procrastinate", "worker", "--one-shot")


def give_back(payment_id: uuid.UUID, refund_id: uuid.UUID, amount: Money) -> None:
    """Be a web process in which staff ask for money back: asked twice, it is given once."""
    from joanie.payment.models import Payment  # noqa: PLC0415 - it needs the applications
    from joanie.payment.services.refunds import refund_payment  # noqa: PLC0415 - the same

    payment = Payment.objects.get(pk=payment_id)
    refund_payment(payment=payment, amount=amount, reason="a gift", refund_id=refund_id)
