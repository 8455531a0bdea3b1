"""The browser comes back from the provider, perhaps before its notification does."""

import logging
import uuid
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from joanie.common.exceptions import JoanieError
from joanie.common.log_context import note_in_log
from joanie.common.transactions import forbid_transaction
from joanie.payment.models import Payment
from joanie.payment.services.pull import pull_payment
from joanie.payment.services.retirement import payable

logger = logging.getLogger(__name__)

PULL_EVERY = timedelta(seconds=3)


def refresh_on_return(*, attempt_id: uuid.UUID, now: datetime | None = None) -> Payment:
    """Return an attempt as it is now, having asked the provider while it is open.

    Asks once in ``PULL_EVERY``, however many browsers wait; without an answer the attempt stays
    as it was. Raises Payment.DoesNotExist.
    """
    forbid_transaction()
    payments = Payment.objects.select_related("order", "credit_card")
    payment = payments.get(pk=attempt_id)
    note_in_log(order_id=payment.order_id, payment_id=attempt_id)
    if not _claim(payment, now or timezone.now()):
        return payment
    try:
        return pull_payment(payment)
    except JoanieError as error:
        logger.warning("Payment %s could not be refreshed: %s", attempt_id, error)
        return payments.get(pk=attempt_id)


def _claim(payment: Payment, now: datetime) -> bool:
    """Say whether it is for us to ask: of several at once, one."""
    due = Q(pulled_at=None) | Q(pulled_at__lt=now - PULL_EVERY)
    claimed = Payment.objects.filter(due, payable(), pk=payment.pk).update(pulled_at=now)
    return bool(claimed)
