"""Money that is not what the order asks for, or that it can no longer use."""

import logging
from decimal import Decimal

import pytest
from pytest_django import Settings
from tests.payment.ledger.books import invoice_of, lines_of, pay, queued, state_of

from joanie.common.money import Money
from joanie.core.factories import OrderFactory, ProductFactory
from joanie.core.models import Order
from joanie.payment.factories import PaymentFactory
from joanie.payment.ledger.balance import Balance
from joanie.payment.models import Payment, ProformaInvoice, Transaction

pytestmark = pytest.mark.django_db

RETURN = "joanie.payment.refund_unusable_money"


@pytest.fixture
def order() -> Order:
    order: Order = PaymentFactory(provider_reference="pay_1").order
    return order


@pytest.mark.parametrize(
    ("price", "came"),
    [
        (Money("120.00", "EUR"), "119.99"),
        (Money("15000", "JPY"), "14999"),
        (Money("12.345", "KWD"), "12.344"),
    ],
    ids=str,
)
def test_a_payment_short_by_one_unit_does_not_validate(price: Money, came: str) -> None:
    order = PaymentFactory(order__total=price, provider_reference="pay_1").order
    assert pay(order, came).flag == "short"
    assert state_of(order) == "pending"
    assert invoice_of(order).state == "unpaid"
    assert lines_of(order) == [("payment", Decimal(came))]
    assert queued(RETURN) == []


def test_two_short_payments_that_add_up_validate(order: Order) -> None:
    pay(order, "100.00")
    assert pay(order, "20.00", reference="pay_2").flag == ""
    assert state_of(order) == "validated"
    assert invoice_of(order).state == "paid"
    assert ProformaInvoice.objects.count() == 1


@pytest.mark.parametrize(
    ("price", "came", "excess"),
    [
        (Money("120.00", "EUR"), "120.01", "0.01"),
        (Money("15000", "JPY"), "15001", "1"),
        (Money("12.345", "KWD"), "24.690", "12.345"),
    ],
    ids=str,
)
def test_an_excess_validates_and_goes_back(price: Money, came: str, excess: str) -> None:
    order = PaymentFactory(order__total=price, provider_reference="pay_1").order
    assert pay(order, came).flag == "excess"
    assert state_of(order) == "validated"
    assert Balance.of(order).excess == Decimal(excess)
    assert queued(RETURN) == [{"order_id": str(order.pk)}]


def test_money_for_an_order_that_is_canceled_is_booked_and_goes_back() -> None:
    order = PaymentFactory(order__state="canceled", provider_reference="pay_1").order
    assert pay(order).flag == "late"
    assert state_of(order) == "canceled"
    assert invoice_of(order).state == "paid"
    assert queued(RETURN) == [{"order_id": str(order.pk)}]
    assert queued("joanie.core.update_access") == []


def test_even_too_little_goes_back_from_an_order_that_is_canceled() -> None:
    order = OrderFactory(state="canceled")
    assert pay(order, "1.00").flag == "late"
    assert queued(RETURN) == [{"order_id": str(order.pk)}]


def test_a_second_payment_of_a_paid_order_goes_back(order: Order) -> None:
    pay(order)
    assert pay(order, reference="pay_2").flag == "late"
    assert state_of(order) == "validated"
    assert Balance.of(order).excess == Decimal("120.00")
    assert queued(RETURN) == [{"order_id": str(order.pk)}]


def test_money_for_an_order_that_is_free_is_booked_and_goes_back() -> None:
    product = ProductFactory(price=Money(0, "EUR"))
    order = OrderFactory(product=product, state="validated")
    assert pay(order, "10.00").flag == "late"
    assert Balance.of(order).excess == 10
    assert (state_of(order), invoice_of(order).state) == ("validated", "paid")
    assert queued(RETURN) == [{"order_id": str(order.pk)}]


def test_money_goes_back_by_hand_where_the_settings_say_so(settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "REFUND_UNUSABLE_MONEY": False}
    assert pay(OrderFactory(state="canceled")).flag == "late"
    assert queued(RETURN) == []


def test_another_currency_is_kept_apart(order: Order, caplog: pytest.LogCaptureFixture) -> None:
    payment = pay(order, "500.00", currency="USD")
    assert (payment.state, payment.flag) == ("succeeded", "wrong_currency")
    line = Transaction.objects.get()
    assert (line.total, line.is_suspense) == (Money("500.00", "USD"), True)
    assert Balance.of(order).moved == 0
    assert (state_of(order), invoice_of(order).state) == ("pending", "unpaid")
    assert queued(RETURN) == []
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_the_right_currency_pays_beside_another(order: Order) -> None:
    pay(order, "500", reference="pay_0", currency="JPY")
    assert pay(order, reference="pay_2").flag == ""
    assert state_of(order) == "validated"
    assert Balance.of(order).moved == Decimal("120.00")


@pytest.mark.parametrize("currency", ["eur", "EUR", None])
def test_the_order_s_currency_may_be_left_out_or_in_small_letters(
    order: Order, currency: str | None
) -> None:
    assert pay(order, currency=currency).flag == ""
    assert state_of(order) == "validated"


def test_an_unmatched_payment_is_what_came() -> None:
    order = OrderFactory()
    pay(order, "7.00", reference="pay_9")
    pay(order, "500", reference="pay_10", currency="JPY")
    amounts = Payment.objects.order_by("created_on").values_list("amount", "amount_currency")
    assert [*amounts] == [(Decimal("7.000"), "EUR"), (Decimal("500.000"), "JPY")]
