"""What Braintree sends: signed forms, and checks of our address."""

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import time_machine
from django.utils import timezone

from joanie.emulators.braintree.credentials import private_key, public_key
from joanie.emulators.braintree.events import sign, write_form, write_payload
from joanie.payment.backends.braintree.client import make_gateway
from joanie.payment.conformance.harness import Fault, Operation
from joanie.payment.conformance.shop import Shop
from joanie.payment.enums import NotificationState
from joanie.payment.models import CreditCard, NotificationRejection, PaymentNotification, Refund

CHALLENGE = "20f9f8ed05f77439fe955c977e4c8a53"


def send(shop: Shop, form: bytes) -> int:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url = shop.notification_url()
    response = httpx.post(url, content=form, headers=headers, trust_env=False)
    return response.status_code


def signed(shop: Shop, kind: str, subject: Any, **ago: float) -> bytes:
    account = shop.harness.account(0)
    payload = write_payload(kind, subject, timezone.now() - timedelta(**ago))
    return write_form(payload, f"{public_key(account)}|{sign(private_key(account), payload)}")


def sample(shop: Shop, kind: str, about: str) -> bytes:
    """Give what the official SDK makes for tests."""
    gateway = make_gateway(shop.harness.configuration())
    return urlencode(gateway.webhook_testing.sample_notification(kind, about)).encode()


def states() -> list[str]:
    rows = PaymentNotification.objects.order_by("created_on")
    return [*rows.values_list("state", flat=True)]


@pytest.mark.parametrize("kind", ["check", "dispute_opened", "transaction_settled"])
def test_a_sample_of_the_sdk_is_accepted_and_concerns_nobody(shop: Shop, kind: str) -> None:
    calls = shop.harness.count_calls()
    assert send(shop, sample(shop, kind, "x1")) == 200
    assert (states(), shop.harness.count_calls()) == ([NotificationState.IGNORED], calls)


def test_a_dispute_of_ours_is_read_again(shop: Shop) -> None:
    purchase = shop.buy()
    reference = shop.harness.dispute(purchase.reference)
    shop.harness.deliver()
    dispute = Refund.objects.get()
    assert (dispute.provider_reference, dispute.amount) == (reference, shop.price)
    assert states() == [NotificationState.PROCESSED]


def test_a_dispute_that_braintree_does_not_know_is_kept(shop: Shop) -> None:
    purchase = shop.buy()
    about = {"id": "d1", "transaction": {"id": purchase.reference, "order_id": ""}}
    assert send(shop, signed(shop, "dispute_opened", {"dispute": about})) == 202
    assert (states(), purchase.lines) == ([NotificationState.FAILED], [shop.price])


def test_what_may_be_ours_and_is_not_known_yet_is_kept(shop: Shop) -> None:
    about = {"id": "d1", "transaction": {"id": "t1", "order_id": str(uuid.uuid4())}}
    calls = shop.harness.count_calls()
    assert send(shop, signed(shop, "dispute_opened", {"dispute": about})) == 202
    assert (states(), shop.harness.count_calls()) == ([NotificationState.FAILED], calls)


def test_what_another_account_of_ours_sold_does_not_concern_this_one(shop: Shop) -> None:
    theirs = shop.buy(alias="second")
    about = {"id": theirs.reference, "order_id": str(theirs.payment.pk)}
    assert send(shop, signed(shop, "transaction_settled", {"transaction": about})) == 200
    assert states() == [NotificationState.IGNORED]


def test_the_same_news_twice_are_one_event(shop: Shop) -> None:
    form = sample(shop, "check", "x1")
    assert (send(shop, form), send(shop, form)) == (200, 200)
    (event_id,) = PaymentNotification.objects.values_list("event_id", flat=True)
    assert len(event_id) == 64


def test_news_of_yesterday_are_taken_and_older_ones_are_not(shop: Shop) -> None:
    assert send(shop, signed(shop, "check", {"check": True}, hours=24)) == 200
    assert send(shop, signed(shop, "check", {"check": True}, hours=26)) == 400
    assert send(shop, signed(shop, "check", {"check": True}, minutes=-6)) == 400
    assert NotificationRejection.objects.get().count == 2


def test_what_was_taken_in_time_can_be_replayed_later(shop: Shop) -> None:
    purchase = shop.buy()
    with shop.failing(Operation.RETRIEVE, Fault.SERVER_ERROR):
        shop.harness.dispute(purchase.reference)
        shop.harness.deliver()
    assert states() == [NotificationState.FAILED]
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=True):
        shop.try_inbox_again()
    assert purchase.lines == [shop.price, -shop.price]


def test_our_address_is_checked_with_a_challenge(shop: Shop) -> None:
    gateway = make_gateway(shop.harness.configuration())
    answer = httpx.get(
        shop.notification_url(), params={"bt_challenge": CHALLENGE}, trust_env=False
    )
    assert (answer.status_code, answer.text) == (
        200,
        gateway.webhook_notification.verify(CHALLENGE),
    )
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert states() == []


@pytest.mark.parametrize("challenge", ["", "<script>", "a" * 19])
def test_another_challenge_is_refused(shop: Shop, challenge: str) -> None:
    url, query = shop.notification_url(), {"bt_challenge": challenge}
    assert httpx.get(url, params=query, trust_env=False).status_code == 400


def test_a_challenge_that_we_signed_is_no_notification(shop: Shop) -> None:
    url, query = shop.notification_url(), {"bt_challenge": CHALLENGE}
    signature = httpx.get(url, params=query, trust_env=False).text
    form = urlencode({"bt_signature": signature, "bt_payload": CHALLENGE}).encode()
    assert send(shop, form) == 400
    assert states() == []


def test_a_body_of_another_kind_is_refused(shop: Shop) -> None:
    url = shop.notification_url()
    assert httpx.post(url, json={"bt_payload": 3}, trust_env=False).status_code == 400
    assert httpx.post(url, content=b"\xff", trust_env=False).status_code == 400


def test_a_card_that_its_owner_revoked_cannot_pay(shop: Shop) -> None:
    card = shop.save_card()
    subject = {"paypal-account": {"token": card.token}}
    assert send(shop, signed(shop, "payment_method_revoked_by_customer", subject)) == 200
    assert CreditCard.objects.get().state == "revoked"
