"""Booking the refunds that we made, and those of the provider's dashboard."""

import logging
import uuid

from django.db.models import Case, Q, When

from joanie.common.money import Money
from joanie.core.models import Order
from joanie.payment.crash_points import CrashPoint, reached, reached_once_committed
from joanie.payment.enums import (
    ARRIVED_PAYMENT_STATES,
    OPEN_REFUND_STATES,
    RefundOrigin,
    RefundState,
    TransactionKind,
)
from joanie.payment.exceptions import RefundPaymentFailed
from joanie.payment.ledger.locks import order_locked
from joanie.payment.ledger.money_back import (
    fail_refund,
    move_back,
    read_money,
    sum_of,
    sum_without_chargebacks,
)
from joanie.payment.models import Payment, Refund, Transaction

logger = logging.getLogger(__name__)


def book_refund(
    *,
    order_id: uuid.UUID,
    backend: str,
    reference: str,
    amount: object,
    currency: str | None = None,
    payment_reference: str | None = None,
    refund_id: uuid.UUID | None = None,
) -> Refund:
    """Book a refund that the provider confirmed: transaction, credit note, state of the order.

    ``amount`` is in major units of the payment's currency, which ``currency`` has to be when it is
    told; what was confirmed is booked, even when we asked for another amount. It is matched with a
    refund of ours by ``refund_id`` or by its reference; else it was made at the provider, and gets
    a row of its own. Booking a reference again changes nothing. What the bank took back does not
    count: a refund that was made is booked, though more goes back than came. Raises
    RefundPaymentFailed when it has to wait: no payment has that much left yet, or it may be a
    refund of ours whose answer we have not seen.
    """
    if not reference.strip():
        raise RefundPaymentFailed("A refund without a reference cannot be told from another")
    with order_locked(order_id) as order:
        booked = Transaction.objects.filter(backend=backend, reference=reference).first()
        if booked is not None:
            return _repeated(order, booked)
        refund = _find_ours(order, backend, reference, refund_id)
        if refund and refund.state == RefundState.FAILED and not refund.provider_reference:
            # We gave it up before the provider had named it, and it was made all the same.
            refund = None
        refund = refund or _made_at_provider(order, backend, amount, payment_reference, currency)
        if refund.state == RefundState.FAILED:
            return refund
        confirmed = read_money(amount, refund.amount.currency, currency)
        if confirmed != refund.amount:
            logger.error("Refund %s: asked %s, given %s", refund.pk, refund.amount, confirmed)
            refund.amount = confirmed
        refund.provider_reference = reference
        refund.succeed()
        refund.save()
        move_back(order, refund)
        reached(CrashPoint.REFUND_WRITTEN)
        reached_once_committed(CrashPoint.REFUND_BOOKED)
        return refund


def book_refund_refusal(*, refund_id: uuid.UUID, failure: str = "") -> Refund:
    """Record that the provider refused the refund that we asked for. Safe to repeat.

    Says nothing of a refund that is confirmed already, or that failed.
    """
    order_id = Refund.objects.values_list("payment__order", flat=True).get(pk=refund_id)
    with order_locked(order_id, may_need_seat=True) as order:
        refund = Refund.objects.select_for_update(no_key=True, of=("self",)).get(pk=refund_id)
        if refund.state in OPEN_REFUND_STATES:
            _fail(order, refund, failure)
        return refund


def book_refund_failure(
    *,
    order_id: uuid.UUID,
    backend: str,
    reference: str,
    amount: object = None,
    payment_reference: str | None = None,
    refund_id: uuid.UUID | None = None,
) -> Refund:
    """Record that a refund failed. One that had succeeded is taken back in the ledger.

    Safe to repeat. One that we never heard of is written down as failed, so that the news of its
    success, when it comes late, changes nothing. Raises RefundPaymentFailed when ``amount`` and
    payment are not known either: it has to wait.
    """
    if not reference.strip():
        raise RefundPaymentFailed("A refund without a reference cannot be told from another")
    with order_locked(order_id, may_need_seat=True) as order:
        refund = _find_ours(order, backend, reference, refund_id)
        if refund is None:
            if amount is None:
                raise RefundPaymentFailed(f"Refund {reference} is not known yet")
            refund = _made_at_provider(order, backend, amount, payment_reference, has_failed=True)
        if refund.state == RefundState.FAILED:
            return refund
        refund.provider_reference = reference
        _fail(order, refund, "")
        return refund


