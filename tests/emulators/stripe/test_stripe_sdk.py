"""Stripe's own library drives the emulator, and verifies what the emulator sends."""

import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stripe
from tests.emulators.receiver import Received, Receiver, run_receiver

from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.serving import run_emulator
from joanie.emulators.stripe import create_app
from joanie.emulators.stripe.credentials import secret_key, webhook_secret

ACCOUNT = Account(1, "the-secret-of-a-merchant")
RETURN_URL = "https://shop.example.org/back"
PRICE = {"currency": "eur", "unit_amount": 1990, "product_data": {"name": "Course"}}


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with run_emulator(create_app([ACCOUNT.secret], retry_base=0.02)) as base_url:
        yield base_url


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with run_receiver() as receiver:
        yield receiver


@pytest.fixture
def client(
    base_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[stripe.StripeClient]:
    """Give the library, with the account's key; it is not to tell anybody of itself."""
    for name in ("stripe", "urllib3"):
        caplog.set_level(logging.WARNING, logger=name)  # they log what they receive
    monkeypatch.setattr(stripe, "enable_telemetry", False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with httpx.Client(trust_env=False) as http:
        yield stripe.StripeClient(
            secret_key(ACCOUNT),
            base_addresses={"api": base_url},
            http_client=stripe.RequestsClient(timeout=10),
        )
        headers = {"Authorization": f"Bearer {ACCOUNT.secret}"}
        http.delete(f"{base_url}/control/state", headers=headers)


def pay(url: str, card: str = "pm_card_visa") -> httpx.Response:
    return httpx.post(url, data={"card": card}, trust_env=False)


def create_session(client: stripe.StripeClient, **changes: Any) -> Any:
    return client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"quantity": 1, "price_data": PRICE}],
            "success_url": RETURN_URL,
            "metadata": {"order": "7"},
            "payment_intent_data": {"metadata": {"order": "7"}},
            **changes,
        }
    )


def charge(client: stripe.StripeClient, card: str = "pm_card_visa", **changes: Any) -> Any:
    return client.v1.payment_intents.create(
        {
            "amount": 1990,
            "currency": "eur",
            "payment_method": card,
            "confirm": True,
            "return_url": RETURN_URL,
            **changes,
        }
    )


def test_a_session_is_paid_on_its_page(client: stripe.StripeClient) -> None:
    session = create_session(client)
    assert (session.status, session.payment_status, session.payment_intent) == (
        "open",
        "unpaid",
        None,
    )
    assert pay(session.url).headers["location"] == RETURN_URL
    paid = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge"]}
    )
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert paid.payment_intent.latest_charge.paid
    assert paid.payment_intent.metadata["order"] == "7"


def test_a_decline_leaves_the_page_open(client: stripe.StripeClient) -> None:
    session = create_session(client)
    pay(session.url, "pm_card_visa_chargeDeclinedInsufficientFunds")
    seen = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert seen.status == "open"
    assert seen.payment_intent.last_payment_error.decline_code == "insufficient_funds"
    pay(session.url)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_a_session_expires_once(client: stripe.StripeClient) -> None:
    session = create_session(client)
    assert client.v1.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.expire(session.id)


def test_a_card_is_charged_at_once(client: stripe.StripeClient) -> None:
    intent = charge(client)
    assert (intent.status, intent.amount_received) == ("succeeded", 1990)


def test_a_decline_is_an_error_with_the_intent_in_it(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as declined:
        charge(client, "pm_card_visa_chargeDeclined")
    assert (declined.value.code, declined.value.error.decline_code) == (
        "card_declined",
        "generic_decline",
    )
    assert declined.value.error.payment_intent.status == "requires_payment_method"


def test_three_d_secure_leads_to_the_bank(client: stripe.StripeClient) -> None:
    intent = charge(client, "pm_card_authenticationRequired")
    assert intent.status == "requires_action"
    httpx.post(intent.next_action.redirect_to_url.url, data={"action": "confirm"}, trust_env=False)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_an_intent_is_confirmed_or_canceled(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 500, "currency": "jpy"})
    confirmed = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert confirmed.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.cancel(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_refunds_add_up_to_what_was_paid(client: stripe.StripeClient) -> None:
    intent = charge(client)
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 990})
    assert (refund.status, refund.amount) == ("succeeded", 990)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 1001})
    client.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_already_refunded"


def test_a_card_is_saved_charged_and_forgotten(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"metadata": {"learner": "1"}}).id
    saved = charge(client, customer=customer, setup_future_usage="on_session").payment_method
    assert charge(client, saved, customer=customer).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError):
        charge(client, saved)
    client.v1.payment_methods.detach(saved)
    with pytest.raises(stripe.InvalidRequestError) as gone:
        client.v1.payment_methods.detach(saved)
    assert gone.value.code == "resource_missing"


def test_a_customer_who_was_deleted_is_unknown(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({}).id
    saved = charge(client, customer=customer, setup_future_usage="on_session").payment_method
    assert client.v1.customers.delete(customer).deleted
    for call in (client.v1.customers.delete, client.v1.customers.retrieve):
        with pytest.raises(stripe.InvalidRequestError):
            call(customer)
    with pytest.raises(stripe.InvalidRequestError) as gone:
        charge(client, saved, customer=customer)
    assert (gone.value.code, gone.value.param) == ("resource_missing", "customer")


def test_the_same_key_is_the_same_payment(client: stripe.StripeClient) -> None:
    body = {"amount": 1990, "currency": "eur"}
    options: Any = {"idempotency_key": "attempt-1"}
    first = client.v1.payment_intents.create(body, options)
    assert client.v1.payment_intents.create(body, options).id == first.id
    with pytest.raises(stripe.IdempotencyError):
        client.v1.payment_intents.create({**body, "amount": 1}, options)


def test_pages_of_a_list_follow_each_other(client: stripe.StripeClient) -> None:
    made = [charge(client).id for _ in range(3)]
    listed = client.v1.payment_intents.list({"limit": 2})
    assert [each.id for each in listed.auto_paging_iter()] == made[::-1]


def test_a_misspelt_parameter_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        create_session(client, sucess_url=RETURN_URL)
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "sucess_url")


def test_types_of_payment_methods_are_not_taken_any_more(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        create_session(client, payment_method_types=["card"])
    assert refused.value.code == "payment_method_types_no_longer_supported"


def test_an_unknown_key_is_refused(base_url: str) -> None:
    stranger = stripe.StripeClient(
        "sk_test_nobody",
        base_addresses={"api": base_url},
        http_client=stripe.RequestsClient(timeout=10),
    )
    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.customers.create({})


def events(receiver: Receiver, count: int) -> list[stripe.Event]:
    """Give what was received, as the library verifies it."""
    return [verify(each) for each in receiver.wait_for(count)]


def verify(received: Received) -> stripe.Event:
    signature = received.headers["Stripe-Signature"]
    return stripe.Webhook.construct_event(received.body, signature, webhook_secret(ACCOUNT))


def test_events_are_signed_as_the_library_wants(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    endpoint = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    assert endpoint.secret == webhook_secret(ACCOUNT)
    pay(create_session(client).url)
    told = events(receiver, 2)
    assert {event.type for event in told} == {
        "checkout.session.completed",
        "payment_intent.succeeded",
    }
    assert {event.livemode for event in told} == {False}


def test_a_session_that_expires_is_told_of(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    client.v1.checkout.sessions.expire(create_session(client).id)
    assert [event.type for event in events(receiver, 1)] == ["checkout.session.expired"]
