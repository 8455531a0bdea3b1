"""Giving money back."""

import logging
import uuid
from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Sum
from django.utils import timezone

from joanie.common.log_context import note_in_log
from joanie.common.money import Money
from joanie.common.queue import enqueue
from joanie.conf import joanie_settings
from joanie.core.enums import OrderState
from joanie.core.models import Order
from joanie.payment.backends.answers import book_provider_payment, book_refunds
from joanie.payment.backends.registry import build_backend, get_backend_class
from joanie.payment.backends.types import Capability, ProviderPayment, ProviderRefund
from joanie.payment.crash_points import CrashPoint, reached
from joanie.payment.enums import (
    ARRIVED_PAYMENT_STATES,
    OPEN_REFUND_STATES,
    RefundOrigin,
    RefundState,
)
from joanie.payment.exceptions import RefundIdReused, RefundPaymentFailed, RefundTooLarge
from joanie.payment.ledger.balance import Balance
from joanie.payment.ledger.locks import order_locked
from joanie.payment.ledger.refunds import book_refund, book_refund_refusal, refundable
from joanie.payment.ledger.settlement import save_order_state, unusable_money
from joanie.payment.models import Payment, Refund
from joanie.payment.services.calls import calling_provider
from joanie.payment.services.pull import ask_provider

logger = logging.getLogger(__name__)

WENT_BACK_ANOTHER_WAY = "The money went back another way meanwhile."
# Afterwards a provider may have forgotten our idempotency key: Stripe keeps them for a day.
KEYS_ARE_KEPT = timedelta(hours=20)


def refund_payment(
    *,
    payment: Payment,
    amount: Money,
    reason: str,
    requested_by: AbstractBaseUser | None = None,
    refund_id: uuid.UUID | None = None,
) -> Refund:
    """Ask for money back; the worker tells the provider, whose confirmation is booked.

    Partial refunds add up. When nothing is left afterwards the order is ``refunding`` meanwhile.
    Safe to repeat with the same ``refund_id``, which becomes the row's: it is returned as it is.
    Without one each call asks again. Raises RefundTooLarge, RefundIdReused, and
    RefundPaymentFailed when the backend cannot refund.
    """
    _refuse_unless_able(payment)
    with order_locked(payment.order_id) as order:
        asked = Refund.objects.filter(pk=refund_id).first() if refund_id else None
        if asked is not None:
            return _same_request(asked, payment, amount)
        refund = _request(
            payment,
            amount,
            RefundOrigin.STAFF,
            reason=reason,
            requested_by=requested_by,
            refund_id=refund_id,
        )
        before = order.state
        if before == OrderState.VALIDATED and _gives_everything_back(order):
            order.start_refund()
        save_order_state(order, before)
    reached(CrashPoint.REFUND_REQUESTED)
    return refund


def refund_unusable_money(order_id: uuid.UUID) -> list[Refund]:
    """Ask back for the learner what an order has no use for. Safe to repeat.

    The newest payments go first. A payment whose backend cannot refund, or refused to, stays as it
    is, flagged for staff.
    """
    with order_locked(order_id) as order:
        left = unusable_money(order, Balance.of(order)) - _under_way(order)
        refunds = []
        payments = Payment.objects.filter(order=order, state__in=ARRIVED_PAYMENT_STATES)
        refused = Refund.objects.filter(
            payment__order=order, origin=RefundOrigin.AUTOMATIC, state=RefundState.FAILED
        ).exclude(failure=WENT_BACK_ANOTHER_WAY)
        tried = payments.exclude(pk__in=refused.values("payment"))
        for payment in tried.order_by("-settled_at"):
            available = refundable(payment)
            if available.currency != order.total.currency or not can_refund(payment):
                continue
            amount = min(left, available.amount)
            if amount > 0:
                money = Money(amount, order.total.currency)
                refunds.append(_request(payment, money, RefundOrigin.AUTOMATIC))
                left -= amount
        if left > 0:
            logger.error("Order %s keeps %s %s to give back", order.pk, left, order.total.currency)
    reached(CrashPoint.UNUSABLE_MONEY_ASKED_BACK)
    return refunds


def submit_refund(refund_id: uuid.UUID) -> Refund:
    """Tell the provider about a requested refund, and book its answer.

    Safe to repeat: the provider's idempotency key is the refund's id. A refusal fails the refund.
    Raises ProviderUnavailable when the outcome is unknown and ProviderRejected when our key is
    wrong, so that the job runs again. What went back another way since it was requested, the bank
    having taken it for example, is not given back twice. One that is old, in a restored database
    for example, is first looked for at the provider, which may have forgotten the key: where it
    cannot be looked for, it is left to staff.
    """
    refund = Refund.objects.select_related("payment__order__owner").get(pk=refund_id)
    note_in_log(order_id=refund.payment.order_id, payment_id=refund.payment_id)
    if refund.state == RefundState.REQUESTED and refundable(refund.payment).amount < 0:
        refund = _look_whether_made(refund)
    if refund.state == RefundState.REQUESTED and _is_old(refund) and not _was_never_made(refund):
        return Refund.objects.get(pk=refund_id)
    if refund.state != RefundState.REQUESTED:
        return refund
    payment = refund.payment
    try:
        with calling_provider(payment.backend, "refund_payment"):
            answer = build_backend(payment.backend).refund_payment(
                payment.provider_reference, refund.amount, str(refund.pk)
            )
    except RefundPaymentFailed as error:
        return book_refund_refusal(refund_id=refund.pk, failure=error.message)
    reached(CrashPoint.REFUND_ANSWERED)
    _store_answer(refund, answer)
    return Refund.objects.get(pk=refund_id)


