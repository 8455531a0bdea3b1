"""From Braintree's words to ours."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from joanie.common.exceptions import ProviderProtocolError
from joanie.common.money import Money
from joanie.payment.backends.braintree.mapping import (
    DISPUTE_STATES,
    PAYMENT_STATES,
    REFUND_STATES,
    read_disputes,
    read_payment,
    read_refund,
    read_void,
    write_amount,
    write_billing,
)
from joanie.payment.backends.braintree.sdk import braintree
from joanie.payment.backends.types import DisputeState
from joanie.payment.enums import FailureCode, PaymentState, RefundState


def constants(holder: Any) -> set[str]:
    return {value for name, value in vars(holder).items() if not name.startswith("_")}


def transaction(**changes: Any) -> Any:
    """Give the SDK's own object of an answer."""
    attributes = {
        "id": "t1",
        "type": "sale",
        "status": "settled",
        "amount": "10.00",
        "currency_iso_code": "EUR",
        "order_id": "",
        "refund_ids": [],
        "disputes": [],
        **changes,
    }
    return braintree.Transaction(None, attributes)


def test_every_status_of_the_sdk_has_a_meaning() -> None:
    known = constants(braintree.Transaction.Status)
    assert known <= set(PAYMENT_STATES)
    assert known <= set(REFUND_STATES)
    assert constants(braintree.Dispute.Status) == set(DISPUTE_STATES)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "teleported"},
        {"type": "credit"},
        {"amount": "0.00"},
        {"amount": "10.001"},
        {"currency_iso_code": "XXY"},
        {"currency_iso_code": None},
        {"id": ""},
    ],
    ids=str,
)
def test_what_is_not_understood_raises(changes: Mapping[str, Any]) -> None:
    with pytest.raises(ProviderProtocolError):
        read_payment(transaction(**changes))


def test_yens_may_be_written_with_decimals() -> None:
    found = read_payment(transaction(amount="500.00", currency_iso_code="JPY"))
    assert found.amount == Money(500, "JPY")


@pytest.mark.parametrize(
    ("money", "written"),
    [
        (Money("10", "EUR"), "10.00"),
        (Money("100", "EUR"), "100.00"),
        (Money("500.000", "JPY"), "500"),
        (Money("1.2340", "KWD"), "1.234"),
    ],
    ids=str,
)
def test_amounts_are_written_as_their_currency_has_them(money: Money, written: str) -> None:
    assert write_amount(money) == written


CODES = {
    "2000": FailureCode.DECLINED,
    "2001": FailureCode.INSUFFICIENT_FUNDS,
    "2004": FailureCode.EXPIRED_CARD,
    "2010": FailureCode.INCORRECT_DATA,
    "2012": FailureCode.LOST_OR_STOLEN,
    "2014": FailureCode.FRAUD_SUSPECTED,
    "2099": FailureCode.AUTHENTICATION_REQUIRED,
    "2999": FailureCode.DECLINED,
    "3000": FailureCode.PROCESSING_ERROR,
    "": FailureCode.UNKNOWN,
    "moon": FailureCode.UNKNOWN,
}


@pytest.mark.parametrize(("code", "ours"), CODES.items())
def test_a_bank_says_why_it_declined(code: str, ours: FailureCode) -> None:
    declined = transaction(status="processor_declined", processor_response_code=code)
    assert read_payment(declined).failure_code == ours


@pytest.mark.parametrize(
    ("reason", "info", "ours"),
    [
        ("fraud", None, FailureCode.FRAUD_SUSPECTED),
        ("cvv", None, FailureCode.INCORRECT_DATA),
        ("unheard_of", None, FailureCode.DECLINED),
        ("three_d_secure", None, FailureCode.AUTHENTICATION_REQUIRED),
        ("three_d_secure", {"status": "failed"}, FailureCode.AUTHENTICATION_FAILED),
    ],
)
def test_the_gateway_says_why_it_rejected(reason: str, info: Any, ours: FailureCode) -> None:
    told = {"gateway_rejection_reason": reason, "three_d_secure_info": info}
    rejected = transaction(status="gateway_rejected", processor_response_code="1000", **told)
    assert read_payment(rejected).failure_code == ours


def test_a_card_has_a_token_only_when_it_is_saved() -> None:
    card = {"last_4": "1111", "card_type": "MasterCard", "token": None}
    found = read_payment(transaction(credit_card=card))
    assert (found.card, found.saved_card) == (
        {"brand": "Mastercard", "last_numbers": "1111"},
        None,
    )


def test_a_void_of_what_was_never_booked_is_a_cancellation() -> None:
    found = read_payment(transaction(status="voided"))
    assert (found.state, found.refunds) == (PaymentState.CANCELED, ())


def test_a_void_of_what_was_booked_is_a_refund() -> None:
    wire = transaction(status="voided")
    found = read_payment(wire, [read_void(wire)], was_booked=True)
    (refund,) = found.refunds
    assert (found.state, refund.state) == (PaymentState.SUCCEEDED, RefundState.SUCCEEDED)
    assert (refund.reference, refund.amount) == ("t1-void", Money(10, "EUR"))


def test_money_that_never_came_was_lost_when_it_was_booked() -> None:
    wire = transaction(status="settlement_declined")
    (lost,) = read_payment(wire, was_booked=True).disputes
    assert (lost.reference, lost.state) == ("t1-settlement", DisputeState.LOST)
    assert read_payment(wire).state == PaymentState.FAILED


def test_a_credit_is_a_refund_that_repeats_our_id() -> None:
    own_id = "0b7b1f9e-9d1c-4b6e-8f9f-0d9e5c8f7a11"
    refund = read_refund(transaction(id="c1", type="credit", status="settling", order_id=own_id))
    assert (str(refund.refund_id), refund.state) == (own_id, RefundState.SUCCEEDED)


def test_an_inquiry_is_no_dispute() -> None:
    told = {"id": "d1", "status": "open", "amount_disputed": "3", "currency_iso_code": "EUR"}
    wires = [SimpleNamespace(kind=kind, **told) for kind in ("retrieval", "chargeback")]
    (dispute,) = read_disputes(wires)
    assert (dispute.amount, dispute.state) == (Money(3, "EUR"), DisputeState.OPEN)


def test_an_unknown_kind_of_dispute_raises() -> None:
    with pytest.raises(ProviderProtocolError):
        read_disputes([SimpleNamespace(kind="duel")])


def test_an_address_that_would_be_refused_is_sent_in_part() -> None:
    written = write_billing({"first_name": "A" * 300, "postcode": "〒100-0001", "country": "JP"})
    assert written == {"first_name": "A" * 255, "country_code_alpha2": "JP"}
