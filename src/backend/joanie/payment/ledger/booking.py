"""Booking what providers say about payments."""

import logging
import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django_fsm import can_proceed

from joanie.common.money import InvalidAmount, Money, parse_money
from joanie.core.enums import PAYABLE_ORDER_STATES, OrderState
from joanie.core.models import Order
from joanie.payment.crash_points import CrashPoint, reached, reached_once_committed
from joanie.payment.enums import (
    PERMANENT_FAILURE_CODES,
    FailureCode,
    PaymentFlag,
    PaymentState,
    TransactionKind,
)
from joanie.payment.exceptions import RegisterPaymentFailed
from joanie.payment.ledger.balance import Balance
from joanie.payment.ledger.credit_cards import revoke_card
from joanie.payment.ledger.invoices import get_or_issue_proforma_invoice
from joanie.payment.ledger.locks import order_locked
from joanie.payment.ledger.settlement import save_order_state, settle
from joanie.payment.ledger.traces import trace_booked_payment, trace_payment
from joanie.payment.mails.outbox import tell_payment_failed
from joanie.payment.models import Payment, Transaction

logger = logging.getLogger(__name__)

_MOVES_WITHOUT_MONEY = {
    PaymentState.PENDING: "open",
    PaymentState.PROCESSING: "process",
    PaymentState.CANCELED: "cancel",
    PaymentState.EXPIRED: "expire",
}
# A more precise reason may follow.
_UNTOLD = ("", FailureCode.UNKNOWN)


def book_payment(
    *,
    order_id: uuid.UUID,
    backend: str,
    reference: str,
    amount: object,
    currency: str | None = None,
    billing_address: Mapping[str, Any] | None = None,
    attempt_id: uuid.UUID | None = None,
    card: Mapping[str, Any] | None = None,
) -> Payment:
    """Book money that came: transaction, pro forma invoice, state of the order.

    ``amount`` is in major units of ``currency``, the order's unless given. ``attempt_id`` says
    which attempt it answers, when the caller knows. Booking the same reference again changes
    nothing. Money that the order cannot use is booked and flagged too.
    Raises RegisterPaymentFailed when it is not an amount, or when the reference is empty or
    another order's.
    """
    if not reference.strip():
        raise RegisterPaymentFailed("A payment without a reference cannot be told from another")
    with order_locked(order_id) as order:
        money = _read_amount(amount, currency or str(order.total.currency))
        payment = _find_attempt(order, backend, reference, attempt_id) or _unmatched(
            order, backend, reference, money
        )
        if payment.state in {PaymentState.SUCCEEDED, PaymentState.REVERSED}:
            return payment
        payment.succeed()
        payment.failure_code = ""
        payment.settled_at = timezone.now()
        invoice = get_or_issue_proforma_invoice(
            order, payment, billing_address or payment.billing_address, card
        )
        is_suspense = money.currency != order.total.currency
        Transaction.objects.create(
            proforma_invoice=invoice,
            payment=payment,
            backend=backend,
            reference=reference,
            kind=TransactionKind.PAYMENT,
            total=money,
            is_suspense=is_suspense,
        )
        state_before = order.state
        balance = settle(order, invoice)
        payment.flag = PaymentFlag.WRONG_CURRENCY if is_suspense else _flag(state_before, balance)
        payment.save()
        trace_booked_payment(payment)
        if payment.flag or payment.is_unmatched:
            logger.error("Payment %s needs a look: %s", reference, payment.flag or "unmatched")
        reached(CrashPoint.PAYMENT_WRITTEN)
        reached_once_committed(CrashPoint.PAYMENT_BOOKED)
        return payment


def book_failure(
    *,
    order_id: uuid.UUID,
    backend: str,
    reference: str | None,
    code: str,
    attempt_id: uuid.UUID | None = None,
) -> Payment | None:
    """Record that an attempt failed; the order fails when it was its latest one.

    Without a reference it applies only when the order has exactly one open attempt. A failure that
    comes after the attempt was settled changes nothing. Returns the attempt, if there is one.
    """
    with order_locked(order_id, is_alone=True) as order:
        payment = (
            _find_attempt(order, backend, reference or "", attempt_id)
            if reference or attempt_id
            else _only_open_attempt(order, backend)
        )
        if payment is None:
            if not reference:
                logger.warning("Order %s: a failure that fits no attempt", order.pk)
                return None
            if order.is_free:
                return None
            payment = _unmatched(order, backend, reference, order.total)
        was_open = payment.is_open
        if was_open:
            payment.fail()
            payment.settled_at = timezone.now()
        is_news = payment.state == PaymentState.FAILED and payment.failure_code in _UNTOLD
        if is_news:
            payment.failure_code = _normalise(code)
        payment.save()
        is_permanent = payment.failure_code in PERMANENT_FAILURE_CODES
        if is_news and is_permanent and payment.credit_card_id:
            revoke_card(payment.credit_card_id)
        if was_open:
            trace_payment(payment)
            _fail_order_when_latest(order, payment)
        return payment


