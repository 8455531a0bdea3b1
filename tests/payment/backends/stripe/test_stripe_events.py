"""What is made of an event: its word is never taken, only what it is about."""

import json
import logging
import time
from typing import Any

import pytest
from django.test import Client, override_settings
from pytest_django import Settings
from stripe_dashboard import expire_page
from tests.shop import Shop, last_payment

from joanie.core.models import Order
from joanie.emulators.stripe.credentials import webhook_secret
from joanie.emulators.stripe.events import sign
from joanie.payment.backends.stripe.harness import Harness
from joanie.payment.conformance.harness import Card
from joanie.payment.models import CreditCard, Payment, PaymentNotification, Refund
from joanie.payment.services.card_setup import CardSetupRequest, start_card_setup

NOTIFICATIONS = "/api/v1.0/payments/notifications/stripe/"


def tell(stripe: Harness, kind: str, about: Any, **changes: Any) -> str:
    """Say something as Stripe would, and give what became of it."""
    event = {
        "id": f"evt_{kind}",
        "object": "event",
        "type": kind,
        "livemode": False,
        "data": {"object": about},
        **changes,
    }
    body = json.dumps(event).encode()
    signature = sign(webhook_secret(stripe.account(0)), body, int(time.time()))
    answer = Client(headers={"Stripe-Signature": signature}).post(
        NOTIFICATIONS, body, content_type="application/json"
    )
    assert answer.status_code in {200, 202}
    return str(PaymentNotification.objects.latest("created_on").state)


def buy(shop: Shop, stripe: Harness, card: Card = Card.GOOD, **changes: Any) -> Payment:
    checkout = shop.order(**changes)
    assert checkout.payment_info is not None
    stripe.pay(checkout.payment_info, card)  # type: ignore[arg-type]
    stripe.deliver()
    return last_payment(checkout.order)


def intent_of(stripe: Harness, payment: Payment) -> str:
    return str(stripe.find(payment.provider_reference).extra["intent"])


def test_both_events_of_a_payment_are_booked_once(shop: Shop, stripe: Harness) -> None:
    payment = buy(shop, stripe)
    assert (payment.state, Order.objects.get().state) == ("succeeded", "validated")
    assert payment.provider_reference.startswith("cs_")
    states = PaymentNotification.objects.values_list("state", flat=True)
    assert list(states) == ["processed", "processed"]


def test_a_decline_is_not_final(shop: Shop, stripe: Harness) -> None:
    payment = buy(shop, stripe, Card.NO_FUNDS)
    assert (payment.state, payment.failure_code) == ("failed", "insufficient_funds")
    stripe.pay({"url": payment.url}, Card.GOOD)  # type: ignore[typeddict-item]
    stripe.deliver()
    assert Payment.objects.get().state == "succeeded"
    assert Order.objects.get().state == "validated"


def test_an_event_before_the_answer_finds_its_attempt(shop: Shop, stripe: Harness) -> None:
    stripe.hold()
    payment = buy(shop, stripe)
    reference, intent = payment.provider_reference, intent_of(stripe, payment)
    Payment.objects.update(provider_reference="")
    name = {"backend": "stripe", "attempt": str(payment.pk), "via": "checkout"}
    about = {"id": intent, "object": "payment_intent", "metadata": name}
    assert tell(stripe, "payment_intent.succeeded", about) == "processed"
    paid = Payment.objects.get()
    assert (paid.state, paid.provider_reference) == ("succeeded", reference)


def test_what_an_event_says_is_not_believed(shop: Shop, stripe: Harness) -> None:
    shop.order()
    payment = Payment.objects.get()
    name = {"backend": "stripe", "attempt": str(payment.pk)}
    about = {
        "id": payment.provider_reference,
        "object": "checkout.session",
        "metadata": name,
        "status": "complete",
        "payment_status": "paid",
    }
    assert tell(stripe, "checkout.session.completed", about) == "processed"
    assert Payment.objects.get().state == "pending"


def test_an_event_of_the_other_mode_is_logged_and_left_alone(
    shop: Shop, stripe: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    shop.order()
    calls = stripe.count_calls()
    about = {"id": Payment.objects.get().provider_reference, "object": "checkout.session"}
    with caplog.at_level(logging.ERROR):
        assert tell(stripe, "checkout.session.completed", about, livemode=True) == "ignored"
    assert "other mode" in caplog.text
    assert stripe.count_calls() == calls


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("invoice.paid", {"id": "in_1", "object": "invoice"}),
        ("v2.core.event", None),
        ("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent"}),
        ("charge.refunded", {"id": "ch_1", "object": "charge"}),
        (
            "payment_intent.succeeded",
            {"id": "pi_1", "object": "payment_intent", "metadata": {"backend": "another"}},
        ),
        ("payment_method.detached", {"id": "pm_1", "object": "payment_method"}),
        ("payment_method.updated", {"id": "pm_1", "object": "payment_method"}),
    ],
)
def test_what_does_not_concern_us_is_kept_and_ignored(
    stripe: Harness, kind: str, about: Any
) -> None:
    calls = stripe.count_calls()
    assert tell(stripe, kind, about) == "ignored"
    assert stripe.count_calls() == calls


