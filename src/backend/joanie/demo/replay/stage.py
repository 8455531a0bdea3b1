"""What a replay runs on: a database, a web server of several processes, a worker, a provider.

Where it is restarted meanwhile: two web servers behind one address, and three workers.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateWorker

from joanie.core.models import Order
from joanie.demo.exceptions import DemoFailed, PortBusy
from joanie.demo.narration import Narrator
from joanie.demo.processes import (
    LOOPBACK,
    Programs,
    answers_well,
    find_free_port,
    refuse_busy_port,
    running_programs,
)
from joanie.demo.replay import balancer
from joanie.demo.replay.faults import WORKER, Faults
from joanie.demo.replay.journal import Journal
from joanie.demo.replay.plan import SAMPLED_EVERY, USERNAME_PREFIX
from joanie.demo.stage import prepare_database, wait_for_programs
from joanie.payment.models import Payment
from joanie.payment.tasks import DOCUMENTS

# Seconds that what a killed run started has to end.
PATIENCE = 15
WEB_PROCESSES, WEB_THREADS = 2, 4
WORKERS, WORKER_THREADS = 3, 4
# Seconds a web server has to answer what it was asked before it ends: longer than a call to a
# provider may take.
GRACE = 30
# Seconds after which the shop asks about an open payment by itself; 300 unless set. What was
# dropped is found by that alone, and nobody wants to wait for it longer than for all the rest.
RECONCILE_AFTER = 20
# It says with 1 that something is to be looked at: so do we, with more.
RECONCILED = (0, 1)


@dataclass(frozen=True)
class ReplayStage:
    """The ports, and what follows from them. ``make replay`` gives a database of its own."""

    port: int
    emulator_port: int
    narrator: Narrator
    faults: Faults | None = None
    is_rolling: bool = False

    @property
    def site(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def provider(self) -> str:
        return f"http://{LOOPBACK}:{self.emulator_port}"

    @cached_property
    def web_servers(self) -> Mapping[str, int]:
        """Name each web server, with its port."""
        if not self.is_rolling:
            return {"web": self.port}
        return {f"web-{number}": find_free_port() for number in range(1, WEB_PROCESSES + 1)}

    @property
    def workers(self) -> Sequence[str]:
        if not self.is_rolling:
            return [WORKER]
        return [f"{WORKER}-{number}" for number in range(1, WORKERS + 1)]

    @property
    def restarted(self) -> Sequence[str]:
        """Name what is restarted in the middle, in this order: workers know a new task first."""
        return [*self.workers, *self.web_servers] if self.is_rolling else []

    def watch_start(self, name: str) -> Callable[[], bool]:
        """Give what says whether the program that starts next works."""
        if name in self.web_servers:
            address = f"http://{LOOPBACK}:{self.web_servers[name]}"
            return partial(answers_well, f"{address}{reverse('joanie_operations:ready')}")
        newest = ProcrastinateWorker.objects.aggregate(newest=Max("pk", default=0))["newest"]
        return ProcrastinateWorker.objects.filter(pk__gt=newest).exists

    @property
    def directory(self) -> Path:
        """Where logs and documents go, and what the provider remembers: beside the media."""
        return Path(settings.MEDIA_ROOT or "data/media").resolve().parent / "replay"

    @property
    def memory(self) -> Path:
        """What the provider remembers of the shop that has this database."""
        return self.directory / f"provider-{connection.settings_dict['NAME']}.sqlite3"

    @property
    def journal(self) -> Journal:
        return Journal(self.directory / f"journal-{connection.settings_dict['NAME']}.jsonl")

    @property
    def reconcile_after(self) -> int:
        return RECONCILE_AFTER

    @property
    def settings_that_differ(self) -> dict[str, str]:
        """Name what is not as in a shop that sells, for the report."""
        settings = {
            "`THROTTLE_RATES`": "none",
            "mails": "written once their document is rendered, and sent to nobody",
            "queue `documents`": f"left alone but for one registration in {SAMPLED_EVERY}",
        }
        if self.faults is not None:
            settings["`RECONCILE_AFTER`"] = f"{RECONCILE_AFTER} seconds instead of 300"
        return settings

    def reconcile(self, programs: Programs) -> str:
        """Have the shop compare all it has with the provider; return what that said last.

        Raises DemoFailed when the comparison could not be made.
        """
        first = Payment.objects.order_by("created_on").first()
        if first is None:
            return "There is nothing to compare"
        since = f"{first.created_on:%Y-%m-%d}"
        program = programs.run("reconcile", "reconcile_payments", "--since", since)
        if program.exit_code not in RECONCILED:
            raise DemoFailed(f"The comparison failed:\n{program.last_lines()}")
        return program.last_lines().rpartition("\n")[2]

    @contextmanager
    def opened(self, *, restarts: bool) -> Iterator[Programs]:
        """Prepare the database and start the programs; end them whatever happens.

        ``restarts``: forget earlier runs first. Raises DemoFailed.
        """
        if find_spec("gunicorn") is None:
            raise DemoFailed("The replay's web server is gunicorn: pip install gunicorn.")
        _wait_for_port(self.port, what="the web server", option="--port")
        _wait_for_port(self.emulator_port, what="the provider", option="--emulator-port")
        prepare_database(self.narrator)
        if restarts:
            self._forget()
        with running_programs(self.directory, self._environment()) as programs:
            self._start(programs)
            yield programs

    def _environment(self) -> dict[str, str]:
        """Say it in the sandbox's words. Mails are written, and sent to nobody."""
        environment = {
            "JOANIE_PUBLIC_BASE_URL": self.site,
            "JOANIE_DUMMY_URL": self.provider,
            "JOANIE_THROTTLING": "false",
            "EMAIL_URL": "dummymail://",
        }
        if self.faults is not None:
            environment["JOANIE_RECONCILE_AFTER"] = str(RECONCILE_AFTER)
        return environment

    def _forget(self) -> None:
        """Empty the database and the provider's memory.

        Raises DemoFailed when the database is not the replay's alone.
        """
        self.narrator.step("Forget earlier runs")
        learner = f"owner__{get_user_model().USERNAME_FIELD}__startswith"
        if Order.objects.exclude(**{learner: USERNAME_PREFIX}).exists():
            raise DemoFailed(
                "This database has orders of others than the replay's students, and is not "
                "emptied: name another one (`make replay` does)."
            )
        call_command("flush", interactive=False, verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
        for file in self.directory.glob(f"{self.memory.name}*"):
            file.unlink()
        self.journal.forget()
        prepare_database(self.narrator)

    def _start(self, programs: Programs) -> None:
        """Start the provider last: it begins with notifications that were not taken before."""
        what = "the web server, the worker"
        if self.is_rolling:
            what = f"{len(self.web_servers)} web servers behind one address, {WORKERS} workers"
        self.narrator.step(f"Start {what} and the payment provider")
        started_at = timezone.now()
        self._start_web_servers(programs)
        for name in self.workers:
            programs.start(name, *_worker_command())
        programs.start(
            "provider",
            *("joanie_emulator", "dummy", "--port", str(self.emulator_port)),
            *("--state", str(self.memory)),
        )
        wait_for_programs(programs, self.site, self.provider, started_at)
        workers = ProcrastinateWorker.objects.filter(last_heartbeat__gte=started_at)
        programs.wait_until(lambda: workers.count() >= len(self.workers), what="A worker")
        if self.is_rolling:
            for name in self.web_servers:
                programs.wait_until(self.watch_start(name), what=f"The {name}")
        self.narrator.result(f"{self.site}, {self.provider}; logs in {self.directory}")

    def _start_web_servers(self, programs: Programs) -> None:
        """Start one of several processes, or several of one behind a balancer."""
        for name, port in self.web_servers.items():
            programs.start(name, *_web_command(port, WEB_PROCESSES // len(self.web_servers)))
        if self.is_rolling:
            ports = map(str, self.web_servers.values())
            programs.start("balancer", "-m", balancer.__name__, str(self.port), *ports)


def _web_command(port: int, processes: int) -> list[str]:
    module, _, application = settings.WSGI_APPLICATION.rpartition(".")
    options = {
        "bind": f"{LOOPBACK}:{port}",
        "workers": processes,
        "threads": WEB_THREADS,
        "keep-alive": 10,
        "graceful-timeout": GRACE,
    }
    return [
        *("-m", "gunicorn", f"{module}:{application}", "--no-control-socket"),
        *(f"--{name}={value}" for name, value in options.items()),
    ]


def _worker_command() -> list[str]:
    """Work on every queue but the one of the documents: rendering them all would take hours."""
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    queues = {task.queue for task in app.tasks.values()} - {DOCUMENTS}
    return [
        *("procrastinate", "worker", "--concurrency", str(WORKER_THREADS)),
        *("--queues", ",".join(sorted(queues))),
    ]


def _wait_for_port(port: int, *, what: str, option: str) -> None:
    """Let the programs of a run that was killed end. Raises PortBusy when they do not."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return refuse_busy_port(port, what=what, option=option)
        except PortBusy:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