def book_update(
    *,
    order_id: uuid.UUID,
    backend: str,
    reference: str,
    state: str,
    url: str = "",
    attempt_id: uuid.UUID | None = None,
) -> Payment | None:
    """Record what moves no money: ``pending``, ``processing``, ``canceled`` or ``expired``.

    Fills the attempt's reference and ``url`` where they are empty. Never moves a state back; an
    attempt that we do not know is left unknown. A payment page that expired, or that was closed at
    the provider, fails the order like a decline does.
    """
    if state not in _MOVES_WITHOUT_MONEY:
        raise RegisterPaymentFailed(f"A payment cannot be told to be {state}")
    move = _MOVES_WITHOUT_MONEY[PaymentState(state)]
    with order_locked(order_id, is_alone=True) as order:
        payment = _find_attempt(order, backend, reference, attempt_id)
        if payment is None:
            return None
        payment.url = payment.url or url
        was_open = payment.is_open
        if can_proceed(getattr(payment, move)):
            getattr(payment, move)()
        if was_open and not payment.is_open:
            payment.failure_code = FailureCode(state)
            payment.settled_at = timezone.now()
        payment.save()
        if was_open and not payment.is_open:
            trace_payment(payment)
            _fail_order_when_latest(order, payment)
        return payment


def _read_amount(amount: object, currency: str) -> Money:
    try:
        money = parse_money(amount, currency)
    except InvalidAmount as error:
        raise RegisterPaymentFailed(str(error)) from error
    if money.amount <= 0:
        raise RegisterPaymentFailed(f"{money} is not an amount that can be paid")
    return money


def _find_attempt(
    order: Order, backend: str, reference: str, attempt_id: uuid.UUID | None
) -> Payment | None:
    """Return the attempt with this reference; else give the reference to the one it belongs to.

    That is ``attempt_id``, or the attempt that never learnt its own, when there is only one.
    """
    attempts = Payment.objects.select_for_update(no_key=True)
    named = Q(order=order, backend=backend)
    named &= Q(pk=attempt_id) if attempt_id else Q(state=PaymentState.CREATED)
    if reference:
        named &= Q(provider_reference="")
        named |= Q(backend=backend, provider_reference=reference)
    candidates = list(attempts.filter(named).order_by("-created_on"))
    for payment in candidates:
        if reference and payment.provider_reference == reference:
            if payment.order_id != order.pk:
                raise RegisterPaymentFailed(f"{reference} belongs to another order")
            return payment
    if len(candidates) != 1:
        return None
    (adopted,) = candidates
    adopted.provider_reference = adopted.provider_reference or reference
    return adopted


def _only_open_attempt(order: Order, backend: str) -> Payment | None:
    attempts = list(
        Payment.objects.open()
        .select_for_update(no_key=True)
        .filter(order=order, backend=backend)[:2]
    )
    return attempts[0] if len(attempts) == 1 else None


def _unmatched(order: Order, backend: str, reference: str, money: Money) -> Payment:
    latest = Payment.objects.filter(order=order).order_by("-created_on").first()
    return Payment.objects.create(
        order=order,
        backend=backend,
        provider_reference=reference,
        amount=money,
        billing_address=latest.billing_address if latest else {},
        language=order.language,
        is_unmatched=True,
    )


def _flag(state_before: str, balance: Balance) -> str:
    if state_before not in PAYABLE_ORDER_STATES:
        return PaymentFlag.LATE
    if not balance.is_settled:
        return PaymentFlag.SHORT
    return PaymentFlag.EXCESS if balance.excess else ""


def _normalise(code: str) -> FailureCode:
    try:
        return FailureCode(code)
    except ValueError:
        logger.warning("A backend reported the failure code %r, which is none of ours", code)
        return FailureCode.UNKNOWN


def _fail_order_when_latest(order: Order, payment: Payment) -> None:
    latest = (
        Payment.objects.filter(order=order, is_unmatched=False).order_by("-created_on").first()
    )
    if order.state == OrderState.PENDING and latest == payment:
        before = order.state
        order.fail()
        save_order_state(order, before)
        tell_payment_failed(order, payment)
