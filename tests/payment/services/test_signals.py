"""What host projects are told, and when."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.dispatch import Signal
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment

from joanie.common.money import Money
from joanie.core.factories import OrderFactory, ProductFactory
from joanie.core.models import Order
from joanie.core.signals import (
    order_canceled,
    order_failed,
    order_refunded,
    order_validated,
)
from joanie.payment.ledger.booking import book_failure, book_payment
from joanie.payment.ledger.locks import order_locked
from joanie.payment.ledger.refunds import book_refund, book_refund_failure
from joanie.payment.ledger.settlement import save_order_state
from joanie.payment.services.abort import abort_order
from joanie.payment.signals import proforma_invoice_issued

pytestmark = pytest.mark.django_db(transaction=True)
SIGNALS = {
    "validated": order_validated,
    "failed": order_failed,
    "canceled": order_canceled,
    "refunded": order_refunded,
    "issued": proforma_invoice_issued,
}


@contextmanager
def listening(signal: Signal, receiver: Callable[..., None]) -> Iterator[None]:
    signal.connect(receiver)
    yield
    signal.disconnect(receiver)


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """Give the names of the signals that were sent, in order."""
    names: list[str] = []
    receivers = []
    for name, signal in SIGNALS.items():

        def receive(name: str = name, **_: Any) -> None:
            assert not connection.in_atomic_block
            names.append(name)

        signal.connect(receive)
        receivers.append((signal, receive))
    yield names
    for signal, receive in receivers:
        signal.disconnect(receive)


def book(order: Order, reference: str = "pay_1") -> None:
    book_payment(order_id=order.pk, backend="dummy", reference=reference, amount="120.00")


def give_back(order: Order, reference: str = "ref_1") -> None:
    book_refund(order_id=order.pk, backend="dummy", reference=reference, amount="120.00")


def test_a_purchase_is_told_once_however_often_it_is_notified(
    shop: Shop, provider: Provider, heard: list[str]
) -> None:
    url = shop.order().payment_info["url"]
    provider.instruct(notifications={"duplicate": 2})
    provider.pay(url)
    provider.deliver()
    assert heard == ["issued", "validated"]


def test_a_receiver_sees_the_order_as_it_was_committed() -> None:
    seen: list[Any] = []

    def receive(sender: type, order: Order, **_: Any) -> None:
        seen.append((sender, order.pk, order.state, fresh(order).state))

    order = OrderFactory()
    with listening(order_validated, receive):
        book(order)
    assert seen == [(Order, order.pk, "validated", "validated")]


def test_a_free_order_is_validated_too(heard: list[str]) -> None:
    product = ProductFactory(price=Money(0, "EUR"))
    Shop("http://127.0.0.1:9", product=product).order()
    assert heard == ["validated"]


def test_a_decline_and_a_late_success(heard: list[str], deaf_shop: Shop) -> None:
    order = deaf_shop.order().order
    payment = last_payment(order)
    reference = payment.provider_reference
    book_failure(order_id=order.pk, backend="dummy", reference=reference, code="declined")
    book(order, reference)
    assert heard == ["failed", "issued", "validated"]


def test_an_abort(heard: list[str], deaf_shop: Shop) -> None:
    abort_order(order=deaf_shop.order().order)
    assert heard == ["canceled"]


def test_a_refund_that_fails_later_brings_the_order_back(heard: list[str]) -> None:
    order = OrderFactory()
    book(order)
    give_back(order)
    book_refund_failure(order_id=order.pk, backend="dummy", reference="ref_1")
    assert [name for name in heard if name != "issued"] == ["validated", "refunded", "validated"]
    assert heard.count("issued") == 3


def test_nothing_is_told_of_what_is_rolled_back(heard: list[str]) -> None:
    order = OrderFactory()
    with order_locked(order.pk) as locked:
        locked.validate()
        save_order_state(locked, "pending")
        transaction.set_rollback(True)
    assert heard == []
    assert fresh(order).state == "pending"


def test_an_abandoned_refund_is_no_news(heard: list[str]) -> None:
    order = OrderFactory(state="refunding")
    with order_locked(order.pk) as locked:
        locked.abandon_refund()
        save_order_state(locked, "refunding")
    assert heard == []


def test_a_receiver_that_breaks_harms_nothing(
    heard: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    def receive(**_: Any) -> None:
        raise LookupError("a fault of the host")

    order = OrderFactory()
    with listening(order_validated, receive), caplog.at_level(logging.ERROR):
        book(order)
    assert fresh(order).state == "validated"
    assert "validated" in heard
    assert "a fault of the host" in caplog.text


def test_a_receiver_may_write(heard: list[str]) -> None:
    def receive(order: Order, **_: Any) -> None:
        with transaction.atomic():
            Order.objects.filter(pk=order.pk).update(language="fr")

    order = OrderFactory(language="en")
    with listening(order_validated, receive):
        book(order)
    assert fresh(order).language == "fr"
