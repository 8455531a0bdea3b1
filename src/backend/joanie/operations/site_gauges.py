"""What the database tells at the moment of a scrape: what is open, what waits, what is stuck.

All of it is found through indexes of what is not over, so it costs what there is to do, however
much was done. Each part has its own time limit: one that is too slow is left out and says so.
Nothing is asked of a database that does not answer.
"""

import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from django.db import Error, connection, transaction
from django.db.models import Count, Min, QuerySet
from django.utils import timezone
from procrastinate.contrib.django import app
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from joanie.conf import joanie_settings
from joanie.operations import health
from joanie.operations.queue_state import Queue, count_failed, count_workers, read_queues
from joanie.payment.enums import OPEN_PAYMENT_STATES, NotificationState
from joanie.payment.models import Mail, Payment, PaymentNotification
from joanie.payment.reads.attention import count_matters
from joanie.webhooks.enums import DeliveryState
from joanie.webhooks.models import WebhookDelivery

logger = logging.getLogger(__name__)

# Seconds that the statements of a part may take.
LIMIT = 2
# Seconds for which a count that has no index is used again.
SELDOM = 300
# Of notifications that are tried again by themselves.
WAITING_STATES = (NotificationState.RECEIVED, NotificationState.FAILED)


@dataclass(frozen=True)
class Gauge:
    """One number; with what it is told apart by, if anything."""

    name: str
    documentation: str
    labels: tuple[str, ...] = ()

    def family(self, rows: Iterable[tuple[tuple[str, ...], float]]) -> GaugeMetricFamily:
        family = GaugeMetricFamily(self.name, self.documentation, labels=self.labels)
        for labels, value in rows:
            family.add_metric(labels, value)
        return family


UP = Gauge("joanie_database_up", "1 when the database answers, 0 when it does not.")
UNREAD = Gauge(
    "joanie_scrape_unread",
    "1 for a part of these gauges that could not be read in time, and is left out.",
    ("part",),
)
PAYMENTS_OPEN = Gauge(
    "joanie_payments_open",
    "Attempts to pay of which nobody knows yet how they end.",
    ("backend", "state"),
)
OLDEST_PAYMENT = Gauge(
    "joanie_payments_oldest_open_seconds", "Age of the oldest of them.", ("backend", "state")
)
NOTIFICATIONS = Gauge(
    "joanie_notifications_unsettled",
    "Notifications that are stored and not settled; those parked are not among them.",
    ("backend", "state"),
)
OLDEST_NOTIFICATION = Gauge(
    "joanie_notifications_oldest_unsettled_seconds",
    "Age of the oldest of them.",
    ("backend", "state"),
)
QUEUE_DUE = Gauge("joanie_queue_due_jobs", "Jobs that could be done now.", ("queue",))
QUEUE_LATER = Gauge(
    "joanie_queue_later_jobs",
    "Jobs that wait for their moment: those to be tried again, most of them.",
    ("queue",),
)
QUEUE_AGE = Gauge(
    "joanie_queue_oldest_due_seconds",
    "Time that the job has waited that could have been done first.",
    ("queue",),
)
FAILED_JOBS = Gauge(
    "joanie_queue_failed_jobs",
    "Jobs that raised and are not tried again by themselves; those of orders to be fulfilled are,"
    " once a day. They stay until somebody deletes them. Counted every five minutes.",
    ("queue",),
)
WORKERS = Gauge("joanie_workers", "Workers that gave a sign of life within 30 seconds.")
MAILS = Gauge("joanie_mails_waiting", "Mails neither sent nor dropped.")
OLDEST_MAIL = Gauge("joanie_mails_oldest_waiting_seconds", "Age of the oldest of them.")
WEBHOOKS = Gauge(
    "joanie_webhooks_pending",
    "Webhooks neither delivered nor given up, of endpoints that are not switched off.",
)
OLDEST_WEBHOOK = Gauge(
    "joanie_webhooks_oldest_pending_seconds", "Time that the oldest of them has been tried for."
)
MATTERS = Gauge(
    "joanie_matters",
    "What waits for a person, by kind: what the admin's index page shows. Counted every five"
    " minutes.",
    ("kind",),
)

Families = Iterator[GaugeMetricFamily]


def _payments() -> Families:
    aliases = joanie_settings.PAYMENT_BACKENDS
    return _open_rows(
        Payment.objects.open(), aliases, OPEN_PAYMENT_STATES, PAYMENTS_OPEN, OLDEST_PAYMENT
    )


def _notifications() -> Families:
    waiting = PaymentNotification.objects.filter(state__in=WAITING_STATES)
    aliases = joanie_settings.PAYMENT_BACKENDS
    return _open_rows(waiting, aliases, WAITING_STATES, NOTIFICATIONS, OLDEST_NOTIFICATION)


