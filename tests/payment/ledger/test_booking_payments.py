"""Booking money that came: once, whatever happens around it."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from tests.payment.ledger.books import (
    access_changes,
    fail,
    invoice_of,
    lines_of,
    pay,
    queued,
    state_of,
    update,
)

from joanie.common.money import Money
from joanie.core.factories import OrderFactory
from joanie.core.models import Order
from joanie.payment.exceptions import RegisterPaymentFailed
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Payment, ProformaInvoice, Transaction

pytestmark = pytest.mark.django_db

PRICES = [Money("120.00", "EUR"), Money("15000", "JPY"), Money("12.345", "KWD")]


@pytest.mark.parametrize("price", PRICES, ids=str)
def test_money_that_came_validates_the_order(price: Money) -> None:
    payment = PaymentFactory(order__total=price, provider_reference="pay_1")
    booked = pay(payment.order)
    assert (booked, booked.flag, booked.is_unmatched) == (payment, "", False)
    assert state_of(payment) == "succeeded"
    assert state_of(payment.order) == "validated"
    invoice = invoice_of(payment.order)
    assert (invoice.state, invoice.total) == ("paid", price)
    line = invoice.transactions.get()
    assert (line.kind, line.total, line.is_suspense) == ("payment", price, False)
    assert (line.payment, line.backend, line.reference) == (payment, "dummy", "pay_1")


def test_what_follows_is_enqueued_with_it() -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    pay(order)
    assert access_changes(order) == ["validated"]
    invoice = invoice_of(order)
    assert queued("joanie.payment.render_document") == [{"invoice_id": str(invoice.pk)}]
    assert queued("joanie.payment.refund_unusable_money") == []


@pytest.mark.parametrize("repetition", [{}, {"amount": "1.00"}, {"attempt_id": uuid.uuid4()}])
def test_the_same_payment_twice_is_booked_once(repetition: dict[str, Any]) -> None:
    payment = PaymentFactory(provider_reference="pay_1")
    pay(payment.order)
    jobs = queued("joanie.core.update_access")
    assert pay(payment.order, **repetition) == payment
    assert lines_of(payment.order) == [("payment", Decimal("120.00"))]
    assert ProformaInvoice.objects.count() == 1
    assert queued("joanie.core.update_access") == jobs


def test_a_failure_after_the_success_changes_nothing() -> None:
    payment = PaymentFactory(provider_reference="pay_1")
    pay(payment.order)
    fail(payment.order)
    kept = Payment.objects.get()
    assert (kept.state, kept.failure_code) == ("succeeded", "")
    assert state_of(payment.order) == "validated"


def test_a_success_after_the_failure_wins() -> None:
    payment = PaymentFactory(provider_reference="pay_1")
    fail(payment.order)
    assert state_of(payment.order) == "failed"
    pay(payment.order)
    kept = Payment.objects.get()
    assert (kept.state, kept.failure_code) == ("succeeded", "")
    assert state_of(payment.order) == "validated"


@pytest.mark.parametrize("state", ["pending", "processing", "canceled", "expired"])
def test_no_other_news_undoes_a_success(state: str) -> None:
    payment = PaymentFactory(provider_reference="pay_1")
    pay(payment.order)
    update(payment.order, state)
    assert state_of(payment) == "succeeded"
    assert state_of(payment.order) == "validated"


@pytest.mark.parametrize("state", ["canceled", "expired"])
def test_a_success_after_the_attempt_was_given_up_wins(state: str) -> None:
    payment = PaymentFactory(provider_reference="pay_1")
    update(payment.order, state)
    pay(payment.order)
    assert state_of(payment) == "succeeded"
    assert state_of(payment.order) == "validated"


@time_machine.travel(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), tick=False)
def test_the_moment_is_kept_in_utc() -> None:
    booked = pay(PaymentFactory(provider_reference="pay_1").order)
    assert booked.settled_at == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert invoice_of(booked.order).content["payment"]["paid_on"] == "2026-12-31"


@pytest.mark.parametrize(
    "amount",
    [None, "", "abc", "NaN", "Infinity", "-Infinity", "1e400", "0", "0.00", "-1", "0.005", "1e12"],
)
def test_what_is_not_an_amount_is_not_booked(amount: object) -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    with pytest.raises(RegisterPaymentFailed):
        pay(order, str(amount))
    assert not Transaction.objects.exists()
    assert state_of(order) == "pending"


@pytest.mark.parametrize("currency", ["EURO", "€", "XAU", "12"])
def test_an_unknown_currency_is_not_booked(currency: str) -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    with pytest.raises(RegisterPaymentFailed):
        pay(order, currency=currency)
    assert not Transaction.objects.exists()


def test_money_for_no_order_is_not_booked() -> None:
    with pytest.raises(Order.DoesNotExist):
        pay(OrderFactory.build())


def test_a_reference_of_another_order_is_refused() -> None:
    theirs = PaymentFactory(provider_reference="pay_1")
    ours = PaymentFactory(provider_reference="pay_2")
    with pytest.raises(RegisterPaymentFailed, match="another order"):
        pay(ours.order, reference="pay_1")
    with pytest.raises(RegisterPaymentFailed, match="another order"):
        pay(ours.order, reference="pay_1", attempt_id=ours.pk)
    assert not Transaction.objects.exists()
    assert {state_of(theirs), state_of(ours)} == {"pending"}


def test_the_same_reference_at_another_account_is_another_payment() -> None:
    theirs = PaymentFactory(provider_reference="pay_1", backend="other")
    ours = PaymentFactory(provider_reference="pay_1", backend="dummy")
    pay(ours.order)
    assert (state_of(theirs), state_of(ours)) == ("pending", "succeeded")


@pytest.mark.parametrize("reference", ["", " "])
def test_money_without_a_reference_is_not_booked(reference: str) -> None:
    order = PaymentFactory(state="created", provider_reference="").order
    with pytest.raises(RegisterPaymentFailed):
        pay(order, reference=reference)
    assert not Transaction.objects.exists()
