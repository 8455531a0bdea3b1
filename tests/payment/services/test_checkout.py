"""Buying on the hosted page, again and again, and what may not be bought."""

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment

from joanie.common.money import Money
from joanie.common.transactions import NetworkInTransaction
from joanie.core.factories import OrganizationFactory, ProductFactory
from joanie.core.models import Order
from joanie.core.services.orders import NotSoldHere
from joanie.payment.exceptions import (
    OrderAlreadyBought,
    OrderNotPayable,
    OrderUnderReview,
    PaymentMethodUnusable,
    TooManyDeclines,
)
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Payment
from joanie.payment.services.checkout import place_order


def test_a_payment_on_the_hosted_page_validates_the_order(shop: Shop, provider: Provider) -> None:
    checkout = shop.order()
    provider.pay(checkout.payment_info["url"])
    provider.deliver()
    order = fresh(checkout.order)
    assert order.state == "validated"
    assert last_payment(order).state == "succeeded"
    invoice = order.proforma_invoices.get()
    assert (invoice.state, invoice.total) == ("paid", order.total)
    assert invoice.transactions.get().total == order.total
    assert invoice.content["payment"]["last_numbers"] == "4242"


def test_the_attempt_is_stored_as_the_provider_knows_it(
    deaf_shop: Shop, provider: Provider
) -> None:
    checkout = deaf_shop.order()
    payment = last_payment(checkout.order)
    assert payment.state == "pending"
    assert payment.url == checkout.payment_info["url"]
    wire = provider.payment(payment.provider_reference)
    assert (wire["amount"], wire["currency"]) == (12000, "EUR")
    assert wire["reference"] == str(payment.pk)


@pytest.mark.parametrize(
    ("price", "minor_units"),
    [
        (Money(15000, "JPY"), 15000),
        (Money("12.345", "KWD"), 12345),
        (Money("0.50", "GBP"), 50),
    ],
)
def test_a_price_is_charged_in_the_minor_units_of_its_currency(
    shop: Shop, provider: Provider, price: Money, minor_units: int
) -> None:
    shop.product = ProductFactory(price=price)
    checkout = shop.order()
    payment = last_payment(checkout.order)
    assert provider.payment(payment.provider_reference)["amount"] == minor_units
    provider.pay(payment.url)
    provider.deliver()
    invoice = fresh(checkout.order).proforma_invoices.get()
    assert (invoice.state, invoice.transactions.get().total) == ("paid", price)


def test_a_free_product_is_validated_without_a_payment(deaf_shop: Shop) -> None:
    deaf_shop.product = ProductFactory(price=Money(0, "EUR"))
    checkout = deaf_shop.order()
    assert fresh(checkout.order).state == "validated"
    assert checkout.payment_info is None
    assert not Payment.objects.exists()


def test_what_was_bought_is_not_sold_again(shop: Shop, provider: Provider) -> None:
    provider.pay(shop.order().payment_info["url"])
    provider.deliver()
    with pytest.raises(OrderAlreadyBought):
        shop.order()
    assert Payment.objects.count() == 1


def test_buying_again_what_is_pending_aborts_the_open_attempt(
    deaf_shop: Shop, provider: Provider
) -> None:
    first = deaf_shop.order()
    second = deaf_shop.order()
    assert second.order == first.order
    states = Payment.objects.order_by("created_on").values_list("state", flat=True)
    assert list(states) == ["canceled", "pending"]
    assert provider.payment(first.payment_info["payment_id"])["status"] == "canceled"


def test_a_declined_order_is_paid_by_another_attempt(shop: Shop, provider: Provider) -> None:
    checkout = shop.order()
    provider.pay(checkout.payment_info["url"], card="insufficient_funds")
    provider.deliver()
    order = fresh(checkout.order)
    assert order.state == "failed"
    assert last_payment(order).failure_code == "insufficient_funds"
    retry = shop.pay(order)
    assert fresh(order).state == "pending"
    provider.pay(retry.payment_info["url"])
    provider.deliver()
    assert fresh(order).state == "validated"


