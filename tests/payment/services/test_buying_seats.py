"""Buying what only so many can have: who gets a seat, who keeps it, when it is free again."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DataError, transaction
from django.utils import timezone
from pytest_django import Settings
from tests.concurrency import at_once
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment

from joanie.common.exceptions import Busy
from joanie.common.money import Money
from joanie.core.factories import OrganizationFactory, ProductFactory
from joanie.core.models import Order, Product
from joanie.core.services.seats import ProductSoldOut
from joanie.payment.ledger.booking import book_failure, book_payment
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import Payment
from joanie.payment.services.abort import abort_order, expire_orders
from joanie.payment.services.cancellation import cancel_order
from joanie.payment.services.checkout import place_order
from joanie.payment.services.refunds import refund_payment, submit_refund


@pytest.fixture
def first(deaf_shop: Shop) -> Shop:
    """Give a learner at a product with one seat."""
    deaf_shop.product = ProductFactory(max_orders=1)
    return deaf_shop


@pytest.fixture
def second(first: Shop) -> Shop:
    """Give another learner there."""
    return Shop(first.base_url, product=first.product)


def pay(order: Order, provider: Provider) -> Payment:
    payment = last_payment(order)
    provider.settle(payment.provider_reference, status="succeeded", notify=False)
    return book_payment(
        order_id=order.pk,
        backend="dummy",
        reference=payment.provider_reference,
        amount=payment.amount.amount,
    )


def decline(order: Order) -> None:
    reference = last_payment(order).provider_reference
    book_failure(order_id=order.pk, backend="dummy", reference=reference, code="declined")


def test_who_comes_too_late_is_refused_before_anything_happens(
    first: Shop, second: Shop, provider: Provider
) -> None:
    first.order()
    provider.fail("create_payment", "status", status=500)
    with pytest.raises(ProductSoldOut) as refusal:
        second.order()
    assert (refusal.value.code, refusal.value.status) == ("product_sold_out", 409)
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)


def test_a_declined_order_keeps_its_seat(first: Shop, second: Shop, provider: Provider) -> None:
    order = first.order().order
    decline(order)
    with pytest.raises(ProductSoldOut):
        second.order()
    assert first.order().order == order
    pay(order, provider)
    assert fresh(order).state == "validated"


def test_buying_again_takes_no_second_seat(first: Shop) -> None:
    order = first.order().order
    assert first.order().order == order
    assert first.pay(order).order == order


def test_a_canceled_order_frees_its_seat(first: Shop, second: Shop) -> None:
    abort_order(order=first.order().order)
    assert second.order().order.state == "pending"


def test_money_too_late_goes_back_when_its_seat_is_somebody_elses(
    first: Shop, second: Shop, provider: Provider
) -> None:
    late = first.order().order
    assert expire_orders(timezone.now() + timedelta(days=2)) == 1
    order = second.order().order
    payment = pay(late, provider)
    pay(order, provider)
    assert (fresh(late).state, fresh(order).state) == ("canceled", "validated")
    assert fresh(payment).flag == "late"
    assert [*verify_ledger()] == []


def test_a_refunded_order_frees_its_seat(first: Shop, second: Shop, provider: Provider) -> None:
    order = first.order().order
    payment = pay(order, provider)
    refund = refund_payment(payment=payment, amount=payment.amount, reason="Moved away")
    with pytest.raises(ProductSoldOut):
        second.order()
    submit_refund(refund.pk)
    assert fresh(order).state == "refunded"
    assert second.order().order.state == "pending"


def test_a_free_product_has_seats_too(first: Shop, second: Shop) -> None:
    Product.objects.update(price=Money(0, "EUR"))

    def take(learner: Shop) -> Order:
        product = fresh(learner.product)
        course = product.courses.get()
        return place_order(
            owner=learner.owner, course=course, product=product, language="en"
        ).order

    order = take(first)
    assert order.state == "validated"
    with pytest.raises(ProductSoldOut):
        take(second)
    cancel_order(order)
    assert take(second).state == "validated"


def change_price(learner: Shop) -> None:
    Product.objects.update(price=Money("90.00", "EUR"))


def change_seller(learner: Shop) -> None:
    learner.product.organizations.set([OrganizationFactory()])


@pytest.mark.parametrize("change", [change_price, change_seller])
@pytest.mark.parametrize("seats", [1, 0])
def test_an_order_whose_offer_changed_keeps_its_seat(
    first: Shop, change: Callable[[Shop], None], seats: int
) -> None:
    order = first.order().order
    change(first)
    Product.objects.update(max_orders=seats)
    first.product = fresh(first.product)
    again = first.order().order
    assert again != order
    assert (fresh(order).state, again.state) == ("canceled", "pending")


def test_an_order_that_cannot_be_replaced_stays(first: Shop, second: Shop) -> None:
    order = first.order().order
    first.product.price = Money("90.00", "EUR")
    first.product.vat_rate = Decimal(10_000)  # the database refuses the new order
    with pytest.raises(DataError):
        first.order()
    assert fresh(order).state == "pending"
    with pytest.raises(ProductSoldOut):
        second.order()


def test_only_a_product_with_seats_waits_for_whoever_changes_it(
    first: Shop, settings: Settings
) -> None:
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 0.05}
    unlimited = Shop(first.base_url)
    with transaction.atomic():
        list(Product.objects.select_for_update(no_key=True))
        [busy] = at_once(first.order)
        [checkout] = at_once(unlimited.order)
    assert isinstance(busy, Busy)
    assert Order.objects.get() == checkout.order
