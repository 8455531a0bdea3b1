"""Settling payments that were flagged."""

import pytest
from django.utils import translation
from tests.payment.ledger.books import give_back, pay
from tests.shop import fresh

from joanie.core.factories import OrderFactory
from joanie.payment.exceptions import PaymentNotSettled
from joanie.payment.models import Payment
from joanie.payment.services.review import settle_flag

pytestmark = pytest.mark.django_db


def refuse(payment: Payment, left: str) -> None:
    with pytest.raises(PaymentNotSettled) as refusal:
        settle_flag(payment)
    assert refusal.value.message.startswith(left)
    assert fresh(payment).flag


def test_late_money_has_to_go_back_first() -> None:
    payment = pay(OrderFactory(state="canceled"))
    refuse(payment, "€120.00")
    give_back(payment.order, 100)
    refuse(payment, "€20.00")
    give_back(payment.order, 20, reference="re_2")
    assert settle_flag(payment)
    assert not settle_flag(payment)
    assert fresh(payment).flag == ""


def test_only_the_excess_has_to_go_back() -> None:
    order = OrderFactory()
    payment = pay(order, 150)
    refuse(payment, "€30.00")
    give_back(order, 30)
    assert settle_flag(payment)
    assert fresh(order).state == "validated"


def test_a_second_payment_is_settled_whichever_of_the_two_went_back() -> None:
    order = OrderFactory()
    pay(order)
    second = pay(order, reference="pay_2")
    refuse(second, "€120.00")
    give_back(order, 120, payment_reference="pay_1")
    assert settle_flag(second)


def test_a_short_payment_waits_for_the_rest_or_goes_back() -> None:
    order = OrderFactory()
    short = pay(order, 100)
    refuse(short, "€100.00")
    give_back(order, 100)
    assert settle_flag(short)


def test_a_short_payment_that_was_made_up_for_is_settled() -> None:
    order = OrderFactory()
    short = pay(order, 100)
    pay(order, 20, reference="pay_2")
    assert fresh(order).state == "validated"
    assert settle_flag(short)


def test_money_in_another_currency_has_to_go_back_whatever_the_order_has() -> None:
    order = OrderFactory()
    yen = pay(order, 15000, currency="JPY")
    pay(order, reference="pay_2")
    refuse(yen, "JP¥15,000")
    give_back(order, 15000, payment_reference="pay_1")
    assert settle_flag(yen)


def test_what_is_left_is_said_in_the_reader_s_language() -> None:
    payment = pay(OrderFactory(state="canceled"))
    with translation.override("fr"):
        refuse(payment, "Il reste 120,00")
