"""Letting go, night by night, of what nobody needs any more: ``RETENTION_DAYS`` says when.

What holds money, or may still bring some, stays: orders, payments, transactions and documents.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from joanie.common.retention import delete_in_batches, kept_since, update_in_batches
from joanie.core.enums import PAYABLE_ORDER_STATES
from joanie.core.models import Order
from joanie.payment.enums import UNSETTLED_NOTIFICATION_STATES, PaymentState
from joanie.payment.models import Mail, NotificationRejection, Payment, PaymentNotification

# What is personal in a payment, and what it looks like without.
NOTHING_PERSONAL: Mapping[str, Any] = {
    "billing_address": {},
    "client_address": None,
    "url": "",
    "return_url": "",
}
ENDED_WITHOUT_MONEY = (PaymentState.FAILED, PaymentState.CANCELED, PaymentState.EXPIRED)


def let_old_rows_go(now: datetime | None = None) -> dict[str, int]:
    """Do it for every kind; return how many rows of each. Safe to repeat, and twice at once."""
    return {
        "notifications": forget_notifications(now),
        "mails": forget_mails(now),
        "attempts": empty_attempts(now),
    }


def forget_notifications(now: datetime | None = None) -> int:
    """Delete those settled long ago, and the old counts of forged ones; return how many.

    What was never settled stays, however old. One that is delivered again afterwards is processed
    again, which changes nothing.
    """
    limit = kept_since("notifications", now)
    if limit is None:
        return 0
    # The age has an index; a replay is a change.
    old = PaymentNotification.objects.filter(created_on__lt=limit, updated_on__lt=limit)
    settled = old.exclude(state__in=UNSETTLED_NOTIFICATION_STATES)
    rejections = NotificationRejection.objects.filter(day__lt=limit.date())
    return delete_in_batches(settled) + delete_in_batches(rejections)


def forget_mails(now: datetime | None = None) -> int:
    """Delete the mails sent or dropped long ago; return how many."""
    limit = kept_since("mails", now)
    if limit is None:
        return 0
    done = Mail.objects.exclude(sent_at=None, dropped_because="").free(now or timezone.now())
    old = done.filter(Q(sent_at=None) | Q(sent_at__lt=limit), updated_on__lt=limit)
    return delete_in_batches(old)


def empty_attempts(now: datetime | None = None) -> int:
    """Take addresses and links from attempts that moved no money, long ago; return how many.

    The rows stay: money that a provider sends for one of them, however late, finds it and is
    booked. An order that can still be paid keeps all of its attempts.
    """
    limit = kept_since("attempts", now)
    if limit is None:
        return 0
    over = Order.objects.exclude(state__in=PAYABLE_ORDER_STATES)
    attempts = Payment.objects.filter(
        ~Q(**NOTHING_PERSONAL),
        state__in=ENDED_WITHOUT_MONEY,
        flag="",
        updated_on__lt=limit,
        order__in=over,
    )
    return update_in_batches(attempts, **NOTHING_PERSONAL)