def _open_rows(
    rows: QuerySet[Payment] | QuerySet[PaymentNotification],
    aliases: Iterable[str],
    states: Iterable[str],
    count: Gauge,
    age: Gauge,
) -> Families:
    """Count rows by backend and state, in one statement; 0 for those there are none of."""
    now = timezone.now()
    found = {(alias, str(state)): (0, 0.0) for alias in aliases for state in states}
    grouped = rows.order_by().values_list("backend", "state")
    for alias, state, number, oldest in grouped.annotate(Count("pk"), Min("created_on")):
        found[alias, state] = number, (now - oldest).total_seconds()
    yield count.family((labels, number) for labels, (number, _) in found.items())
    yield age.family((labels, seconds) for labels, (_, seconds) in found.items())


def _queue() -> Families:
    nothing = {task.queue: Queue(task.queue, 0, 0, 0.0) for task in app.tasks.values()}
    queues = {**nothing, **{queue.name: queue for queue in read_queues()}}.values()
    yield QUEUE_DUE.family(((queue.name,), queue.due) for queue in queues)
    yield QUEUE_LATER.family(((queue.name,), queue.later) for queue in queues)
    yield QUEUE_AGE.family(((queue.name,), queue.oldest_due_seconds) for queue in queues)
    yield WORKERS.family([((), count_workers())])


def _mails() -> Families:
    waiting = Mail.objects.waiting().aggregate(number=Count("pk"), oldest=Min("created_on"))
    yield MAILS.family([((), waiting["number"])])
    yield OLDEST_MAIL.family([((), _age(waiting["oldest"]))])


def _webhooks() -> Families:
    pending = WebhookDelivery.objects.filter(
        state=DeliveryState.PENDING, endpoint__is_enabled=True
    )
    waiting = pending.aggregate(number=Count("pk"), oldest=Min("queued_at"))
    yield WEBHOOKS.family([((), waiting["number"])])
    yield OLDEST_WEBHOOK.family([((), _age(waiting["oldest"]))])


def _age(moment: datetime | None) -> float:
    """Return seconds; 0 when there is nothing that could be old."""
    return (timezone.now() - moment).total_seconds() if moment else 0.0


class NotCounted(Exception):
    """The last count was not to be had in time, and it is too early for the next."""


class _Seldom:
    """Counts every five minutes what takes long to count; who asks meanwhile gets the last one.

    Raises NotCounted, until the next count, where that one failed or there is none yet.
    """

    def __init__(self, gauge: Gauge, count: Callable[[], Mapping[str, int]]) -> None:
        self._gauge = gauge
        self._count = count
        self._lock = Lock()
        self.forget()

    def __call__(self) -> Families:
        if self._lock.acquire(blocking=False):
            try:
                self._count_when_due()
            finally:
                self._lock.release()
        counts = self._counts
        if counts is None:
            raise NotCounted
        yield self._gauge.family(((label,), count) for label, count in counts.items())

    def forget(self) -> None:
        self._counted_at = -math.inf
        self._counts: Mapping[str, int] | None = None

    def _count_when_due(self) -> None:
        if time.monotonic() - self._counted_at < SELDOM:
            return
        # Before, so that a count that takes too long is not made again at once.
        self._counted_at = time.monotonic()
        try:
            self._counts = self._count()
        except Error:
            self._counts = None
            raise


def _count_matters() -> dict[str, int]:
    return {matter.kind: matter.count for matter in count_matters()}


def _count_failed_jobs() -> dict[str, int]:
    return {task.queue: 0 for task in app.tasks.values()} | count_failed()


COUNTED_SELDOM = {
    "failed_jobs": _Seldom(FAILED_JOBS, _count_failed_jobs),
    "matters": _Seldom(MATTERS, _count_matters),
}

PARTS: dict[str, Callable[[], Families]] = {
    "payments": _payments,
    "notifications": _notifications,
    "queue": _queue,
    "mails": _mails,
    "webhooks": _webhooks,
    **COUNTED_SELDOM,
}
ALL = [each for each in list(globals().values()) if isinstance(each, Gauge)]


class SiteGauges(Collector):
    """Reads everything anew, with a few short statements, and writes nothing."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        is_up = health.DATABASE().is_well
        unread: dict[str, int] = {}
        for name, part in PARTS.items():
            families = _read(name, part) if is_up else None
            unread[name] = families is None
            yield from families or ()
        yield UNREAD.family(((name,), is_unread) for name, is_unread in unread.items())
        yield UP.family([((), not all(unread.values()))])


def _read(name: str, part: Callable[[], Families]) -> list[GaugeMetricFamily] | None:
    """Return None when it could not be read in time."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('statement_timeout', %s, true)", [f"{LIMIT * 1000}ms"]
                )
            return list(part())
    except (Error, NotCounted) as error:
        logger.warning("The gauges of %s could not be read: %s", name, type(error).__name__)
        return None
