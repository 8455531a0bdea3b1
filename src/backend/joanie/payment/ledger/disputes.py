"""Booking what banks take back, and give again when the dispute was won."""

import logging
import uuid
from contextlib import suppress
from decimal import Decimal

from django.db.models import Sum

from joanie.common.money import Money
from joanie.core.models import Order
from joanie.payment.enums import (
    ARRIVED_PAYMENT_STATES,
    PaymentState,
    RefundOrigin,
    RefundState,
    TransactionKind,
)
from joanie.payment.exceptions import RefundPaymentFailed
from joanie.payment.ledger.locks import order_locked
from joanie.payment.ledger.money_back import (
    fail_refund,
    flag_disputes,
    move_back,
    read_money,
    sum_of,
)
from joanie.payment.ledger.traces import trace_payment
from joanie.payment.models import Payment, Refund, Transaction

logger = logging.getLogger(__name__)

LOST, WON = "The dispute was lost.", "The dispute was won."


def book_chargeback(
    *,
    order_id: uuid.UUID,
    backend: str,
    reference: str,
    amount: object,
    currency: str | None = None,
    payment_reference: str | None = None,
    is_lost: bool = False,
) -> Refund:
    """Book money that the bank took back: transaction, credit note, state of the order.

    ``amount`` is in major units of the payment's currency, and is booked even when the money was
    refunded before; ``reference`` is the dispute's. The payment is flagged until the dispute is
    decided, and reversed when all of it ``is_lost``. Safe to repeat, and to say lost afterwards;
    one that was won stays won. Raises RefundPaymentFailed when it has to wait: its payment is not
    booked yet, or it cannot be told which payment it is.
    """
    with order_locked(order_id) as order:
        dispute = _find(order, backend, reference)
        if dispute is None:
            payment = _disputed(order, backend, amount, payment_reference, currency)
            dispute = _describe(payment, reference, amount, currency)
            dispute.succeed()
            dispute.failure = LOST if is_lost else ""
            dispute.save()
            logger.error("Payment %s is disputed: %s", dispute.payment, dispute.amount)
            move_back(order, dispute)
        elif is_lost and dispute.is_undecided:
            dispute.failure = LOST
            dispute.save(update_fields=["failure", "updated_on"])
            flag_disputes(dispute.payment)
        if is_lost and dispute.state == RefundState.SUCCEEDED:
            _reverse_when_lost_in_full(dispute.payment)
        return dispute


def book_chargeback_won(
    *,
    order_id: uuid.UUID,
    backend: str,
    reference: str,
    amount: object = None,
    currency: str | None = None,
    payment_reference: str | None = None,
) -> Refund:
    """Book that the bank gave the money of a dispute again; the order comes back where it can.

    Safe to repeat. One that we never heard of is written down as won, so that the news of its
    beginning, when it comes late, changes nothing. Raises RefundPaymentFailed when ``amount`` or
    payment are not known either: it has to wait.
    """
    with order_locked(order_id, may_need_seat=True) as order:
        dispute = _find(order, backend, reference)
        if dispute is None:
            if amount is None:
                raise RefundPaymentFailed(f"Dispute {reference} is not known yet")
            payment = _disputed(order, backend, amount, payment_reference, currency)
            dispute = _describe(payment, reference, amount, currency)
        if dispute.state != RefundState.FAILED:
            fail_refund(order, dispute, WON)
        return dispute


def _find(order: Order, backend: str, reference: str) -> Refund | None:
    """Raises RefundPaymentFailed when the reference cannot be a dispute's of this order."""
    if not reference.strip():
        raise RefundPaymentFailed("A dispute without a reference cannot be told from another")
    named = {"provider_reference": reference, "payment__backend": backend}
    refunds = Refund.objects.select_for_update(no_key=True, of=("self",)).filter(**named)
    known = refunds.select_related("payment").filter(payment__order=order).first()
    booked = Transaction.objects.filter(backend=backend, reference=reference).first()
    if (known and not known.is_chargeback) or (booked and not known):
        raise RefundPaymentFailed(f"{reference} already names something else")
    return known


def _describe(payment: Payment, reference: str, amount: object, currency: str | None) -> Refund:
    return Refund(
        payment=payment,
        amount=read_money(amount, sum_of(payment).currency, currency),
        origin=RefundOrigin.BANK,
        provider_reference=reference,
    )


def _disputed(
    order: Order,
    backend: str,
    amount: object,
    payment_reference: str | None,
    currency: str | None,
) -> Payment:
    """Find the payment that is named, else the only one, else the first that has enough left."""
    payments = (
        Payment.objects.select_for_update(no_key=True)
        .filter(order=order, backend=backend, state__in=ARRIVED_PAYMENT_STATES)
        .order_by("created_on")
    )
    if payment_reference is not None:
        payments = payments.filter(provider_reference=payment_reference)
    candidates = list(payments)
    if len(candidates) == 1:
        return candidates[0]
    came = [(payment, sum_of(payment)) for payment in candidates]
    # An amount may come without its currency: most likely it is the order's.
    came.sort(key=lambda each: each[1].currency != order.total.currency)
    for payment, left in came:
        with suppress(RefundPaymentFailed):
            if read_money(amount, left.currency, currency) <= left:
                return payment
    raise RefundPaymentFailed(f"No payment of order {order.pk} can be the one that is disputed")


def _reverse_when_lost_in_full(payment: Payment) -> None:
    row = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
    came = row.transactions.get(kind=TransactionKind.PAYMENT).total
    lost = row.refunds.filter(
        origin=RefundOrigin.BANK, state=RefundState.SUCCEEDED, failure=LOST
    ).aggregate(sum=Sum("amount", default=Decimal(0)))
    if row.state == PaymentState.SUCCEEDED and Money(lost["sum"], came.currency) >= came:
        row.reverse()
        row.save(update_fields=["state", "updated_on"])
        trace_payment(row)
