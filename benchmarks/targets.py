"""What the figures have to be. Pure: nothing here measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.figures import Figures, find

FLOOR = "bare DRF view"
# With so many clients: shares of the requests per second of the floor.
CLIENTS = 8
LEAST_SHARES: Mapping[str, float] = {
    "product, warm": 0.70,
    "product, cold": 0.15,
    "product, not modified": 0.60,
    "orders, 10": 0.15,
    "orders, 100": 0.03,
    "order creation": 0.06,
    "one click": 0.04,
    "notification": 0.10,
    "notification, duplicate": 0.30,
    "PDF, again": 0.40,
}
MOST_PDF_TIME = 1.25
MOST_LIST_TIME = 1.2
MOST_MEMORY = 150.0


@dataclass(frozen=True)
class Verdict:
    """``target`` is the least where ``is_least``, else the most, that ``value`` may be."""

    name: str
    clients: int
    what: str
    value: float
    target: float
    is_least: bool

    @property
    def met(self) -> bool:
        return self.value >= self.target if self.is_least else self.value <= self.target


def judge(figures: Sequence[Figures], *, bare_pdf: float, memory: float) -> list[Verdict]:
    """Hold the figures against the targets. ``bare_pdf`` in milliseconds, ``memory`` in MiB."""
    verdicts = [
        Verdict(
            name,
            CLIENTS,
            f"share of the requests/s of the {FLOOR}",
            find(figures, name, CLIENTS).shares[FLOOR],
            least,
            is_least=True,
        )
        for name, least in LEAST_SHARES.items()
    ]
    pdf = find(figures, "PDF, first time", 1).typical.p50
    many, few = (
        find(figures, name, 1).typical.p50
        for name in ("orders, 10", "orders, 10, with 1,000 in all")
    )
    return [
        *verdicts,
        Verdict(
            "PDF, first time",
            1,
            "time, in that of bare WeasyPrint",
            pdf / bare_pdf,
            MOST_PDF_TIME,
            is_least=False,
        ),
        Verdict(
            "orders, 10",
            1,
            "time, in that with 1,000 orders in all",
            many / few,
            MOST_LIST_TIME,
            is_least=False,
        ),
        Verdict(
            "web worker",
            CLIENTS,
            "MiB resident after all rounds",
            memory,
            MOST_MEMORY,
            is_least=False,
        ),
    ]