def _look_whether_made(refund: Refund) -> Refund:
    """Book what the provider has of a payment that has too little left; fail a refund it has not.

    An earlier call may have made it, so a refund is not failed unasked: where it cannot be looked
    for, the provider decides.
    """
    payment = refund.payment
    found = _look_up(payment)
    if found is None:
        return refund
    book_provider_payment(payment, found)
    now = Refund.objects.select_related("payment").get(pk=refund.pk)
    if _has_unknown_refunds(payment, found):
        return now
    if now.state == RefundState.REQUESTED and refundable(payment).amount < 0:
        return book_refund_refusal(refund_id=refund.pk, failure=WENT_BACK_ANOTHER_WAY)
    return now


def _is_old(refund: Refund) -> bool:
    return refund.created_on < timezone.now() - KEYS_ARE_KEPT


def _was_never_made(refund: Refund) -> bool:
    """Say whether the provider has no refund that could be this one, having booked what it has."""
    found = _look_up(refund.payment)
    if found is not None:
        book_refunds(refund.payment, found)
        if Refund.objects.get(pk=refund.pk).state != RefundState.REQUESTED:
            return False
        if not _has_unknown_refunds(refund.payment, found):
            return True
    logger.error("Refund %s was never answered: see the provider's dashboard", refund.pk)
    return False


def _look_up(payment: Payment) -> ProviderPayment | None:
    with calling_provider(payment.backend, "retrieve_payment"):
        return ask_provider(build_backend(payment.backend), payment)


def _has_unknown_refunds(payment: Payment, found: ProviderPayment) -> bool:
    """Say whether the provider has one that is not booked here: it may be one of ours."""
    known = set(payment.refunds.values_list("provider_reference", flat=True))
    return any(each.reference not in known for each in found.refunds)


def _store_answer(refund: Refund, answer: ProviderRefund) -> None:
    payment = refund.payment
    if answer.state == RefundState.SUCCEEDED:
        book_refund(
            order_id=payment.order_id,
            backend=payment.backend,
            reference=answer.reference,
            amount=answer.amount.amount,
            currency=str(answer.amount.currency),
            payment_reference=payment.provider_reference,
            refund_id=refund.pk,
        )
        return
    with order_locked(payment.order_id, is_alone=True):
        ours = Refund.objects.select_for_update(no_key=True).get(pk=refund.pk)
        ours.provider_reference = ours.provider_reference or answer.reference
        if ours.state == RefundState.REQUESTED:
            ours.submit()
        ours.save()
    if answer.state == RefundState.FAILED:
        book_refund_refusal(refund_id=refund.pk)


def _request(
    payment: Payment,
    amount: Money,
    origin: RefundOrigin,
    *,
    reason: str = "",
    requested_by: AbstractBaseUser | None = None,
    refund_id: uuid.UUID | None = None,
) -> Refund:
    available = refundable(payment)
    if amount.currency != available.currency or not 0 < amount.amount <= available.amount:
        raise RefundTooLarge(available=str(available))
    refund = Refund.objects.create(
        pk=refund_id or uuid.uuid4(),
        payment=payment,
        amount=amount,
        origin=origin,
        reason=reason,
        requested_by_id=requested_by.pk if requested_by else None,
    )
    enqueue("joanie.payment.submit_refund", refund_id=str(refund.pk))
    return refund


def _same_request(asked: Refund, payment: Payment, amount: Money) -> Refund:
    """Return what was asked before. Once settled, its amount is what the provider gave."""
    if asked.payment_id != payment.pk or (
        asked.state in OPEN_REFUND_STATES and asked.amount != amount
    ):
        raise RefundIdReused
    return asked


def _gives_everything_back(order: Order) -> bool:
    return Balance.of(order).moved == _under_way(order)


def _under_way(order: Order) -> Decimal:
    under_way = Refund.objects.filter(
        payment__order=order,
        state__in=OPEN_REFUND_STATES,
        amount_currency=str(order.total.currency),
    ).aggregate(sum=Sum("amount", default=Decimal(0)))
    total: Decimal = under_way["sum"]
    return total


def can_refund(payment: Payment) -> bool:
    """Say whether the payment's backend gives money back; else its dashboard has to."""
    is_known = payment.backend in joanie_settings.PAYMENT_BACKENDS
    return is_known and get_backend_class(payment.backend).can(Capability.REFUND)


def _refuse_unless_able(payment: Payment) -> None:
    if not can_refund(payment):
        raise RefundPaymentFailed("This provider cannot refund from here: use its dashboard.")
