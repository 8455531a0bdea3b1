"""What Stripe's words mean to us."""

import pytest
from wires import ATTEMPT, card, intent, refused, session

from joanie.common.exceptions import ProviderProtocolError
from joanie.common.money import Money
from joanie.payment.backends.stripe.mapping import (
    DISPUTE_STATES,
    read_payment,
    read_refund,
    write_locale,
)
from joanie.payment.backends.types import DisputeState


def open_session(intent: object = None) -> dict[str, object]:
    return session(status="open", payment_status="unpaid", payment_intent=intent, url="https://x")


def test_a_session_that_is_paid_is_the_money_that_came() -> None:
    found = read_payment(session(payment_intent=intent(amount_received=1500)))
    assert (found.reference, found.state, found.amount) == (
        "cs_test_1",
        "succeeded",
        Money("15", "EUR"),
    )
    assert str(found.attempt_id) == ATTEMPT
    assert found.card == {"brand": "Visa", "last_numbers": "4242"}


@pytest.mark.parametrize(
    ("wire", "state"),
    [
        (open_session(), "pending"),
        (open_session(intent(status="requires_action")), "pending"),
        (open_session(refused()), "failed"),
        (open_session(intent(status="processing")), "processing"),
        (
            session(payment_status="unpaid", payment_intent=intent(status="processing")),
            "processing",
        ),
        (session(payment_status="unpaid", payment_intent=refused()), "failed"),
        (session(status="expired", payment_status="unpaid", payment_intent=None), "expired"),
        (session(status="expired", payment_status="unpaid", payment_intent=refused()), "expired"),
        (intent(status="requires_payment_method"), "pending"),
        (intent(status="requires_confirmation"), "pending"),
        (intent(status="canceled"), "canceled"),
        (refused(), "failed"),
    ],
)
def test_how_a_payment_stands(wire: dict[str, object], state: str) -> None:
    assert read_payment(wire).state == state


@pytest.mark.parametrize(
    "wire",
    [
        session(status="teleported"),
        session(payment_status="no_payment_required"),
        session(payment_status="teleported"),
        intent(status="teleported"),
        intent(status="requires_capture"),
        intent(amount_received=0),
        intent(id=""),
        {"object": "charge", "id": "ch_1"},
        {},
    ],
)
def test_a_word_that_nobody_knows_is_never_unpaid(wire: dict[str, object]) -> None:
    with pytest.raises(ProviderProtocolError):
        read_payment(wire)


@pytest.mark.parametrize(
    ("code", "decline_code", "ours"),
    [
        ("card_declined", "generic_decline", "declined"),
        ("card_declined", "insufficient_funds", "insufficient_funds"),
        ("card_declined", "lost_card", "lost_or_stolen"),
        ("card_declined", "stolen_card", "lost_or_stolen"),
        ("card_declined", "fraudulent", "fraud_suspected"),
        ("card_declined", "card_velocity_exceeded", "limit_exceeded"),
        ("card_declined", "invented_by_a_bank", "declined"),
        ("expired_card", "expired_card", "expired_card"),
        ("incorrect_cvc", None, "incorrect_data"),
        ("processing_error", None, "processing_error"),
        ("authentication_required", "authentication_required", "authentication_required"),
        ("payment_intent_authentication_failure", None, "authentication_failed"),
        ("payment_method_customer_decline", None, "canceled"),
        ("payment_intent_payment_attempt_expired", None, "expired"),
        ("invented_by_stripe", None, "declined"),
    ],
)
def test_why_a_payment_failed(code: str, decline_code: str | None, ours: str) -> None:
    assert read_payment(refused(code, decline_code)).failure_code == ours


def test_a_card_is_saved_when_it_was_asked_for_and_a_customer_has_it() -> None:
    saved = read_payment(intent(setup_future_usage="on_session")).saved_card
    assert saved is not None
    assert (saved["token"], saved["provider_customer"]) == ("pm_1", "cus_1")
    assert read_payment(intent()).saved_card is None
    detached = intent(setup_future_usage="on_session", payment_method=card(customer=None))
    assert read_payment(detached).saved_card is None


def test_what_is_no_card_is_a_payment_all_the_same() -> None:
    direct_debit = {"id": "pm_1", "customer": "cus_1", "type": "sepa_debit", "sepa_debit": {}}
    found = read_payment(intent(setup_future_usage="on_session", payment_method=direct_debit))
    assert (found.state, found.card, found.saved_card) == ("succeeded", None, None)


def test_the_bank_is_where_the_intent_says() -> None:
    action = {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.example"}}
    found = read_payment(intent(status="requires_action", next_action=action))
    assert (found.state, found.url) == ("pending", "https://bank.example")


def test_an_inquiry_is_no_dispute() -> None:
    disputes = [
        {"id": f"du_{status}", "status": status, "amount": 1990, "currency": "eur"}
        for status in DISPUTE_STATES
    ]
    found = {
        each.reference: each.state for each in read_payment(intent(), disputes=disputes).disputes
    }
    assert "du_warning_closed" not in found
    assert found["du_needs_response"] == DisputeState.OPEN
    assert found["du_prevented"] == DisputeState.WON
    assert found["du_lost"] == DisputeState.LOST


@pytest.mark.parametrize(
    ("status", "state"),
    [("pending", "pending"), ("requires_action", "pending"), ("canceled", "failed")],
)
def test_how_a_refund_stands(status: str, state: str) -> None:
    wire = {"id": "re_1", "status": status, "amount": 10, "currency": "eur"}
    assert read_refund(wire).state == state


@pytest.mark.parametrize(
    ("language", "locale"),
    [("en", "en"), ("fr-fr", "fr"), ("fr-ca", "fr-CA"), ("pt_BR", "pt-BR"), ("tlh", "auto")],
)
def test_the_page_speaks_the_learners_language(language: str, locale: str) -> None:
    assert write_locale(language) == locale
