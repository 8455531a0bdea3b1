"""Asking the provider how one payment stands, and booking what it says."""

from datetime import timedelta

from django.utils import timezone

from joanie.conf import joanie_settings
from joanie.payment.backends.answers import book_provider_payment
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.registry import build_backend
from joanie.payment.backends.types import Capability, ProviderPayment
from joanie.payment.enums import PaymentState
from joanie.payment.ledger.booking import book_update
from joanie.payment.models import Payment
from joanie.payment.services.attempts import describe_attempt
from joanie.payment.services.calls import calling_provider

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
    with calling_provider(payment.backend, "retrieve_payment"):
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
