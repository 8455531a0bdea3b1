"""Having what was bought given, and taken back."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

from joanie.common.queue import put_back
from joanie.common.replacements import load_class
from joanie.common.transactions import forbid_transaction
from joanie.conf import joanie_settings
from joanie.core.fulfilment import Fulfilment
from joanie.core.models import Order

TASK = "joanie.core.update_access"
# Afterwards what cannot be given is for staff.
LOOK_BACK = timedelta(days=30)
BATCH = 1000


def fulfil(order_id: uuid.UUID) -> None:
    """Have the host's class, or Joanie's, make the owner's access fit the order's present state.

    Safe to repeat, and to run twice at once: a state that changed meanwhile is told again.
    Raises what that class raises.
    """
    forbid_transaction()
    fulfilment = load_class(joanie_settings.FULFILMENT, Fulfilment)()
    order = Order.objects.get(pk=order_id)
    fulfilment.update_access(order)
    if not Order.objects.filter(pk=order_id, state=order.state).exists():
        fulfil(order_id)


def take_up_failed(now: datetime) -> int:
    """Put back the jobs that gave up on giving or taking back; return how many. Safe to repeat.

    Each is tried once, and put back again the next time, until it is ``LOOK_BACK`` old.
    """
    with transaction.atomic():
        failed = _failed_since(now - LOOK_BACK).select_for_update(skip_locked=True)
        # Those tried least come first: many that never succeed keep none of the others away.
        jobs = list(failed.order_by("attempts", "id")[:BATCH])
        for job in jobs:
            put_back(job.pk)
    return len(jobs)


def _failed_since(since: datetime) -> QuerySet[ProcrastinateJob]:
    enqueued = ProcrastinateEvent.objects.filter(
        job=OuterRef("pk"), type="deferred", at__gte=since
    )
    return ProcrastinateJob.objects.filter(Exists(enqueued), task_name=TASK, status="failed")
