"""PayPlug's facts, read as states, codes and money."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.payment.backends.payplug.payplug_wire import (
    ATTEMPT,
    REFUND,
    failed,
    paid,
    payment,
    refund,
)

from joanie.common.exceptions import ProviderProtocolError
from joanie.common.money import Money
from joanie.payment.backends.payplug.mapping import describe_payment, read_payment, read_state
from joanie.payment.backends.types import Attempt, AttemptUrls

PENDING_METHOD = {"type": "oney_x3_with_fees", "is_pending": True}
SHOP = AttemptUrls("https://shop.example.org/n", "https://shop.example.org/r", "")


@pytest.mark.parametrize(
    ("wire", "state"),
    [
        (payment(), "pending"),
        (payment(authorization={"authorized_amount": 1, "authorized_at": None}), "pending"),
        (payment(payment_method=PENDING_METHOD), "processing"),
        (paid(payment_method=PENDING_METHOD), "processing"),
        (payment(payment_method="card_1"), "pending"),
        (paid(payment_method="card_1"), "succeeded"),
        (paid(), "succeeded"),
        (paid(amount_refunded=500), "succeeded"),
        (paid(amount_refunded=12000, is_refunded=True), "succeeded"),
        (failed("aborted"), "canceled"),
        (failed("timeout"), "expired"),
        (failed("card_declined"), "failed"),
        (failed("whatever comes next"), "failed"),
    ],
)
def test_a_state_is_derived(wire: dict[str, Any], state: str) -> None:
    assert read_state(wire) == state


@pytest.mark.parametrize(
    "facts",
    [
        {"is_paid": None},
        {"is_paid": "yes"},
        {"is_paid": True, "failure": {"code": "card_declined"}},
        {"failure": {}},
        {"failure": "card_declined"},
        {"authorization": {"authorized_at": 1795233401}},
    ],
)
def test_what_cannot_be_told_is_never_read_as_unpaid(facts: dict[str, Any]) -> None:
    with pytest.raises(ProviderProtocolError):
        read_state(payment(**facts))


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ("card_declined", "declined"),
        ("insufficient_funds", "insufficient_funds"),
        ("3ds_declined", "authentication_failed"),
        ("incorrect_number", "incorrect_data"),
        ("fraud_suspected", "fraud_suspected"),
        ("processing_error", "processing_error"),
        ("whatever comes next", "unknown"),
    ],
)
def test_a_failure_has_a_code_of_ours(code: str, ours: str) -> None:
    assert read_payment(failed(code)).failure_code == ours


def test_a_payment_that_is_still_to_be_made() -> None:
    found = read_payment(payment())
    assert found.reference == "pay_5iHMDxy4ABR4YBVW4UscIn"
    assert found.amount == Money("120.00", "EUR")
    assert found.url == "https://secure.payplug.com/pay/test/5iHMDxy4ABR4YBVW4UscIn"
    assert found.attempt_id == uuid.UUID(ATTEMPT)
    assert (found.card, found.saved_card, found.refunds) == (None, None, ())


def test_a_payment_that_was_made() -> None:
    found = read_payment(paid())
    assert found.card == {"brand": "Visa", "last_numbers": "4242"}
    assert found.url == ""
    assert found.changed_at == datetime.fromtimestamp(1795233401, UTC)


def test_a_card_is_saved_with_the_payment_that_asked_for_it() -> None:
    assert read_payment(paid(save_card=True)).saved_card == {
        "token": "card_167oJVCpvtR9j8N85LraL2GA",
        "brand": "Visa",
        "last_numbers": "4242",
        "expiration_month": 9,
        "expiration_year": 2029,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 7},
        {"exp_month": None},
        {"exp_year": None},
        {"exp_year": "soon"},
        {"exp_month": None, "exp_year": None, "brand": None},
    ],
)
def test_a_card_that_cannot_be_kept_does_not_hide_the_money(
    changes: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    wire = paid(save_card=True)
    found = read_payment({**wire, "card": {**wire["card"], **changes}})
    assert (found.state, found.saved_card) == ("succeeded", None)
    assert wire["id"] in caplog.text


def test_a_card_without_its_expiry_is_left_out() -> None:
    card = {"id": "card_1", "last4": "4242"}
    found = read_payment(payment(is_paid=True, save_card=True, card=card))
    assert found.card == {"brand": "", "last_numbers": "4242"}
    assert found.saved_card is None


@pytest.mark.parametrize("card", [None, {}, "card_1", ["card_1"], {"last4": None}])
def test_a_payment_without_its_card_is_read(card: object) -> None:
    found = read_payment(payment(is_paid=True, save_card=True, card=card))
    assert (found.state, found.card, found.saved_card) == ("succeeded", None, None)


def test_a_saved_card_that_pays_is_not_saved_by_it() -> None:
    assert read_payment(paid(allow_save_card=False)).saved_card is None


def test_refunds_come_from_their_own_list() -> None:
    (found,) = read_payment(paid(amount_refunded=500), [refund()]).refunds
    assert (found.reference, found.amount) == ("re_390312", Money("5.00", "EUR"))
    assert (found.state, found.refund_id) == ("succeeded", uuid.UUID(REFUND))


@pytest.mark.parametrize("metadata", [None, [], {}, {"refund": "ours, they say"}])
def test_a_refund_of_the_portal_names_none_of_ours(metadata: object) -> None:
    (found,) = read_payment(paid(), [refund(metadata=metadata)]).refunds
    assert found.refund_id is None


def test_what_is_absent_or_null_is_borne() -> None:
    kept = ("id", "amount", "currency", "is_paid")
    found = read_payment({name: payment()[name] for name in kept})
    assert (found.state, found.url, found.attempt_id) == ("pending", "", None)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ""},
        {"id": None},
        {"amount": 0},
        {"amount": -1},
        {"amount": "12.00"},
        {"amount": 1.5},
        {"amount": True},
        {"currency": "XXX"},
        {"created_at": "yesterday"},
    ],
)
def test_a_payment_that_makes_no_sense_is_not_understood(changes: dict[str, Any]) -> None:
    with pytest.raises(ProviderProtocolError):
        read_payment(payment(**changes))


def test_what_is_asked_for() -> None:
    attempt = Attempt(uuid.UUID(ATTEMPT), "key", Money("120.00", "EUR"), "fr-ca", SHOP)
    address = {
        "first_name": "Grace",
        "last_name": "Hopper",
        "address": "10 rue de la Paix",
        "postcode": "75002",
        "city": "Paris",
        "country": "FR",
    }
    body = describe_payment(
        attempt, address, names={"attempt": ATTEMPT}, email="", description="x" * 100
    )
    assert (body["amount"], body["currency"]) == (12000, "EUR")
    assert body["metadata"] == {"attempt": ATTEMPT}
    assert body["billing"]["language"] == "fr"
    assert "email" not in body["billing"]
    assert body["shipping"] == {**body["billing"], "delivery_type": "DIGITAL_GOODS"}
    assert len(body["description"]) == 80
