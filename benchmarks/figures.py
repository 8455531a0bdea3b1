"""What was measured, put together. Pure: nothing here measures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Sample:
    """One round of one row. Times are in milliseconds; those of processors by request."""

    per_second: float
    p50: float
    p95: float
    p99: float
    cpu: float
    provider_cpu: float


@dataclass(frozen=True)
class Figures:
    """A row at so many clients: the median of each figure over the rounds.

    ``shares`` are of the requests per second of each floor, by its name; ``cpu_of_floor`` is the
    processor's time in that of the first floor, which other programs disturb less.
    """

    name: str
    clients: int
    typical: Sample
    statements: int
    shares: dict[str, float]
    cpu_of_floor: float


def typical(samples: Sequence[Sample]) -> Sample:
    names = Sample.__dataclass_fields__
    return Sample(**{name: median(getattr(each, name) for each in samples) for name in names})


def share(figure: float, floor: float) -> float:
    return figure / floor if floor else 0.0


def find(figures: Iterable[Figures], name: str, clients: int) -> Figures:
    """Raises LookupError."""
    for each in figures:
        if (each.name, each.clients) == (name, clients):
            return each
    raise LookupError(f"{name} was not measured with {clients} clients")
