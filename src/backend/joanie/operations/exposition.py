"""Everything that is measured, as Prometheus reads it."""

import os
from collections.abc import Iterator
from itertools import product
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from joanie.common import metrics
from joanie.conf import joanie_settings
from joanie.core.enums import OrderState
from joanie.operations.site_gauges import SiteGauges
from joanie.payment.enums import OPEN_PAYMENT_STATES, PaymentFlag, PaymentState
from joanie.payment.services.intake import Receipt

CONTENT_TYPE = CONTENT_TYPE_LATEST

# What labels can be, where it is known: a counter that was never counted says 0, so that the first
# time shows in a rate. Aliases are those of the settings.
KNOWN_LABELS: dict[Any, tuple[tuple[str, ...], ...]] = {
    metrics.notification_deliveries: (
        (*(receipt.value for receipt in Receipt), "rejected", "challenge", "error"),
    ),
    metrics.notification_attempts: (("processed", "ignored", "failed", "parked"),),
    metrics.payments: (
        tuple(state.value for state in PaymentState if state not in OPEN_PAYMENT_STATES),
    ),
    metrics.payments_flagged: (
        (
            *(flag.value for flag in PaymentFlag if flag is not PaymentFlag.DISPUTED),
            "unmatched",
        ),
    ),
    metrics.orders: (tuple(state.value for state in OrderState),),
    metrics.mails: (("sent", "dropped", "failed"),),
    metrics.webhook_deliveries: (("delivered", "failed", "given_up", "gone"),),
}


def write_site_metrics() -> bytes:
    """Give what the processes of this server counted, and how the site stands."""
    registry = CollectorRegistry()
    registry.register(SiteGauges())
    return write_process_metrics() + generate_latest(registry)


def write_process_metrics() -> bytes:
    """Give what this process counted; with ``PROMETHEUS_MULTIPROC_DIR``, all that share it."""
    for counter, labels in _known():
        counter.labels(*labels)
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's
    return generate_latest(registry)


def _known() -> Iterator[tuple[Any, tuple[str, ...]]]:
    aliases = tuple(joanie_settings.PAYMENT_BACKENDS)
    for counter, values in KNOWN_LABELS.items():
        names = counter._labelnames  # noqa: SLF001 - the library has no other way
        by_alias = (aliases,) if names[0] == "backend" else ()
        for labels in product(*by_alias, *values):
            yield counter, labels