def refundable(payment: Payment) -> Money:
    """Return what is left of a payment, in the currency it came in, less the refunds under way.

    Not what the bank took back. Call with the order locked.
    """
    left = sum_of(payment)
    for refund in payment.refunds.filter(state__in=OPEN_REFUND_STATES):
        left -= refund.amount
    return left


def _repeated(order: Order, booked: Transaction) -> Refund:
    if booked.refund is None or booked.kind != TransactionKind.REFUND:
        raise RefundPaymentFailed(f"{booked.reference} already names a {booked.kind}")
    if booked.payment.order_id != order.pk:
        raise RefundPaymentFailed(f"{booked.reference} belongs to another order")
    return booked.refund


def _find_ours(
    order: Order, backend: str, reference: str, refund_id: uuid.UUID | None
) -> Refund | None:
    """Find it by the provider's reference, else by our own id while it has none.

    One of another reference that repeats our id was made a second time: it is none of ours.
    """
    named = Q(provider_reference=reference)
    return (
        Refund.objects.select_for_update(no_key=True, of=("self",))
        .select_related("payment")
        .filter(payment__order=order, payment__backend=backend)
        .exclude(origin=RefundOrigin.BANK)
        .filter(named | Q(pk=refund_id, provider_reference=""))
        .order_by(Case(When(named, then=0), default=1))
        .first()
    )


def _made_at_provider(
    order: Order,
    backend: str,
    amount: object,
    payment_reference: str | None,
    currency: str | None = None,
    *,
    has_failed: bool = False,
) -> Refund:
    """Describe it, of the payment that it can have been of."""
    payments = (
        Payment.objects.select_for_update(no_key=True)
        .filter(order=order, backend=backend, state__in=ARRIVED_PAYMENT_STATES)
        .order_by("created_on")
    )
    if payment_reference is not None:
        payments = payments.filter(provider_reference=payment_reference)
    most = _what_came if has_failed else sum_without_chargebacks
    came = [(payment, most(payment)) for payment in payments]
    # An amount comes without its currency: most likely it is the order's.
    came.sort(key=lambda each: each[1].currency != order.total.currency)
    for payment, left in came:
        try:
            money = read_money(amount, left.currency, currency)
        except RefundPaymentFailed:
            continue
        if money <= left:
            _refuse_while_unanswered(payment, money)
            return Refund(payment=payment, amount=money, origin=RefundOrigin.PROVIDER)
    raise RefundPaymentFailed(f"No payment of order {order.pk} has {amount} left")


def _what_came(payment: Payment) -> Money:
    """A refund that failed took nothing of it, so all of it counts, whatever went back since."""
    came: Money = payment.transactions.get(kind=TransactionKind.PAYMENT).total
    return came


def _refuse_while_unanswered(payment: Payment, money: Money) -> None:
    """Let it wait while it may be one of ours: the answer to our call will tell which."""
    unanswered = payment.refunds.filter(
        state=RefundState.REQUESTED,
        provider_reference="",
        amount=money.amount,
        amount_currency=str(money.currency),
    )
    if unanswered.exists():
        raise RefundPaymentFailed(f"A refund of {money} that we asked for is not answered yet")


def _fail(order: Order, refund: Refund, failure: str) -> None:
    logger.error("Refund %s failed: %s", refund.pk, failure or "the provider says so")
    fail_refund(order, refund, failure)
