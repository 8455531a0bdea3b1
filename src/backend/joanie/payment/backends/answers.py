"""Booking a payment as the provider has it now, in whatever way it was asked."""

import logging
from typing import Any

from joanie.payment.backends.types import (
    DisputeState,
    ProviderDispute,
    ProviderPayment,
    ProviderRefund,
)
from joanie.payment.enums import (
    ARRIVED_PAYMENT_STATES,
    PaymentMethod,
    PaymentState,
    RefundState,
)
from joanie.payment.exceptions import CardNotKept, RefundPaymentFailed
from joanie.payment.ledger.booking import book_failure, book_payment, book_update
from joanie.payment.ledger.credit_cards import remember_card
from joanie.payment.ledger.disputes import book_chargeback, book_chargeback_won
from joanie.payment.ledger.refunds import book_refund, book_refund_failure
from joanie.payment.models import Payment

logger = logging.getLogger(__name__)

Unbooked = list[RefundPaymentFailed]


def book_provider_payment(payment: Payment, found: ProviderPayment) -> Unbooked:
    """Book a payment as the provider has it now, with its refunds and the card it saved.

    Safe to repeat. Returns what is said against the refunds and disputes that cannot be booked
    now; they are logged, and left for the next time. Raises what booking the payment raises.
    """
    order_id, backend = payment.order_id, payment.backend
    if found.state == PaymentState.SUCCEEDED:
        # First: what is booked is not asked about again, should this process die in between.
        # When it was booked before, the owner may have removed the card since.
        if payment.state not in ARRIVED_PAYMENT_STATES:
            _keep_card(payment, found)
        book_payment(
            order_id=order_id,
            backend=backend,
            reference=found.reference,
            amount=found.amount.amount,
            currency=str(found.amount.currency),
            attempt_id=payment.pk,
            card=found.card,
        )
    elif found.state == PaymentState.FAILED:
        book_failure(
            order_id=order_id,
            backend=backend,
            reference=found.reference,
            code=found.failure_code,
            attempt_id=payment.pk,
        )
    else:
        book_update(
            order_id=order_id,
            backend=backend,
            reference=found.reference,
            state=found.state,
            url=found.url,
            attempt_id=payment.pk,
        )
    return book_refunds(payment, found) + _book_disputes(payment, found)


def _keep_card(payment: Payment, found: ProviderPayment) -> None:
    """Keep the card that was saved; one that cannot be kept does not hide the money.

    On its page the provider asked the learner. What our own call charged was saved before, or is
    only kept when the learner told us so.
    """
    if found.saved_card is None or not payment.order.owner.is_active:
        return
    if payment.method == PaymentMethod.ONE_CLICK:
        return
    if payment.method == PaymentMethod.NONCE and not payment.save_card:
        return
    try:
        remember_card(
            owner=payment.order.owner,
            backend=payment.backend,
            card=found.saved_card,
            payment_reference=found.reference,
        )
    except CardNotKept:
        logger.exception("The card saved with payment %s is not kept", payment.pk)


def book_refunds(payment: Payment, found: ProviderPayment) -> Unbooked:
    """Book the refunds that the provider has of a payment. Safe to repeat.

    Returns what is said against those that cannot be booked now.
    """
    unbooked: Unbooked = []
    for refund in found.refunds:
        try:
            _book_refund(payment, found, refund)
        except RefundPaymentFailed as error:
            logger.warning("Refund %s is not booked yet: %s", refund.reference, error)
            unbooked.append(error)
    return unbooked


def _book_disputes(payment: Payment, found: ProviderPayment) -> Unbooked:
    unbooked: Unbooked = []
    for dispute in found.disputes:
        try:
            _book_dispute(payment, found, dispute)
        except RefundPaymentFailed as error:
            logger.warning("Dispute %s is not booked yet: %s", dispute.reference, error)
            unbooked.append(error)
    return unbooked


def _book_dispute(payment: Payment, found: ProviderPayment, dispute: ProviderDispute) -> None:
    told: dict[str, Any] = {
        "order_id": payment.order_id,
        "backend": payment.backend,
        "reference": dispute.reference,
        "amount": dispute.amount.amount,
        "currency": str(dispute.amount.currency),
        "payment_reference": found.reference,
    }
    if dispute.state == DisputeState.WON:
        book_chargeback_won(**told)
    else:
        book_chargeback(**told, is_lost=dispute.state == DisputeState.LOST)


def _book_refund(payment: Payment, found: ProviderPayment, refund: ProviderRefund) -> None:
    if refund.state == RefundState.SUCCEEDED:
        book_refund(
            order_id=payment.order_id,
            backend=payment.backend,
            reference=refund.reference,
            amount=refund.amount.amount,
            currency=str(refund.amount.currency),
            payment_reference=found.reference,
            refund_id=refund.refund_id,
        )
    elif refund.state == RefundState.FAILED:
        book_refund_failure(
            order_id=payment.order_id,
            backend=payment.backend,
            reference=refund.reference,
            amount=refund.amount.amount,
            payment_reference=found.reference,
            refund_id=refund.refund_id,
        )
