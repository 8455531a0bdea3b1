"""Asking the provider how one payment stands, and booking what it says."""

import logging
from datetime import timedelta
from typing import Any

from django.utils import timezone

from joanie.conf import joanie_settings
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.registry import build_backend
from joanie.payment.backends.types import (
    Capability,
    DisputeState,
    ProviderDispute,
    ProviderPayment,
    ProviderRefund,
)
from joanie.payment.enums import ARRIVED_PAYMENT_STATES, PaymentState, RefundState
from joanie.payment.exceptions import CardNotKept, RefundPaymentFailed
from joanie.payment.ledger.booking import book_failure, book_payment, book_update
from joanie.payment.ledger.credit_cards import remember_card
from joanie.payment.ledger.disputes import book_chargeback, book_chargeback_won
from joanie.payment.ledger.refunds import book_refund, book_refund_failure
from joanie.payment.models import Payment
from joanie.payment.services.attempts import describe_attempt
from joanie.payment.services.calls import calling_provider

logger = logging.getLogger(__name__)

# A payment that the provider still does not know by then was never created.
CREATION_IS_LOST_AFTER = timedelta(minutes=5)


def pull_payment(payment: Payment) -> Payment:
    """Ask the provider about an attempt, book the answer, return the attempt as it is then.

    Safe to repeat. Where the backend cannot be asked nothing changes, until an attempt that was
    never answered is so old that it expires: money that comes all the same is booked. Raises
    ProviderUnavailable and the other errors of the call, and what booking raises.
    """
    Payment.objects.filter(pk=payment.pk).update(pulled_at=timezone.now())
    backend = build_backend(payment.backend)
    with calling_provider(payment.backend):
        found = ask_provider(backend, payment)
    book_answer(payment, found, backend)
    return Payment.objects.select_related("order", "credit_card").get(pk=payment.pk)


def book_answer(
    payment: Payment, found: ProviderPayment | None, backend: BasePaymentBackend
) -> None:
    """Book what the provider answered; an attempt that it never had expires. Safe to repeat."""
    if found is not None:
        book_provider_payment(payment, found)
    elif not payment.provider_reference:
        _expire_when_never_created(payment, backend)


def book_provider_payment(payment: Payment, found: ProviderPayment) -> None:
    """Book a payment as the provider has it now, with its refunds and the card it saved."""
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
    book_refunds(payment, found)
    book_disputes(payment, found)


def can_ask(backend: BasePaymentBackend, payment: Payment) -> bool:
    """Say whether the provider can be asked, by its own reference or else by ours."""
    return backend.can(Capability.RETRIEVE if payment.provider_reference else Capability.FIND)


def ask_provider(backend: BasePaymentBackend, payment: Payment) -> ProviderPayment | None:
    """Return an attempt as the provider has it; None when it has none, or cannot be asked."""
    if payment.provider_reference:
        if backend.can(Capability.RETRIEVE):
            return backend.retrieve_payment(payment.provider_reference)
    elif backend.can(Capability.FIND):
        return backend.find_payment(describe_attempt(payment))
    return None


def _expire_when_never_created(payment: Payment, backend: BasePaymentBackend) -> None:
    limit = CREATION_IS_LOST_AFTER
    if not backend.can(Capability.FIND):
        limit = timedelta(seconds=joanie_settings.ORDER_EXPIRES_AFTER)
    if payment.created_on < timezone.now() - limit:
        book_update(
            order_id=payment.order_id,
            backend=payment.backend,
            reference="",
            state=PaymentState.EXPIRED,
            attempt_id=payment.pk,
        )


def _keep_card(payment: Payment, found: ProviderPayment) -> None:
    """Keep the card that was saved; one that cannot be kept does not hide the money."""
    if found.saved_card is None or not payment.order.owner.is_active:
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


def book_refunds(payment: Payment, found: ProviderPayment) -> None:
    """Book the refunds that the provider has of a payment. Safe to repeat.

    One that cannot be booked now is left for the next time.
    """
    for refund in found.refunds:
        try:
            _book_refund(payment, found, refund)
        except RefundPaymentFailed as error:
            logger.warning("Refund %s is not booked yet: %s", refund.reference, error)


def book_disputes(payment: Payment, found: ProviderPayment) -> None:
    """Book the disputes that the provider has of a payment. Safe to repeat.

    One that cannot be booked now is left for the next time.
    """
    for dispute in found.disputes:
        try:
            _book_dispute(payment, found, dispute)
        except RefundPaymentFailed as error:
            logger.warning("Dispute %s is not booked yet: %s", dispute.reference, error)


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
