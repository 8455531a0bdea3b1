"""A refund that failed, perhaps after it had succeeded."""

from decimal import Decimal

import pytest
from tests.payment.ledger.books import (
    access_changes,
    give_back,
    invoice_of,
    lines_of,
    notes_of,
    pay,
    queued,
    state_of,
    take_back,
)

from joanie.common.money import Money
from joanie.core.factories import OrderFactory
from joanie.core.models import Order
from joanie.payment.factories import PaymentFactory
from joanie.payment.ledger.balance import Balance
from joanie.payment.models import Refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    order: Order = PaymentFactory(provider_reference="pay_1").order
    pay(order)
    return order


def _request(order: Order, amount: str = "120.00", **details: str) -> Refund:
    payment = order.payments.get()
    return Refund.objects.create(payment=payment, amount=Money(amount, "EUR"), **details)


@pytest.mark.parametrize(
    "price", [Money("120.00", "EUR"), Money("15000", "JPY"), Money("12.345", "KWD")], ids=str
)
def test_a_refund_that_fails_later_is_taken_back(price: Money) -> None:
    order = PaymentFactory(order__total=price, provider_reference="pay_1").order
    pay(order)
    refund = give_back(order)
    assert take_back(order) == refund
    total = price.amount
    assert lines_of(order) == [("payment", total), ("refund", -total), ("refund_reversal", total)]
    assert [note.total.amount for note in notes_of(order)] == [-total, total]
    assert (state_of(refund), invoice_of(order).state) == ("failed", "paid")
    assert state_of(order) == "validated"
    assert access_changes(order) == ["validated", "refunded", "validated"]


def test_a_part_that_fails_later_is_taken_back(order: Order) -> None:
    give_back(order, "20.00")
    give_back(order, "30.00", reference="re_2")
    take_back(order, "re_1")
    assert Balance.of(order) == Balance(Decimal(120), Decimal(-30), Decimal(90))
    assert (invoice_of(order).state, state_of(order)) == ("partially_refunded", "validated")


def test_taking_back_twice_is_taking_back_once(order: Order) -> None:
    give_back(order, "20.00")
    take_back(order)
    lines = lines_of(order)
    take_back(order)
    assert lines_of(order) == lines


def test_what_was_taken_back_is_a_document_too(order: Order) -> None:
    give_back(order, "20.00")
    take_back(order)
    credit, reversal = notes_of(order)
    assert reversal.parent == invoice_of(order) == credit.parent
    assert (reversal.is_credit_note, reversal.vat_amount) == (False, -credit.vat_amount)
    assert reversal.content["corrects"] == invoice_of(order).reference
    assert reversal.content["lines"][0]["total"] == "20.00"


def test_a_learner_who_bought_again_keeps_the_new_order_and_gets_the_money(order: Order) -> None:
    give_back(order)
    again = OrderFactory(owner=order.owner, product=order.product, state="validated")
    take_back(order)
    assert (state_of(order), state_of(again)) == ("refunded", "validated")
    assert invoice_of(order).state == "paid"
    assert queued("joanie.payment.refund_unusable_money") == [{"order_id": str(order.pk)}]


@pytest.mark.parametrize("state", ["requested", "pending"])
def test_a_refund_that_never_succeeded_moves_nothing(order: Order, state: str) -> None:
    refund = _request(order, state=state, provider_reference="re_1")
    assert take_back(order) == refund
    assert state_of(refund) == "failed"
    assert lines_of(order) == [("payment", 120)]


def test_an_order_whose_refund_fails_is_validated_again(order: Order) -> None:
    _request(order, provider_reference="re_1")
    Order.objects.update(state="refunding")
    take_back(order)
    assert state_of(order) == "validated"
    assert access_changes(order) == ["validated"]


def test_an_order_with_another_refund_under_way_waits_for_it(order: Order) -> None:
    _request(order, "20.00", provider_reference="re_1")
    _request(order, "100.00", provider_reference="re_2")
    Order.objects.update(state="refunding")
    take_back(order, "re_1")
    assert state_of(order) == "refunding"
    take_back(order, "re_2")
    assert state_of(order) == "validated"


def test_one_of_the_providers_that_failed_unheard_of_needs_no_money_to_be_left(
    order: Order,
) -> None:
    give_back(order)
    failed = take_back(order, "re_2", amount="120.00", payment_reference="pay_1")
    assert failed is not None
    assert (state_of(failed), state_of(order)) == ("failed", "refunded")
    assert lines_of(order) == [("payment", 120), ("refund", -120)]
    assert give_back(order, reference="re_2") == failed
