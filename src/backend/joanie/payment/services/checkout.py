"""Buying: placing an order, and paying it."""

import logging
import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError
from django.utils.translation import gettext as _

from joanie.common.log_context import note_in_log
from joanie.common.transactions import forbid_transaction, short_transaction
from joanie.core.enums import GRANTING_ORDER_STATES, PAYABLE_ORDER_STATES, OrderState
from joanie.core.models import Course, Order, Product
from joanie.core.services.orders import choose_organization, create_order
from joanie.payment.crash_points import CrashPoint, reached
from joanie.payment.enums import PaymentFlag
from joanie.payment.exceptions import (
    OrderAlreadyBought,
    OrderNotPayable,
    OrderUnderReview,
)
from joanie.payment.ledger.locks import order_locked
from joanie.payment.ledger.settlement import save_order_state
from joanie.payment.mails.outbox import tell_order_paid
from joanie.payment.models import Payment, Transaction
from joanie.payment.services.attempts import create_attempt, send_attempt
from joanie.payment.services.carding import refuse_carding
from joanie.payment.services.payment_request import (
    MeansOfPayment,
    PaymentRequest,
    choose_means,
)
from joanie.payment.services.retirement import (
    cancel_unpaid_order,
    refuse_second_charge,
    retire_attempts,
)

logger = logging.getLogger(__name__)


class _PlacedMeanwhile(Exception):
    """Another request ordered the same, or gave it up: look again."""


@dataclass(frozen=True)
class Checkout:
    """An order, and how it is being paid: None when it was free."""

    order: Order
    payment_info: dict[str, Any] | None = None


def place_order(
    *,
    owner: AbstractBaseUser,
    course: Course,
    product: Product,
    language: str,
    organization_id: uuid.UUID | None = None,
    payment: PaymentRequest | None = None,
) -> Checkout:
    """Order a product and start paying it; a free one is validated at once.

    Buying again what is pending or failed is another attempt on the same order, or a new order
    when price or seller changed since, which takes its seat over. Raises what ``pay_order``
    raises, NotSoldHere, OrderAlreadyBought, and ProductSoldOut before anything is written.
    """
    forbid_transaction()
    order = _active_order(owner, course, product)
    if order is not None and order.state in GRANTING_ORDER_STATES:
        raise OrderAlreadyBought(order_id=order.pk)
    if order is not None and _is_as_offered(order, product, organization_id):
        return pay_order(order=order, payment=payment)
    seller = choose_organization(product, organization_id)
    means = None
    if product.price.amount > 0:
        if payment is None:
            raise OrderNotPayable(_("Say how this order is to be paid."))
        means = choose_means(payment, owner, product.price)
        refuse_carding(owner, payment.client_address)
    if order is not None:
        _refuse_unless_payable(order)
        retire_attempts(order)
    try:
        placed, attempt = _place(
            order,
            means,
            payment,
            owner=owner,
            course=course,
            product=product,
            organization=seller,
            language=language,
        )
    except _PlacedMeanwhile:
        return place_order(
            owner=owner,
            course=course,
            product=product,
            language=language,
            organization_id=organization_id,
            payment=payment,
        )
    if attempt is None or payment is None:
        note_in_log(order_id=placed.pk)
        return Checkout(placed)
    return Checkout(placed, send_attempt(attempt, payment))


def pay_order(*, order: Order, payment: PaymentRequest | None) -> Checkout:
    """Make another attempt to pay a pending or failed order.

    What is still open at the provider is aborted first; where that is impossible it stays open,
    and money that comes twice goes back. Raises OrderAlreadyBought, OrderNotPayable,
    OrderUnderReview, PaymentOutcomeUnknown while a charge may have succeeded,
    PaymentMethodUnusable, TooManyDeclines, and what ``send_attempt`` raises.
    """
    forbid_transaction()
    note_in_log(order_id=order.pk)
    _refuse_unless_payable(order)
    if payment is None:
        raise OrderNotPayable(_("Say how this order is to be paid."))
    means = choose_means(payment, order.owner, order.total)
    refuse_carding(order.owner, payment.client_address)
    retire_attempts(order)
    with order_locked(order.pk) as locked:
        _refuse_unless_payable(locked)
        refuse_second_charge(locked)
        before = locked.state
        if before == OrderState.FAILED:
            locked.retry()
        save_order_state(locked, before)
        attempt = create_attempt(locked, means, payment)
    return Checkout(locked, send_attempt(attempt, payment))


def _active_order(owner: AbstractBaseUser, course: Course, product: Product) -> Order | None:
    """Most often there is none, so what it is about is not joined to it."""
    same = Order.objects.active().filter(owner=owner.pk, course=course, product=product)
    return same.order_by().first()


def _is_as_offered(order: Order, product: Product, organization_id: uuid.UUID | None) -> bool:
    if order.total != product.price:
        return False
    if organization_id is not None:
        return order.organization_id == organization_id
    return product.organizations.filter(pk=order.organization_id).exists()


def _place(
    given_up: Order | None,
    means: MeansOfPayment | None,
    payment: PaymentRequest | None,
    **offer: Any,
) -> tuple[Order, Payment | None]:
    """Write the order, and its attempt unless it is free.

    An order whose offer changed is canceled in the same transaction: nobody gets its seat between.
    Raises ProductSoldOut, and _PlacedMeanwhile when somebody, most likely the same learner, placed
    or canceled one a moment ago.
    """
    with short_transaction():
        if given_up is not None:
            cancel_unpaid_order(given_up, _refuse_unless_still_there)
            reached(CrashPoint.ORDER_GIVEN_UP)
        try:
            order = create_order(**offer, has_seat=given_up is not None)
        except IntegrityError as error:
            if "one_active_order" not in str(error):
                raise
            raise _PlacedMeanwhile from error
        if means is None or payment is None:
            return _validate_free(order), None
        return order, create_attempt(order, means, payment)


def _refuse_unless_still_there(order: Order) -> None:
    if order.state == OrderState.CANCELED:
        raise _PlacedMeanwhile
    _refuse_unless_payable(order)


def _validate_free(order: Order) -> Order:
    before = order.state
    order.validate()
    save_order_state(order, before)
    tell_order_paid(order)
    return order


def _refuse_unless_payable(order: Order) -> None:
    if order.state in GRANTING_ORDER_STATES:
        raise OrderAlreadyBought(order_id=order.pk)
    if order.state not in PAYABLE_ORDER_STATES:
        raise OrderNotPayable(order_id=order.pk)
    if has_money_under_review(order):
        raise OrderUnderReview(order_id=order.pk)


def has_money_under_review(order: Order) -> bool:
    """Say whether money came that does not pay the order, and has not been given back."""
    lines = Transaction.objects.filter(
        payment__order=order,
        payment__flag__in=(PaymentFlag.SHORT, PaymentFlag.WRONG_CURRENCY),
    ).values_list("payment_id", "total")
    left: dict[uuid.UUID, Any] = {}
    for payment_id, amount in lines:
        left[payment_id] = left.get(payment_id, 0) + amount
    return any(left.values())
