"""What is asked of Stripe, and what is kept from it."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings
from stripe_dashboard import delete_customer
from tests.shop import Shop, last_payment

from joanie.common.exceptions import ProviderRejected
from joanie.common.money import Money
from joanie.core.factories import ProductFactory
from joanie.core.models import Order
from joanie.emulators.kit.acquirer.records import Payment as Played
from joanie.payment.backends.registry import build_backend
from joanie.payment.backends.stripe.client import flatten
from joanie.payment.backends.stripe.harness import Harness
from joanie.payment.conformance.harness import Card
from joanie.payment.exceptions import PaymentMethodUnusable, RefundPaymentFailed
from joanie.payment.models import CreditCard, Payment
from joanie.payment.services.attempts import describe_attempt
from joanie.payment.services.card_setup import CardSetupRequest, start_card_setup
from joanie.payment.services.refunds import refund_payment, submit_refund


def order(shop: Shop, **changes: Any) -> dict[str, Any]:
    info = shop.order(**changes).payment_info
    assert info is not None
    return info


def played(stripe: Harness) -> Played:
    (payment,) = stripe.state.all_payments()
    return payment


def test_the_page_names_the_order_and_the_attempt(shop: Shop, stripe: Harness) -> None:
    info = order(shop)
    attempt = last_payment(Order.objects.get())
    session = played(stripe)
    name = {"backend": "stripe", "order": str(attempt.order_id), "attempt": str(attempt.pk)}
    assert session.reference == str(attempt.order_id)
    assert session.extra["session_metadata"] == name
    assert session.extra["metadata"] == {**name, "via": "checkout"}
    assert info["url"].endswith(f"/c/pay/{info['payment_id']}")


@pytest.mark.parametrize(("seconds", "open_for"), [(60, 35 * 60), (3600, 3600), (10**6, 86400)])
def test_the_page_closes_when_the_order_expires(
    shop: Shop, stripe: Harness, settings: Settings, seconds: int, open_for: int
) -> None:
    settings.JOANIE = {**settings.JOANIE, "ORDER_EXPIRES_AFTER": seconds}
    order(shop)
    session = played(stripe)
    assert session.extra["expires_at"] - session.created == pytest.approx(open_for, abs=5)


def test_a_card_is_saved_only_when_the_learner_agreed(shop: Shop, stripe: Harness) -> None:
    order(shop)
    order(Shop(shop.base_url), payment_method="stripe", save_card=True)
    assert [payment.saves_card for payment in stripe.state.all_payments()] == [False, True]


def test_a_learner_keeps_their_customer(shop: Shop, stripe: Harness) -> None:
    stripe.pay(order(shop, save_card=True), Card.GOOD)  # type: ignore[arg-type]
    stripe.deliver()
    (card,) = CreditCard.objects.all()
    shop.product = ProductFactory()
    order(shop, save_card=True)
    assert stripe.state.all_payments()[-1].page.customer == card.provider_customer


@pytest.fixture
def deleted(shop: Shop, stripe: Harness) -> CreditCard:
    """Give a card that is gone with its customer, without our having been told."""
    stripe.pay(order(shop, save_card=True), Card.GOOD)  # type: ignore[arg-type]
    stripe.deliver()
    card = CreditCard.objects.get()
    delete_customer(stripe, card.provider_customer)
    shop.product = ProductFactory()
    return card


def test_a_customer_who_was_deleted_pays_and_saves_a_card(
    shop: Shop, stripe: Harness, deleted: CreditCard
) -> None:
    info = order(shop, save_card=True)
    assert CreditCard.objects.get().state == "revoked"
    stripe.pay(info, Card.GOOD)  # type: ignore[arg-type]
    stripe.deliver()
    assert last_payment(Order.objects.latest("created_on")).state == "succeeded"
    assert CreditCard.objects.active().get().provider_customer != deleted.provider_customer


def test_a_customer_who_was_deleted_saves_a_card(
    shop: Shop, stripe: Harness, deleted: CreditCard
) -> None:
    request = CardSetupRequest(base_url=shop.base_url, language="en", payment_method="stripe")
    stripe.save_card(start_card_setup(owner=shop.owner, request=request), Card.GOOD)
    stripe.deliver()
    assert CreditCard.objects.active().get().provider_customer != deleted.provider_customer


def test_a_price_that_stripe_cannot_take_is_refused_before_anything_is_written(
    shop: Shop, stripe: Harness
) -> None:
    shop.product = ProductFactory(price=Money("1.005", "KWD"))
    calls = stripe.count_calls()
    with pytest.raises(PaymentMethodUnusable) as refused:
        shop.order()
    assert (refused.value.field, "1.005" in refused.value.message) == ("payment_method", True)
    assert (Order.objects.count(), stripe.count_calls()) == (0, calls)


def test_a_refund_that_stripe_cannot_make_is_refused(shop: Shop, stripe: Harness) -> None:
    shop.product = ProductFactory(price=Money("2.010", "KWD"))
    stripe.pay(order(shop), Card.GOOD)  # type: ignore[arg-type]
    stripe.deliver()
    payment = Payment.objects.get()
    refund = refund_payment(payment=payment, amount=Money("1.005", "KWD"), reason="Asked")
    assert submit_refund(refund.pk).state == "failed"


def test_nothing_is_refunded_of_a_page_that_nobody_paid_on(shop: Shop, stripe: Harness) -> None:
    reference = order(shop)["payment_id"]
    backend = build_backend("stripe")
    with pytest.raises(RefundPaymentFailed):
        backend.refund_payment(reference, Money(1, "EUR"), "a-key")


def test_a_wrong_version_is_our_fault(shop: Shop, settings: Settings) -> None:
    entry = settings.JOANIE["PAYMENT_BACKENDS"]["stripe"]
    entry["configuration"] = {**entry["configuration"], "api_version": "2017-08-15"}
    with pytest.raises(ProviderRejected):
        shop.order()


def test_each_request_is_logged_by_its_id_and_nothing_secret(
    shop: Shop, stripe: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="joanie.payment")
    order(shop)
    assert "Stripe answered 200 to request req_" in caplog.text
    assert not any(secret in caplog.text for secret in stripe.secrets())


def test_a_lost_creation_is_found_among_others(shop: Shop, stripe: Harness) -> None:
    order(shop)
    order(Shop(shop.base_url), payment_method="stripe")
    attempt = Payment.objects.earliest("created_on")
    found = build_backend("stripe").find_payment(describe_attempt(attempt))
    assert found.reference == attempt.provider_reference
    Payment.objects.filter(pk=attempt.pk).update(
        created_on=attempt.created_on - timedelta(hours=2)
    )
    assert (
        build_backend("stripe").find_payment(describe_attempt(Payment.objects.get(pk=attempt.pk)))
        is None
    )


def test_other_business_of_the_account_is_not_listed(shop: Shop, stripe: Harness) -> None:
    order(shop)
    order(Shop(shop.base_url), payment_method="stripe_form")
    since = Payment.objects.earliest("created_on").created_on - timedelta(minutes=1)
    (listed,) = build_backend("stripe").list_payments(since)
    assert listed.reference.startswith("cs_")


def test_forms_are_nested_as_stripe_reads_them() -> None:
    content = {"a": {"b": [{"c": True}, {"c": None}]}, "expand": ("x", "y"), "n": 1, "no": None}
    assert flatten(content) == {
        "a[b][0][c]": "true",
        "expand[0]": "x",
        "expand[1]": "y",
        "n": "1",
    }