@pytest.mark.parametrize("about", [None, "pi_1", {"object": 1}, {"object": "payment_intent"}])
def test_an_event_about_nothing_is_kept_and_tried_again(stripe: Harness, about: Any) -> None:
    assert tell(stripe, "payment_intent.succeeded", about) == "failed"


def test_a_refund_from_the_dashboard_finds_its_payment(shop: Shop, stripe: Harness) -> None:
    payment = buy(shop, stripe)
    stripe.refund(payment.provider_reference, 1000)
    stripe.deliver()
    refund = Refund.objects.get()
    assert (refund.state, refund.origin, refund.amount.amount) == ("succeeded", "provider", 10)


def test_an_inquiry_moves_no_money(shop: Shop, stripe: Harness) -> None:
    payment = buy(shop, stripe)
    played = stripe.find(payment.provider_reference)
    key = stripe.account(0).secret
    answer = stripe.http.post(
        f"{stripe.base_url}/control/payments/{played.id}/act",
        json={"action": "inquiry"},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.is_success
    stripe.deliver()
    assert not Refund.objects.exists()
    assert Order.objects.get().state == "validated"


@pytest.fixture
def card(shop: Shop, stripe: Harness) -> CreditCard:
    buy(shop, stripe, save_card=True)
    return CreditCard.objects.get()


def test_a_card_that_stripe_let_go_is_revoked(card: CreditCard, stripe: Harness) -> None:
    about = {"id": card.token, "object": "payment_method"}
    assert tell(stripe, "payment_method.detached", about) == "processed"
    assert CreditCard.objects.get().state == "revoked"


def test_the_cards_of_a_customer_that_is_gone_are_revoked(
    card: CreditCard, stripe: Harness
) -> None:
    about = {"id": card.provider_customer, "object": "customer"}
    assert tell(stripe, "customer.deleted", about) == "processed"
    assert CreditCard.objects.get().state == "revoked"


def test_a_card_that_the_bank_renewed_is_renewed(card: CreditCard, stripe: Harness) -> None:
    CreditCard.objects.update(expiration_year=2001)
    about = {"id": card.token, "object": "payment_method"}
    assert tell(stripe, "payment_method.automatically_updated", about) == "processed"
    assert CreditCard.objects.get().expiration_year > 2001


def test_a_card_is_saved_without_buying(shop: Shop, stripe: Harness) -> None:
    request = CardSetupRequest(base_url=shop.base_url, language="fr", payment_method="stripe")
    started = start_card_setup(owner=shop.owner, request=request)
    stripe.save_card(started, Card.GOOD)
    stripe.deliver()
    card = CreditCard.objects.get()
    assert (card.owner, card.brand, card.last_numbers) == (shop.owner, "Visa", "4242")
    assert stripe.has_card(card.token)


def test_the_learner_of_another_site_is_not_ours(
    shop: Shop, stripe: Harness, settings: Settings
) -> None:
    """Both have the account and the alias, and a learner of the same id."""
    request = CardSetupRequest(base_url=shop.base_url, language="en", payment_method="stripe")
    with override_settings(SECRET_KEY="the other site's"):
        started = start_card_setup(owner=shop.owner, request=request)
    stripe.save_card(started, Card.GOOD)
    stripe.deliver()
    assert not CreditCard.objects.exists()
    assert set(PaymentNotification.objects.values_list("state", flat=True)) == {"ignored"}


def test_a_learner_is_known_by_a_name_from_before_the_secret_was_changed(
    shop: Shop, stripe: Harness, settings: Settings
) -> None:
    request = CardSetupRequest(base_url=shop.base_url, language="en", payment_method="stripe")
    with override_settings(SECRET_KEY="until today"):
        started = start_card_setup(owner=shop.owner, request=request)
    settings.SECRET_KEY_FALLBACKS = ["until today"]
    stripe.save_card(started, Card.GOOD)
    stripe.deliver()
    assert CreditCard.objects.get().owner == shop.owner


def test_a_page_that_nobody_saved_a_card_on_does_not_concern_us(
    shop: Shop, stripe: Harness
) -> None:
    request = CardSetupRequest(base_url=shop.base_url, language="en", payment_method="stripe")
    started = start_card_setup(owner=shop.owner, request=request)
    expire_page(stripe, started["url"].rpartition("/")[2])
    stripe.deliver()
    assert PaymentNotification.objects.get().state == "ignored"


def test_a_card_that_is_gone_again_is_not_saved(shop: Shop, stripe: Harness) -> None:
    request = CardSetupRequest(base_url=shop.base_url, language="en", payment_method="stripe")
    stripe.hold()
    stripe.save_card(start_card_setup(owner=shop.owner, request=request), Card.GOOD)
    (saved,) = stripe.state.saved_cards(stripe.account(0))
    stripe.drop_card(str(saved.token))
    stripe.let_go()
    assert not CreditCard.objects.exists()
