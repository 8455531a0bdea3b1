"""Giving up an order that is not paid."""

import logging
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import JoanieError, ProviderUnavailable, Refused
from joanie.common.log_context import log_context
from joanie.common.transactions import forbid_transaction, short_transaction
from joanie.conf import joanie_settings
from joanie.core.enums import PAYABLE_ORDER_STATES
from joanie.core.models import Order
from joanie.payment.enums import PaymentState
from joanie.payment.mails.outbox import tell_order_expired
from joanie.payment.models import Payment
from joanie.payment.services.checkout import has_money_under_review
from joanie.payment.services.retirement import (
    abort_attempt,
    abortable_attempts,
    cancel_unpaid_order,
)

logger = logging.getLogger(__name__)

EXPIRY_BATCH = 200


class OrderNotAbortable(Refused):
    code = "order_not_abortable"
    detail = _("This order can no longer be aborted.")


def abort_order(*, order: Order, final_state: str = PaymentState.CANCELED) -> None:
    """Abort what is open of an order at the provider, then cancel it.

    Money that comes all the same is booked and goes back. The learner is told by mail of an order
    that expired, and not of one that was canceled. Raises OrderNotAbortable, and then the
    order is as the provider says; AbortPaymentFailed when a payment is being made;
    PaymentOutcomeUnknown; ProviderUnavailable.
    """
    forbid_transaction()
    with log_context(order_id=order.pk):
        _refuse_unless_abortable(order)
        for attempt in abortable_attempts(order):
            abort_attempt(attempt, final_state)
        with short_transaction():
            cancel_unpaid_order(order, _refuse_unless_abortable)
            if final_state == PaymentState.EXPIRED:
                tell_order_expired(order)


def expire_orders(now: datetime | None = None) -> int:
    """Abort the orders that nobody paid within ``ORDER_EXPIRES_AFTER``; return how many.

    An order whose payment cannot be aborted now, or that holds money to be looked at, goes to the
    end of the line. A provider that does not answer is left alone until the next run, with the
    orders that wait for it. Safe to repeat, and to run twice at once.
    """
    moment = (now or timezone.now()) - timedelta(seconds=joanie_settings.ORDER_EXPIRES_AFTER)
    stale = _stale_orders(moment)
    line = list(stale.order_by("updated_on").values_list("pk", flat=True)[:EXPIRY_BATCH])
    expired = 0
    unavailable: set[str] = set()
    for order_id in line:
        # While those before it were dealt with it may have been paid, or be paid just now.
        order = stale.filter(pk=order_id).first()
        if order is not None:
            expired += _expire(order, unavailable)
    return expired


def abort_stray_attempts() -> None:
    """Abort what can still be paid of orders that are paid or given up.

    Such an attempt is left by an abort that failed, and by money that came through an older one
    after all. What was paid before it could be aborted is booked, and goes back. Those asked about
    longest ago come first; a provider that does not answer is left alone until the next run. Safe
    to repeat, and to run twice at once.
    """
    stray = Payment.objects.open().filter(backend__in=list(joanie_settings.PAYMENT_BACKENDS))
    stray = stray.exclude(order__state__in=PAYABLE_ORDER_STATES)
    unavailable: set[str] = set()
    for attempt in stray.order_by(F("pulled_at").asc(nulls_first=True))[:EXPIRY_BATCH]:
        if attempt.backend in unavailable:
            continue
        try:
            abort_attempt(attempt)
        except ProviderUnavailable:
            unavailable.add(attempt.backend)
        except JoanieError as error:
            logger.warning("Payment %s stays open: %s", attempt.pk, error)
        except Exception:
            # The others are not to wait for it.
            logger.exception("Payment %s stays open", attempt.pk)


def _stale_orders(moment: datetime) -> QuerySet[Order]:
    stale = Order.objects.filter(state__in=PAYABLE_ORDER_STATES, created_on__lt=moment)
    return stale.exclude(payments__created_on__gte=moment)


def _expire(order: Order, unavailable: set[str]) -> bool:
    """Say whether it expired; if not, it is left for another time, whatever is wrong with it.

    Accounts that do not answer are added to ``unavailable``.
    """
    try:
        if _accounts_to_call(order) & unavailable or has_money_under_review(order):
            return False
        abort_order(order=order, final_state=PaymentState.EXPIRED)
    except ProviderUnavailable as error:
        logger.warning("Order %s could not expire: %s", order.pk, error)
        unavailable |= _accounts_to_call(order)
    except JoanieError as error:
        logger.warning("Order %s could not expire: %s", order.pk, error)
    except Exception:
        # The others are not to wait for it.
        logger.exception("Order %s could not expire", order.pk)
    else:
        return True
    finally:
        Order.objects.filter(pk=order.pk).update(updated_on=timezone.now())
    return False


def _accounts_to_call(order: Order) -> set[str]:
    return {attempt.backend for attempt in abortable_attempts(order)}


def _refuse_unless_abortable(order: Order) -> None:
    if order.state not in PAYABLE_ORDER_STATES:
        raise OrderNotAbortable(order_id=order.pk)
