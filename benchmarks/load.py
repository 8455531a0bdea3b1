"""Sending requests with wrk, and what it says of them."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.exceptions import BenchFailed
from benchmarks.wire import Request, write_requests

SCRIPT = Path(__file__).with_name("load.lua")
# Seconds until an answer counts as lost.
PATIENCE = 60


@dataclass(frozen=True)
class Load:
    """What came of it. Latencies are in seconds, and corrected by wrk for coordinated omission.

    ``issued`` counts also the requests on their way at the end, which the server does answer.
    """

    issued: int
    completed: int
    seconds: float
    p50: float
    p95: float
    p99: float

    @property
    def per_second(self) -> float:
        return self.completed / self.seconds


def send(
    requests: Sequence[Request],
    *,
    port: int,
    clients: int,
    seconds: int,
    is_once: bool,
    status: int = 200,
) -> Load:
    """Send them in turn from ``clients`` connections, until the time is over.

    ``is_once``: end when each was sent. Raises BenchFailed when any answer was not ``status``.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise BenchFailed("The bench sends its requests with wrk: apt-get install wrk.")
    with tempfile.NamedTemporaryFile(prefix="joanie-bench-") as file:
        write_requests(requests, Path(file.name))
        command = [wrk, "--threads=1", f"--connections={clients}", f"--duration={seconds}s"]
        command += [f"--timeout={PATIENCE}s", f"--script={SCRIPT}", f"http://127.0.0.1:{port}/"]
        command += ["--", file.name, "once" if is_once else "again", str(status)]
        result = subprocess.run(  # noqa: S603 - ours, and wrk of the system
            command, capture_output=True, text=True, check=False
        )
    if result.returncode or "BENCH\n" not in result.stdout:
        raise BenchFailed(f"wrk failed: {result.stderr or result.stdout}")
    return read_load(result.stdout.partition("BENCH\n")[2])


def read_load(text: str) -> Load:
    """Read what ``load.lua`` writes at its end. Raises BenchFailed when answers were wrong."""
    said = dict(line.split(" ", 1) for line in text.splitlines())
    completed, wrong, lost = (
        int(float(said[each])) for each in ("completed", "unexpected", "lost")
    )
    if wrong or lost or not completed:
        raise BenchFailed(
            f"Of {completed} answers {wrong} were not as expected, {lost} were lost: "
            f"{said['sample'].strip() or 'no answer at all'}"
        )
    percentiles = {name: int(said[name]) / 1e6 for name in ("p50", "p95", "p99")}
    seconds = float(said["ended"]) - float(said["started"])
    return Load(int(float(said["issued"])), completed, seconds, **percentiles)
