"""``python -m benchmarks``: what ``make bench`` runs."""

import fcntl
import json
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections
from rich.console import Console

from benchmarks import in_process, pgbench, report, seeding
from benchmarks.directory import bench_directory
from benchmarks.exceptions import BenchFailed
from benchmarks.rounds import CLIENTS, Rounds, row_named
from benchmarks.rows import Row, Run
from benchmarks.site import WEB_WORKERS, running_site
from benchmarks.stock import Stock
from benchmarks.targets import Verdict, judge
from joanie.demo.exceptions import DemoFailed

RESULTS = Path(__file__).with_name("results")
ROUNDS, SECONDS = 5, 2
QUICK_ROUNDS, QUICK_SECONDS = 1, 1
# Programs that want a processor, before we want one too.
BUSY = 0.5

console = Console(width=None if sys.stdout.isatty() else 160)


def main() -> None:
    parser = ArgumentParser(prog="make bench", description="Measure the speed.")
    parser.add_argument("--quick", action="store_true", help="one short round, for looking")
    parser.add_argument("--profile", metavar="ROW", help="only say where the time of a row goes")
    options = parser.parse_args()
    try:
        with _alone():
            if options.profile:
                show_profile(row_named(options.profile))
            else:
                measure(is_quick=options.quick)
    except (BenchFailed, DemoFailed, LookupError) as error:
        sys.exit(str(error))


def measure(*, is_quick: bool) -> None:
    """Measure all rows and print them; keep them in a file unless it is quick."""
    load = os.getloadavg()[0]
    rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if is_quick else (ROUNDS, SECONDS)
    started = time.monotonic()
    with console.status("Seeding the databases") as status:
        seeding.prepare(reuses=is_quick)
        pgbench.prepare()
        status.update("Starting the servers")
        with running_site() as site:
            all_rounds = Rounds(site, Stock(site.provider.url), seconds, status.update)
            for number in range(rounds):
                all_rounds.measure(f"Round {number + 1} of {rounds}")
            figures = all_rounds.figures()
            memory = site.web.memory()
            status.update("Ending the servers")
    verdicts = judge(figures, bare_pdf=all_rounds.bare_pdf, memory=memory)
    said = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rounds": rounds,
        "seconds_of_a_row": seconds,
        "bare_weasyprint_ms": round(all_rounds.bare_pdf, 2),
        "pgbench_transactions_per_second": {
            str(clients): rates[len(rates) // 2]
            for clients, rates in (
                (each, sorted(all_rounds.transactions[each])) for each in CLIENTS
            )
        },
        "web_worker_mib": round(memory, 1),
        "load_before": round(load, 2),
        **_describe(),
    }
    _print(figures, verdicts, said, time.monotonic() - started)
    _keep(report.as_json(figures, verdicts, **said), is_quick=is_quick)


def show_profile(row: Row) -> None:
    """Print where the time of a row's requests goes, in this process."""
    with console.status("Preparing"):
        seeding.prepare(reuses=True)
        with running_site() as site:
            run = Run(Stock(site.provider.url), 1, site.server(row.server).url)
            text = in_process.profile(row, run)
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _describe() -> dict[str, Any]:
    database = settings.DATABASES["default"]
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
    return {
        **report.describe_machine(),
        "processors": os.cpu_count(),
        "postgresql": version,
        "web_workers": WEB_WORKERS,
        "conn_max_age": database["CONN_MAX_AGE"],
        "debug": settings.DEBUG,
        "throttle_rates": settings.JOANIE["THROTTLE_RATES"],
    }


def _print(figures: Any, verdicts: list[Verdict], said: dict[str, Any], seconds: float) -> None:
    for clients in CLIENTS:
        console.print(report.figures_table(figures, clients))
    console.print(report.verdicts_table(verdicts))
    for name, value in said.items():
        console.print(f"{name.replace('_', ' ')}: {value}", highlight=False)
    console.print(f"It took {seconds:.0f} seconds.")
    if said["load_before"] > BUSY:
        console.print("[yellow]Other programs were running: compare within this run only.[/]")


def _keep(content: dict[str, Any], *, is_quick: bool) -> None:
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H%M")
    path = bench_directory() / "quick.json" if is_quick else RESULTS / f"{stamp}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    console.print(f"In {path}", soft_wrap=True)


@contextmanager
def _alone() -> Iterator[None]:
    """Raise BenchFailed where another one runs: they would share databases and processors."""
    with (bench_directory() / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BenchFailed("Another bench runs in this checkout: wait for its end.") from error
        yield
        connections.close_all()
