"""Our backend against localstripe, which nobody here wrote."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.test import Client
from localstripe_peer import KEY, WEBHOOK_SECRET, run_localstripe
from pytest_django import Settings
from tests.emulators.receiver import Receiver, run_receiver
from tests.shop import Shop, last_payment

from joanie.core.models import Order
from joanie.payment.backends.registry import build_backend
from joanie.payment.exceptions import CreatePaymentFailed
from joanie.payment.factories import CreditCardFactory
from joanie.payment.models import CreditCard
from joanie.payment.services.pull import pull_payment
from joanie.payment.services.refunds import refund_payment, submit_refund

NOTIFICATIONS = "/api/v1.0/payments/notifications/stripe/"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with run_localstripe() as url:
        yield url


class Peer:
    """What Stripe's library in the browser, and the merchant by hand, ask of localstripe."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False
        )

    def post(self, path: str, **form: Any) -> dict[str, Any]:
        response = self.http.post(path, data=form)
        assert response.is_success, response.text
        content: dict[str, Any] = response.json()
        return content

    def attach(self, number: str) -> tuple[str, str]:
        """Save a card for a new customer."""
        customer = self.post("/v1/customers")["id"]
        details = {"number": number, "exp_month": "12", "exp_year": "2031", "cvc": "123"}
        form = {f"card[{name}]": value for name, value in details.items()}
        method = self.post("/v1/payment_methods", type="card", **form)["id"]
        self.post(f"/v1/payment_methods/{method}/attach", customer=customer)
        return method, customer

    def answer_challenge(self, intent: str, client_secret: str, *, success: bool) -> None:
        form = {"client_secret": client_secret, "success": str(success).lower()}
        self.http.post(f"/v1/payment_intents/{intent}/_authenticate", data=form)


@pytest.fixture
def peer(server: str) -> Iterator[Peer]:
    peer = Peer(server)
    with peer.http:
        peer.http.delete("/_config/data")
        yield peer


@pytest.fixture
def shop(server: str, settings: Settings, transactional_db: None) -> Shop:
    configuration = {
        "base_url": server,
        "secret_key": KEY,
        "publishable_key": "pk_test_12345",
        "webhook_secret": WEBHOOK_SECRET,
    }
    backend = "localstripe_peer.LocalStripeBackend"
    entry = {"backend": backend, "configuration": configuration}
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": {"stripe": entry}}
    return Shop("http://127.0.0.1:9")


def card_of(shop: Shop, peer: Peer, number: str = "4242424242424242") -> CreditCard:
    token, customer = peer.attach(number)
    card: CreditCard = CreditCardFactory(
        owner=shop.owner, backend="stripe", token=token, provider_customer=customer
    )
    return card


def test_a_payment_is_created_and_aborted(shop: Shop, peer: Peer) -> None:
    info = shop.order(payment_method="stripe").payment_info
    assert info is not None
    assert set(info["client"]) == {"publishable_key", "client_secret"}
    again = shop.pay(Order.objects.get(), payment_method="stripe").payment_info
    assert again is not None
    first = peer.http.get(f"/v1/payment_intents/{info['payment_id']}").json()
    assert (first["status"], again["payment_id"] != info["payment_id"]) == ("canceled", True)


def test_an_attached_card_is_charged_in_one_click(shop: Shop, peer: Peer) -> None:
    info = shop.one_click(card_of(shop, peer)).payment_info
    assert info is not None
    assert info["is_paid"]
    assert Order.objects.get().state == "validated"


def test_a_decline_fails_the_attempt(shop: Shop, peer: Peer) -> None:
    with pytest.raises(CreatePaymentFailed) as refused:
        shop.one_click(card_of(shop, peer, "4000000000000341"))
    assert refused.value.context["failure_code"] == "declined"
    assert Order.objects.get().state == "failed"


@pytest.mark.parametrize(("success", "state"), [(True, "validated"), (False, "failed")])
def test_the_bank_is_asked_while_the_learner_is_there(
    shop: Shop, peer: Peer, success: bool, state: str
) -> None:
    info = shop.one_click(card_of(shop, peer, "4000002760003184")).payment_info
    assert info is not None
    assert (info["is_paid"], info["url"]) == (False, "")
    secret = info["client"]["client_secret"]
    peer.answer_challenge(info["payment_id"], secret, success=success)
    pull_payment(last_payment(Order.objects.get()))
    assert Order.objects.get().state == state


def test_a_refund_is_booked_from_its_answer(shop: Shop, peer: Peer) -> None:
    shop.one_click(card_of(shop, peer))
    payment = last_payment(Order.objects.get())
    refund = refund_payment(payment=payment, amount=payment.amount, reason="Asked")
    assert submit_refund(refund.pk).state == "succeeded"
    assert Order.objects.get().state == "refunded"


def test_a_card_is_forgotten(shop: Shop, peer: Peer) -> None:
    card = card_of(shop, peer)
    build_backend("stripe").delete_credit_card(card)
    assert peer.http.get(f"/v1/payment_methods/{card.token}").json()["customer"] is None


@pytest.fixture
def receiver(peer: Peer) -> Iterator[Receiver]:
    with run_receiver() as receiver:
        form = {"url": receiver.url, "secret": WEBHOOK_SECRET}
        assert peer.http.post("/_config/webhooks/w1", data=form).is_success
        yield receiver


def deliver(receiver: Receiver, kind: str, intent: str) -> int:
    """Give us an event about an intent as it came, raw and signed; give the status of our answer.

    It is sent a second late, so those of the tests before may come as well.
    """
    for count in range(1, 50):
        received = receiver.wait_for(count)[count - 1]
        if received.type == kind and received.event["data"]["object"]["id"] == intent:
            break
    headers = {"Stripe-Signature": received.headers["Stripe-Signature"]}
    answer = Client(headers=headers).post(
        NOTIFICATIONS, received.body, content_type="application/json"
    )
    return answer.status_code


def test_its_signed_events_are_booked(shop: Shop, peer: Peer, receiver: Receiver) -> None:
    info = shop.one_click(card_of(shop, peer, "4000002760003184")).payment_info
    assert info is not None
    peer.answer_challenge(info["payment_id"], info["client"]["client_secret"], success=True)
    assert deliver(receiver, "payment_intent.succeeded", info["payment_id"]) == 200
    assert Order.objects.get().state == "validated"


def test_its_signed_declines_are_booked(shop: Shop, peer: Peer, receiver: Receiver) -> None:
    info = shop.one_click(card_of(shop, peer, "4000008260003178")).payment_info
    assert info is not None
    peer.answer_challenge(info["payment_id"], info["client"]["client_secret"], success=True)
    assert deliver(receiver, "payment_intent.payment_failed", info["payment_id"]) == 200
    assert Order.objects.get().state == "failed"
