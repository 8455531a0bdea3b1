"""Waiting until nothing is on its way any more, and finding what never was."""

import time
from collections.abc import Callable

from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from joanie.payment.enums import UNSETTLED_NOTIFICATION_STATES
from joanie.payment.models import PaymentNotification
from joanie.payment.tasks import DOCUMENTS

# Seconds without progress after which the worker is not waited for any longer.
WORKER_PATIENCE = 30.0
# Seconds the shop has to settle all: a notification that came before its payment waits its turn,
# and the jobs of a killed worker wait to be found.
SHOP_PATIENCE = 600.0


def wait_until_worked_off(check: Callable[[], None]) -> int:
    """Let the worker finish; return how many jobs are left in its queues."""
    least, since = count_due_jobs(), time.monotonic()
    while least and time.monotonic() - since < WORKER_PATIENCE:
        check()
        time.sleep(0.2)
        count = count_due_jobs()
        if count < least:
            least, since = count, time.monotonic()
    return least


def wait_until_settled(check: Callable[[], None]) -> int:
    """Wait until no job and no notification is left; return how many there are in the end."""
    deadline = time.monotonic() + SHOP_PATIENCE
    while (left := count_unsettled()) and time.monotonic() < deadline:
        check()
        time.sleep(0.5)
    return left


def count_due_jobs() -> int:
    is_due = Q(scheduled_at=None) | Q(scheduled_at__lte=timezone.now())
    return (
        ProcrastinateJob.objects.filter(is_due, status="todo")
        .exclude(queue_name=DOCUMENTS)
        .count()
    )


def count_unsettled() -> int:
    """Count what is to be done, now or later, and what a killed worker left half done."""
    jobs = ProcrastinateJob.objects.filter(status__in=("todo", "doing"))
    inbox = PaymentNotification.objects.filter(state__in=UNSETTLED_NOTIFICATION_STATES)
    return jobs.exclude(queue_name=DOCUMENTS).count() + inbox.count()
