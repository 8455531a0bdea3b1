"""Booking money that went back."""

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
)

from joanie.common.money import Money
from joanie.core.models import Order
from joanie.payment.factories import PaymentFactory
from joanie.payment.ledger.balance import Balance
from joanie.payment.models import Refund

pytestmark = pytest.mark.django_db

PARTS = [
    (Money("120.00", "EUR"), "20.00", "100.00", "-3.33"),
    (Money("15000", "JPY"), "1", "14999", "0"),
    (Money("12.345", "KWD"), "0.345", "12.000", "-0.057"),
]


def _paid(price: Money | None = None) -> Order:
    changes = {"order__total": price} if price else {}
    order: Order = PaymentFactory(provider_reference="pay_1", **changes).order
    pay(order)
    return order


@pytest.mark.parametrize(("price", "part", "left", "vat"), PARTS)
def test_a_part_that_went_back_is_a_credit_note(
    price: Money, part: str, left: str, vat: str
) -> None:
    order = _paid(price)
    give_back(order, part)
    (note,) = notes_of(order)
    invoice = invoice_of(order)
    assert (note.parent, note.total.amount) == (invoice, -Decimal(part))
    assert (note.is_credit_note, note.vat_amount) == (True, Decimal(vat))
    line = note.transactions.get()
    assert (line.kind, line.total, line.reference) == ("refund", note.total, "re_1")
    assert (invoice.state, state_of(order)) == ("partially_refunded", "validated")
    assert Balance.of(order).due == Decimal(left)


@pytest.mark.parametrize(("price", "part", "left", "vat"), PARTS)
def test_parts_that_add_up_refund_the_order(price: Money, part: str, left: str, vat: str) -> None:
    order = _paid(price)
    give_back(order, part)
    give_back(order, left, reference="re_2")
    assert state_of(order) == "refunded"
    assert invoice_of(order).state == "refunded"
    assert len(notes_of(order)) == 2
    assert Balance.of(order).moved == 0
    assert access_changes(order) == ["validated", "refunded"]


def test_a_credit_note_says_what_it_corrects() -> None:
    order = _paid()
    refund = Refund.objects.create(
        payment=order.payments.get(), amount=Money("20.00", "EUR"), reason="Not as described"
    )
    give_back(order, "20.00", refund_id=refund.pk)
    (note,) = notes_of(order)
    invoice = invoice_of(order)
    assert note.reference.startswith(f"CN-{order.organization.code}-")
    assert note.content["corrects"] == invoice.reference
    assert note.content["reason"] == "Not as described"
    assert note.content["lines"][0]["total"] == "-20.00"
    assert note.content["buyer"] == invoice.content["buyer"]
    assert note.content["seller"] == invoice.content["seller"]
    assert {"invoice_id": str(note.pk)} in queued("joanie.payment.render_document")


def test_the_same_refund_twice_is_booked_once() -> None:
    order = _paid()
    refund = give_back(order, "20.00")
    assert give_back(order, "20.00") == refund
    assert give_back(order, "99.00") == refund
    assert lines_of(order) == [("payment", 120), ("refund", -20)]
    assert len(notes_of(order)) == 1


def test_an_order_being_refunded_is_refunded_in_the_end() -> None:
    order = _paid()
    Order.objects.update(state="refunding")
    give_back(order)
    assert state_of(order) == "refunded"
