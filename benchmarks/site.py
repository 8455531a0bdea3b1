"""What is measured, in processes of its own: two web servers and the provider."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import httpx
import psutil  # type: ignore[import-untyped]
from django.conf import settings

from benchmarks import databases
from benchmarks.directory import bench_directory
from joanie.demo.processes import LOOPBACK, answers, running_programs
from joanie.payment.backends.dummy.client import get_secret

WEB_WORKERS = 2
PROVIDER_THREADS = 4
MIB = 2**20


@dataclass(frozen=True)
class Server:
    """A gunicorn, and what its workers take of the machine."""

    port: int
    pid_file: Path

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def workers(self) -> list[psutil.Process]:
        workers: list[psutil.Process] = psutil.Process(int(self.pid_file.read_text())).children()
        return workers

    def cpu(self) -> float:
        """Seconds of the processor that its workers had so far."""
        times = (worker.cpu_times() for worker in self.workers())
        seconds: float = sum(each.user + each.system for each in times)
        return seconds

    def memory(self) -> float:
        """MiB that the largest of its workers has resident."""
        largest: int = max(worker.memory_info().rss for worker in self.workers())
        return largest / MIB

    def wait_until_idle(self) -> None:
        """Let it answer what clients that are gone still wait for."""
        before = self.cpu()
        while True:
            time.sleep(0.05)
            now = self.cpu()
            if now - before < 0.011:  # one tick of the clock, which counts hundredths
                return
            before = now


@dataclass(frozen=True)
class Site:
    """``web`` has all orders, ``small`` the first ones."""

    web: Server
    small: Server
    provider: Server

    def server(self, name: str) -> Server:
        return self.small if name == "small" else self.web


@contextmanager
def running_site() -> Iterator[Site]:
    """Start everything on free ports, and end it whatever happens. Raises DemoFailed."""
    with ExitStack() as stack:
        provider = stack.enter_context(
            _gunicorn("provider", "benchmarks.provider", threads=PROVIDER_THREADS)
        )
        _silence(provider)
        # For what the bench itself asks of the application.
        dummy = settings.JOANIE["PAYMENT_BACKENDS"]["dummy"]
        dummy["configuration"] = {**dummy["configuration"], "base_url": provider.url}
        web, small = (
            stack.enter_context(
                _gunicorn(
                    name,
                    "benchmarks.wsgi",
                    workers=WEB_WORKERS,
                    environment={
                        "JOANIE_DUMMY_URL": provider.url,
                        "JOANIE_BENCH_DATABASE": database,
                    },
                )
            )
            for name, database in (("web", databases.MAIN), ("small", databases.SMALL))
        )
        yield Site(web, small, provider)


@contextmanager
def _gunicorn(
    name: str,
    module: str,
    *,
    workers: int = 1,
    threads: int = 1,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Serve with sync workers, unless there are threads to keep connections open."""
    port = _free_port()
    server = Server(port, bench_directory() / f"{name}.pid")
    options = {
        "bind": f"{LOOPBACK}:{port}",
        "workers": workers,
        "threads": threads,
        "pid": server.pid_file,
        "timeout": 120,
        "log-level": "warning",
    }
    command = [f"{module}:application", "--no-control-socket"]
    command += [f"--{option}={value}" for option, value in options.items()]
    with running_programs(bench_directory(), environment or {}) as programs:
        programs.start(name, "-m", "gunicorn", *command)
        programs.wait_until(lambda: answers(server.url), what=f"The {name} server")
        yield server


def _free_port() -> int:
    with socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _silence(provider: Server) -> None:
    """Have it send no notification: what we measure comes from the bench alone."""
    httpx.put(
        f"{provider.url}/control",
        json={"notifications": {"drop": True}},
        headers={"Authorization": f"Bearer {get_secret({})}"},
        trust_env=False,
    ).raise_for_status()
