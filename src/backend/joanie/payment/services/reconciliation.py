"""Asking providers about everything that has been open for too long."""

import logging
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from joanie.common.exceptions import ProviderUnavailable
from joanie.conf import joanie_settings
from joanie.core.enums import PAYABLE_ORDER_STATES
from joanie.payment.enums import OPEN_PAYMENT_STATES, RefundState
from joanie.payment.models import Payment
from joanie.payment.services.pull import pull_payment
from joanie.payment.services.retirement import payable

logger = logging.getLogger(__name__)

BATCH = 200


def reconcile_payments(now: datetime | None = None, alias: str | None = None) -> list[Payment]:
    """Pull the payments that have been open, or whose refund has been pending, for too long.

    A lost notification, or a creation whose answer was lost, is healed here. Returns what changed.
    Safe to repeat; one failing payment does not stop the others, and a provider that does not
    answer is left alone until the next time.
    """
    changed = []
    unavailable: set[str] = set()
    for payment in _overdue(now or timezone.now(), alias):
        if payment.backend in unavailable:
            continue
        try:
            pulled = pull_payment(payment)
        except ProviderUnavailable as error:
            logger.warning("Payment %s could not be reconciled: %s", payment.pk, error)
            unavailable.add(payment.backend)
        except Exception:
            # Whatever is wrong with one payment, the others are not to wait for it.
            logger.exception("Payment %s could not be reconciled", payment.pk)
        else:
            if pulled.state != payment.state:
                changed.append(pulled)
    return changed


def _overdue(now: datetime, alias: str | None) -> QuerySet[Payment]:
    moment = now - timedelta(seconds=joanie_settings.RECONCILE_AFTER)
    is_payable = payable() & (
        Q(state__in=OPEN_PAYMENT_STATES) | Q(order__state__in=PAYABLE_ORDER_STATES)
    )
    return (
        Payment.objects.filter(
            is_payable | Q(refunds__state=RefundState.PENDING),
            Q(pulled_at=None) | Q(pulled_at__lt=moment),
            created_on__lt=moment,
            backend__in=[alias] if alias else list(joanie_settings.PAYMENT_BACKENDS),
        )
        .select_related("order__owner", "credit_card")
        .order_by(F("pulled_at").asc(nulls_first=True), "created_on")
        .distinct()[:BATCH]
    )
