"""Money that goes back without reducing what the invoice asks for."""

from decimal import Decimal

import pytest
from tests.payment.ledger.books import (
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
from joanie.payment.models import Transaction

pytestmark = pytest.mark.django_db


def _paid() -> Order:
    order: Order = PaymentFactory(provider_reference="pay_1").order
    pay(order)
    return order


def test_an_excess_goes_back_without_a_credit_note() -> None:
    order = _paid()
    pay(order, reference="pay_2")
    give_back(order, payment_reference="pay_2")
    assert notes_of(order) == []
    assert lines_of(order)[-1] == ("refund", -120)
    assert Transaction.objects.last().proforma_invoice == invoice_of(order)
    assert (invoice_of(order).state, state_of(order)) == ("paid", "validated")


def test_only_what_is_above_the_excess_is_credited() -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    pay(order, "130.00")
    give_back(order, "50.00")
    (note,) = notes_of(order)
    assert note.total == Money("-40.00", "EUR")
    assert Balance.of(order) == Balance(Decimal(120), Decimal(-40), Decimal(80))
    assert (invoice_of(order).state, state_of(order)) == ("partially_refunded", "validated")


def test_too_little_goes_back_without_a_credit_note() -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    pay(order, "50.00")
    give_back(order, "50.00")
    assert notes_of(order) == []
    assert (invoice_of(order).state, state_of(order)) == ("unpaid", "pending")
    pay(order, reference="pay_2")
    assert (invoice_of(order).state, state_of(order)) == ("paid", "validated")


def test_all_the_money_of_an_order_that_was_canceled_goes_back() -> None:
    order = PaymentFactory(order__state="canceled", provider_reference="pay_1").order
    pay(order)
    give_back(order)
    assert state_of(order) == "canceled"
    assert invoice_of(order).state == "refunded"
    assert [note.total.amount for note in notes_of(order)] == [-120]


def test_another_currency_goes_back_from_suspense() -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    pay(order, "500", currency="JPY")
    give_back(order, "500", payment_reference="pay_1")
    line = Transaction.objects.get(kind="refund")
    assert (line.total, line.is_suspense) == (Money(-500, "JPY"), True)
    assert notes_of(order) == []
    assert Balance.of(order).moved == 0


def test_a_late_payment_of_a_refunded_order_goes_back() -> None:
    order = _paid()
    give_back(order)
    assert pay(order, reference="pay_2").flag == "late"
    assert (state_of(order), invoice_of(order).state) == ("refunded", "refunded")
    assert queued("joanie.payment.refund_unusable_money") == [{"order_id": str(order.pk)}]
    give_back(order, reference="re_2", payment_reference="pay_2")
    assert Balance.of(order).moved == 0
    assert len(notes_of(order)) == 1
