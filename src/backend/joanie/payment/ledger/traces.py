"""What the log and the metrics say of what is booked: after the commit, and nothing otherwise."""

import logging
from functools import partial

from django.db import transaction

from joanie.common import metrics
from joanie.core.models import Order
from joanie.payment.models import Payment

logger = logging.getLogger(__name__)


def trace_order(order: Order) -> None:
    """Tell that an order has come to its state, in the current transaction."""
    metrics.count_once_committed(metrics.orders.labels(order.state))
    _log_once_committed("Order %s is %s", order.pk, order.state)


def trace_payment(payment: Payment) -> None:
    """Tell that an attempt has come to its state, in the current transaction."""
    metrics.count_once_committed(metrics.payments.labels(payment.backend, payment.state))
    _log_once_committed("Payment %s is %s", payment.pk, payment.state)


def trace_booked_payment(payment: Payment) -> None:
    """Tell that money came, and whether a person should look at it."""
    trace_payment(payment)
    reason = payment.flag or ("unmatched" if payment.is_unmatched else "")
    if reason:
        flagged = metrics.payments_flagged.labels(payment.backend, reason)
        metrics.count_once_committed(flagged)


def _log_once_committed(message: str, *values: object) -> None:
    transaction.on_commit(partial(logger.info, message, *values), robust=True)
