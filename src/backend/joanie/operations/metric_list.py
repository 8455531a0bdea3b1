"""All metrics of ours, as the reference lists them."""

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import Counter, Histogram

from joanie.common import metrics
from joanie.operations import site_gauges


@dataclass(frozen=True)
class Metric:
    """``name`` as one asks Prometheus for it; a histogram has three, that begin with its."""

    name: str
    kind: str
    labels: tuple[str, ...]
    documentation: str


def list_metrics() -> list[Metric]:
    """Return what the processes count, then what the database tells at a scrape."""
    return [*_counted(), *_told_by_the_database()]


def _counted() -> Iterator[Metric]:
    for metric in vars(metrics).values():
        if isinstance(metric, (Counter, Histogram)):
            (family,) = metric.describe()
            suffix = "_total" if family.type == "counter" else ""
            labels = tuple(metric._labelnames)  # noqa: SLF001 - the library has no other way
            yield Metric(f"{family.name}{suffix}", family.type, labels, family.documentation)


def _told_by_the_database() -> Iterator[Metric]:
    for gauge in site_gauges.ALL:
        yield Metric(gauge.name, "gauge", gauge.labels, gauge.documentation)
