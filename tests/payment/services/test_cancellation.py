"""Canceling orders on behalf of their learners."""

import pytest
from tests.concurrency import at_once
from tests.payment.ledger.books import access_changes, pay
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment

from joanie.common.money import Money
from joanie.core.factories import OrderFactory, ProductFactory
from joanie.payment.exceptions import PaidOrderNotCancelable
from joanie.payment.services.abort import OrderNotAbortable
from joanie.payment.services.cancellation import cancel_order


@pytest.mark.parametrize("state", ["pending", "failed"])
@pytest.mark.django_db
def test_an_order_that_is_not_paid_is_canceled_once(state: str) -> None:
    order = OrderFactory(state=state)
    assert cancel_order(order)
    assert not cancel_order(order)
    assert not cancel_order(fresh(order))
    assert fresh(order).state == "canceled"


@pytest.mark.django_db
def test_a_free_order_is_canceled_and_takes_its_access_back() -> None:
    order = OrderFactory(product=ProductFactory(price=Money(0, "EUR")), state="validated")
    assert cancel_order(order)
    assert access_changes(order) == ["canceled"]


@pytest.mark.django_db
def test_an_order_paid_meanwhile_is_not_canceled() -> None:
    order = OrderFactory()
    pay(order)
    with pytest.raises(PaidOrderNotCancelable):
        cancel_order(order)
    assert fresh(order).state == "validated"


@pytest.mark.parametrize("state", ["refunding", "refunded"])
@pytest.mark.django_db
def test_an_order_that_was_paid_once_is_not_canceled(state: str) -> None:
    with pytest.raises(OrderNotAbortable):
        cancel_order(OrderFactory(state=state))


def test_two_who_cancel_at_once_cancel_once(deaf_shop: Shop, provider: Provider) -> None:
    order = deaf_shop.order().order
    results = at_once(lambda: cancel_order(order), lambda: cancel_order(order))
    assert sorted(map(str, results)) == ["False", "True"]
    assert provider.payment(last_payment(order).provider_reference)["status"] == "canceled"
