"""Paying in a form of Stripe's within our own page."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from stripe_dashboard import delete_customer
from tests.shop import Shop

from joanie.core.factories import ProductFactory
from joanie.core.models import Order
from joanie.payment.backends.learners import name_learner
from joanie.payment.backends.stripe.form.harness import Harness as FormHarness
from joanie.payment.backends.stripe.harness import Harness
from joanie.payment.conformance.harness import Card
from joanie.payment.models import CreditCard, Payment
from joanie.payment.services.abort import abort_order


@pytest.fixture
def form(stripe: Harness, live_server: LiveServer) -> Harness:
    stripe.notify_at(0, f"{live_server.url}/api/v1.0/payments/notifications/stripe_form/")
    return stripe


def order(shop: Shop, **changes: Any) -> Any:
    info = shop.order(payment_method="stripe_form", **changes).payment_info
    assert info is not None
    return info


def test_the_browser_gets_what_the_form_needs(shop: Shop, form: Harness) -> None:
    info = order(shop)
    assert (info["url"], info["payment_id"][:3]) == ("", "pi_")
    assert info["client"]["publishable_key"] == form.configuration()["publishable_key"]
    assert info["client"]["client_secret"].startswith(f"{info['payment_id']}_secret_")


def test_it_is_paid_and_told_of(shop: Shop, form: Harness) -> None:
    FormHarness.pay(form, order(shop), Card.GOOD)  # type: ignore[arg-type]
    form.deliver()
    assert (Payment.objects.get().state, Order.objects.get().state) == ("succeeded", "validated")


def test_a_card_is_saved_for_a_customer_made_before(shop: Shop, form: Harness) -> None:
    info = order(shop, save_card=True)
    (customer,) = form.state.notes.all("customer", form.account(0))
    assert customer["metadata"] == {
        "backend": "stripe_form",
        "learner": str(shop.owner.pk),
        "name": name_learner(shop.owner),
    }
    FormHarness.pay(form, info, Card.GOOD)  # type: ignore[arg-type]
    form.deliver()
    assert CreditCard.objects.get().provider_customer == customer["id"]


def test_two_attempts_of_a_learner_share_the_customer(shop: Shop, form: Harness) -> None:
    order(shop, save_card=True)
    order(shop, save_card=True)
    assert len(form.state.notes.all("customer", form.account(0))) == 1


@pytest.mark.parametrize("with_card", [True, False])
def test_a_customer_who_was_deleted_is_made_again(
    shop: Shop, form: Harness, with_card: bool
) -> None:
    """The key of the learner would give the deleted one for a day."""
    info = order(shop, save_card=True)
    if with_card:
        FormHarness.pay(form, info, Card.GOOD)  # type: ignore[arg-type]
        form.deliver()
    (deleted,) = form.state.notes.all("customer", form.account(0))
    delete_customer(form, deleted["id"])
    for _ in range(2):
        shop.product = ProductFactory()
        info = order(shop, save_card=True)
    assert not CreditCard.objects.active().exists()
    FormHarness.pay(form, info, Card.GOOD)  # type: ignore[arg-type]
    form.deliver()
    assert CreditCard.objects.active().get().provider_customer != deleted["id"]


def test_an_order_that_is_given_up_cannot_be_paid(shop: Shop, form: Harness) -> None:
    reference = order(shop)["payment_id"]
    abort_order(order=Order.objects.get())
    assert not form.can_be_paid(reference)


def test_the_publishable_key_is_public(shop: Shop, form: Harness, client: Client) -> None:
    methods = client.get("/api/v1.0/payment-methods/").json()["results"]
    told = {each["name"]: each["public"] for each in methods}
    assert told["stripe_form"] == {"publishable_key": form.configuration()["publishable_key"]}
