"""Money that came, went back, and came again: each time only what is here pays for anything."""

import pytest
from tests.payment.ledger.books import (
    charge_back,
    give_back,
    lines_of,
    pay,
    state_of,
    take_back,
    win_back,
)

from joanie.common.money import Money
from joanie.core.factories import OrderFactory
from joanie.core.models import Order
from joanie.payment.factories import PaymentFactory
from joanie.payment.ledger.refunds import book_refund, book_refund_refusal
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import Refund
from joanie.payment.services.refunds import refund_payment, refund_unusable_money

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    """Give an order of 120 EUR."""
    order: Order = PaymentFactory(provider_reference="pay_1").order
    return order


def pay_again(order: Order, amount: str, **details: str) -> str:
    PaymentFactory(order=order, provider_reference="pay_2")
    return pay(order, amount, reference="pay_2", **details).flag


def ask_back(order: Order, amount: str) -> Refund:
    return refund_payment(
        payment=order.payments.get(), amount=Money(amount, "EUR"), reason="a cancellation"
    )


@pytest.mark.parametrize(("first", "second"), [("119.00", "1.00"), ("70.00", "70.00")])
def test_what_went_back_whole_helps_no_short_payment(
    order: Order, first: str, second: str
) -> None:
    pay(order, first)
    give_back(order, first, payment_reference="pay_1")
    assert pay_again(order, second) == "short"
    assert state_of(order) == "pending"
    assert not list(verify_ledger())


def test_nor_does_what_the_bank_took_back(order: Order) -> None:
    pay(order, "119.00")
    charge_back(order, "119.00", payment_reference="pay_1")
    assert pay_again(order, "1.00") == "short"
    assert state_of(order) == "pending"


def test_a_refund_that_we_gave_up_and_that_was_made_is_booked(order: Order) -> None:
    pay(order)
    ours = ask_back(order, "120.00")
    book_refund_refusal(refund_id=ours.pk, failure="It seemed never to have been made.")
    made = give_back(order, "120.00", "re_9", payment_reference="pay_1", refund_id=ours.pk)
    assert made != ours
    assert lines_of(order) == [("payment", 120), ("refund", -120)]
    assert state_of(order) == "refunded"
    assert give_back(order, "120.00", "re_9", refund_id=ours.pk) == made
    assert take_back(order, "re_9", refund_id=ours.pk) == made
    assert state_of(order) == "validated"


def test_a_refund_that_failed_under_its_name_stays_so(order: Order) -> None:
    pay(order)
    ours = ask_back(order, "120.00")
    take_back(order, "re_1", refund_id=ours.pk)
    book_refund(
        order_id=order.pk,
        backend="dummy",
        reference="re_1",
        amount="120.00",
        payment_reference="pay_1",
        refund_id=ours.pk,
    )
    assert lines_of(order) == [("payment", 120)]


@pytest.mark.parametrize("currency", ["EUR", None])
def test_a_dispute_is_of_the_payment_in_its_currency(order: Order, currency: str | None) -> None:
    pay(order, "500", currency="JPY")
    pay_again(order, "120.00")
    dispute = charge_back(order, "120.00", currency=currency)
    assert dispute.payment.provider_reference == "pay_2"
    assert state_of(order) == "refunded"


def test_what_a_dispute_brought_back_for_nothing_goes_back_by_itself(order: Order) -> None:
    pay(order, "150.00")
    (excess,) = refund_unusable_money(order.pk)
    give_back(order, "30.00", "re_1", refund_id=excess.pk)
    charge_back(order, "120.00")
    OrderFactory(owner=order.owner, product=order.product, course=order.course, state="validated")
    win_back(order)
    (refund,) = refund_unusable_money(order.pk)
    assert refund.amount == Money(120, "EUR")


def test_an_order_whose_money_is_on_its_way_back_waits_for_it(order: Order) -> None:
    pay(order)
    ours = ask_back(order, "120.00")
    charge_back(order, "120.00")
    win_back(order)
    assert state_of(order) == "refunded"
    book_refund_refusal(refund_id=ours.pk)
    assert state_of(order) == "validated"
