"""Retiring what is still open of an order, so that it can be paid anew or canceled."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from joanie.common.exceptions import JoanieError, ProviderError, ProviderUnavailable
from joanie.conf import joanie_settings
from joanie.core.models import Order
from joanie.payment.backends.registry import build_backend, get_backend_class
from joanie.payment.crash_points import CrashPoint, reached
from joanie.payment.enums import OPEN_PAYMENT_STATES, PaymentState
from joanie.payment.exceptions import AbortPaymentFailed, PaymentOutcomeUnknown
from joanie.payment.ledger.locks import order_locked
from joanie.payment.ledger.settlement import save_order_state, settle
from joanie.payment.ledger.traces import trace_payment
from joanie.payment.models import Payment, ProformaInvoice
from joanie.payment.services.calls import calling_provider
from joanie.payment.services.pull import pull_payment

logger = logging.getLogger(__name__)


def payable() -> Q:
    """Match the attempts whose provider object can still be paid."""
    aliases = [
        alias
        for alias in joanie_settings.PAYMENT_BACKENDS
        if get_backend_class(alias).is_payable_after_failure
    ]
    failed = Q(state=PaymentState.FAILED, backend__in=aliases) & ~Q(provider_reference="")
    return Q(state__in=OPEN_PAYMENT_STATES) | failed


def retire_attempts(order: Order) -> None:
    """Abort at the provider whatever could still be paid, as far as it can be done now.

    An attempt that cannot be aborted is asked about instead, and booked when it was paid; it may
    stay open. A provider that does not answer is called once. Raises PaymentOutcomeUnknown when a
    charge that was sent may have succeeded.
    """
    unavailable: set[str] = set()
    for attempt in abortable_attempts(order):
        if attempt.backend in unavailable:
            continue
        try:
            abort_attempt(attempt)
        except ProviderUnavailable:
            unavailable.add(attempt.backend)
        except ProviderError as error:
            logger.warning("Payment %s stays open: %s", attempt.pk, error)
    refuse_second_charge(order)


def refuse_second_charge(order: Order) -> None:
    """Raise PaymentOutcomeUnknown while a charge for this order may succeed at any moment.

    One through an account that we no longer have counts until an order would expire: nobody will
    ever tell how it ended.
    """
    long_ago = timezone.now() - timedelta(seconds=joanie_settings.ORDER_EXPIRES_AFTER)
    telling = Q(backend__in=list(joanie_settings.PAYMENT_BACKENDS)) | Q(created_on__gt=long_ago)
    for attempt in Payment.objects.open().filter(telling, order=order):
        if attempt.is_outcome_unknown:
            raise PaymentOutcomeUnknown(order_id=order.pk)


def abortable_attempts(order: Order) -> list[Payment]:
    """Return the attempts that can still be paid, through the backends that we still have."""
    aliases = list(joanie_settings.PAYMENT_BACKENDS)
    return list(order.payments.filter(payable(), backend__in=aliases))


def abort_attempt(attempt: Payment, final_state: str = PaymentState.CANCELED) -> None:
    """Abort one attempt at its provider, then here.

    One whose creation was never answered is asked about first. Raises PaymentOutcomeUnknown,
    AbortPaymentFailed when it is too late (what the provider says is booked before), and
    ProviderUnavailable.
    """
    if not attempt.provider_reference or attempt.is_outcome_unknown:
        attempt = pull_payment(attempt)
        if attempt.is_outcome_unknown:
            raise PaymentOutcomeUnknown(order_id=attempt.order_id)
        if not attempt.is_open or not attempt.provider_reference:
            return
    try:
        with calling_provider(attempt.backend, "abort_payment"):
            build_backend(attempt.backend).abort_payment(attempt.provider_reference)
    except AbortPaymentFailed as error:
        if _is_settled_otherwise(attempt):
            return
        error.context["order_id"] = attempt.order_id
        raise
    reached(CrashPoint.ABORTED_AT_PROVIDER)
    with order_locked(attempt.order_id, is_alone=True):
        retired = Payment.objects.select_for_update(no_key=True).get(pk=attempt.pk)
        if retired.is_open:
            getattr(retired, {"canceled": "cancel", "expired": "expire"}[final_state])()
            retired.save()
            trace_payment(retired)
    reached(CrashPoint.ATTEMPT_RETIRED)


def cancel_unpaid_order(order: Order, refuse_unless_unpaid: Callable[[Order], None]) -> None:
    """Cancel an order whose attempts are retired. Money that it holds goes back.

    ``refuse_unless_unpaid`` raises when the order, locked and read again, may not be canceled.
    Raises PaymentOutcomeUnknown when a card is being charged for it at this moment.
    """
    with order_locked(order.pk) as locked:
        refuse_unless_unpaid(locked)
        refuse_second_charge(locked)
        before = locked.state
        locked.cancel()
        save_order_state(locked, before)
        invoice = ProformaInvoice.objects.main().filter(order=locked).first()
        if invoice is not None:
            settle(locked, invoice)


def _is_settled_otherwise(attempt: Payment) -> bool:
    """Book what the provider says of an attempt too late to abort; say if it failed for good."""
    try:
        pulled = pull_payment(attempt)
    except JoanieError as error:
        logger.warning("Payment %s could not be pulled: %s", attempt.pk, error)
        return False
    return not pulled.is_open and pulled.state != PaymentState.SUCCEEDED
