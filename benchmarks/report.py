"""What was measured, for people and for programs."""

import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from benchmarks.figures import Figures
from benchmarks.targets import Verdict

COLUMNS = ("requests/s", "p50 ms", "p95 ms", "p99 ms", "SQL", "CPU ms", "of floor", "provider's")


def figures_table(figures: Sequence[Figures], clients: int) -> Table:
    table = Table(title=f"{clients} client{'s' if clients > 1 else ''}", title_justify="left")
    table.add_column("row")
    for name in (*COLUMNS, *figures[0].shares):
        title = name if name in COLUMNS else f"of {name}"
        table.add_column(title, justify="right")
    for each in figures:
        if each.clients == clients:
            table.add_row(each.name, *_cells(each))
    return table


def _cells(figures: Figures) -> list[str]:
    typical = figures.typical
    times = (typical.p50, typical.p95, typical.p99)
    return [
        f"{typical.per_second:,.1f}",
        *(f"{time:.1f}" for time in times),
        str(figures.statements),
        f"{typical.cpu:.2f}",
        f"{figures.cpu_of_floor:.1f}",
        f"{typical.provider_cpu:.2f}" if typical.provider_cpu >= 0.05 else "",
        *(f"{share:.0%}" if share > 1 else f"{share:.1%}" for share in figures.shares.values()),
    ]


def verdicts_table(verdicts: Iterable[Verdict]) -> Table:
    table = Table(title="Targets", title_justify="left")
    for name in ("row", "clients", "what"):
        table.add_column(name)
    table.add_column("is", justify="right")
    table.add_column("target", justify="right")
    table.add_column("met")
    for each in verdicts:
        sign = "≥" if each.is_least else "≤"
        met = "[green]yes[/]" if each.met else "[red]no[/]"
        clients = str(each.clients)
        table.add_row(
            each.name,
            clients,
            each.what,
            _plain(each, each.value),
            f"{sign} {_plain(each, each.target)}",
            met,
        )
    return table


def _plain(verdict: Verdict, value: float) -> str:
    if verdict.is_least:
        return f"{value:.1%}"
    return f"{value:.2f}" if verdict.target < 10 else f"{value:.0f}"


def as_json(
    figures: Iterable[Figures], verdicts: Sequence[Verdict], **said: Any
) -> dict[str, Any]:
    """Describe the run; a row that has a target says so, and whether it is met."""
    rows = []
    for each in figures:
        row = {
            "name": each.name,
            "clients": each.clients,
            "requests_per_second": round(each.typical.per_second, 2),
            "p50_ms": round(each.typical.p50, 3),
            "p95_ms": round(each.typical.p95, 3),
            "p99_ms": round(each.typical.p99, 3),
            "sql": each.statements,
            "cpu_ms": round(each.typical.cpu, 3),
            "cpu_of_drf_view": round(each.cpu_of_floor, 3),
            "provider_cpu_ms": round(each.typical.provider_cpu, 3),
            "share_of": {name: round(value, 4) for name, value in each.shares.items()},
        }
        for verdict in verdicts:
            if (verdict.name, verdict.clients) == (each.name, each.clients):
                row |= {"target": verdict.target, "met": verdict.met}
        rows.append(row)
    targets = [
        {**asdict(verdict), "value": round(verdict.value, 4), "met": verdict.met}
        for verdict in verdicts
    ]
    return {**said, "rows": rows, "targets": targets}


def describe_machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="ascii") as file:  # noqa: PTH123
            models = [line.partition(":")[2].strip() for line in file if "model name" in line]
    except OSError:
        models = []
    return models[0] if models else platform.processor()