def test_a_price_that_changed_makes_a_new_order(deaf_shop: Shop) -> None:
    old = deaf_shop.order().order
    deaf_shop.product.price = Money("99.00", "EUR")
    deaf_shop.product.save()
    new = deaf_shop.order().order
    assert fresh(old).state == "canceled"
    assert new.pk != old.pk
    assert new.total == Money("99.00", "EUR")


def test_a_seller_that_changed_makes_a_new_order(deaf_shop: Shop) -> None:
    old = deaf_shop.order().order
    seller = OrganizationFactory()
    deaf_shop.product.organizations.set([seller])
    new = deaf_shop.order().order
    assert fresh(old).state == "canceled"
    assert new.organization == seller


def test_the_least_loaded_seller_is_taken(deaf_shop: Shop) -> None:
    sellers = OrganizationFactory.create_batch(2)
    deaf_shop.product.organizations.set(sellers)
    other = Shop(deaf_shop.base_url, product=deaf_shop.product)
    assert {deaf_shop.order().order.organization, other.order().order.organization} == set(sellers)


def test_a_product_that_nobody_sells_is_refused(deaf_shop: Shop) -> None:
    deaf_shop.product.organizations.clear()
    with pytest.raises(NotSoldHere):
        deaf_shop.order()
    assert not Order.objects.exists()


@pytest.mark.parametrize("flag", ["short", "wrong_currency"])
def test_money_that_does_not_match_blocks_further_attempts(
    shop: Shop, provider: Provider, flag: str
) -> None:
    checkout = shop.order()
    reference = checkout.payment_info["payment_id"]
    overrides = {"amount": 100} if flag == "short" else {"currency": "USD"}
    provider.settle(reference, status="succeeded", overrides=overrides)
    provider.deliver()
    order = fresh(checkout.order)
    assert last_payment(order).flag == flag
    assert order.state == "pending"
    assert order.proforma_invoices.get().state == "unpaid"
    with pytest.raises(OrderUnderReview):
        shop.pay(order)


def test_a_canceled_order_takes_no_further_attempt(deaf_shop: Shop) -> None:
    order = deaf_shop.order().order
    order.cancel()
    order.save()
    with pytest.raises(OrderNotPayable):
        deaf_shop.pay(order)


def test_a_learner_with_too_many_declines_has_to_wait(deaf_shop: Shop, settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "MAX_DECLINES_PER_HOUR": 3}
    order = deaf_shop.order().order
    declined = {"state": "failed", "failure_code": "declined", "settled_at": timezone.now()}
    PaymentFactory.create_batch(2, order=order, **declined)
    PaymentFactory(order=order, **{**declined, "failure_code": "provider_error"})
    deaf_shop.pay(order)
    PaymentFactory(order=order, **declined)
    with pytest.raises(TooManyDeclines):
        deaf_shop.pay(order)


@pytest.mark.parametrize("alias", ["unknown", "../dummy"])
def test_a_payment_method_that_is_not_offered_is_refused(deaf_shop: Shop, alias: str) -> None:
    with pytest.raises(PaymentMethodUnusable) as refusal:
        deaf_shop.order(payment_method=alias)
    assert refusal.value.field == "payment_method"
    assert not Order.objects.exists()


def test_the_dummy_is_refused_where_money_counts(deaf_shop: Shop, settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "ALLOW_DUMMY": False}
    with pytest.raises(PaymentMethodUnusable):
        deaf_shop.order()
    assert not Order.objects.exists()


def test_buying_inside_a_transaction_is_a_bug_that_shows(deaf_shop: Shop) -> None:
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        deaf_shop.order()
    assert not Order.objects.exists()


def test_the_payment_page_speaks_the_language_of_the_order(shop: Shop, provider: Provider) -> None:
    shop.product = ProductFactory(title="Botany", title_fr="Botanique")
    order = place_order(
        owner=shop.owner,
        course=shop.product.courses.get(),
        product=shop.product,
        language="fr",
        payment=shop.request(),
    ).order
    seen = provider.payment(last_payment(order).provider_reference)
    assert seen["description"] == "Botanique"
