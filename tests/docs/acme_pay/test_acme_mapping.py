"""What Acme Pay's words mean to us. Examples are from its documentation."""

from typing import Any

import pytest
from tests.docs.acme_pay.mapping import (
    FAILURE_CODES,
    PAYMENT_STATES,
    REFUND_STATES,
    read_notified_ids,
    read_payment,
    read_refund,
)

from joanie.common.exceptions import ProviderProtocolError
from joanie.payment.enums import PaymentState, RefundState
from joanie.payment.exceptions import ParseNotificationFailed

# Acme Pay's own examples.
PAID_PAYMENT: dict[str, Any] = {
    "id": "pay_5f0c2c8f6a8f0d1e2b3c4d5e",
    "status": "paid",
    "reason": None,
    "amount": 12000,
    "currency": "EUR",
    "reference": "9b2c1f5e-6d1f-4c0a-8f53-0f1f3f7f9a11",
    "page": "https://acme-pay.example/pay_5f0c2c8f6a8f0d1e2b3c4d5e",
    "card": {"token": None, "brand": "Visa", "last_numbers": "4242", "expires": "2029-12"},
    "refunds": [],
}
REFUND: dict[str, Any] = {"id": "re_1", "status": "sent", "amount": 2000, "currency": "EUR"}
NOTIFICATION = (
    b'{"about": "payment", "payment": "pay_5f0c2c8f6a8f0d1e2b3c4d5e",'
    b' "reference": "9b2c1f5e-6d1f-4c0a-8f53-0f1f3f7f9a11"}'
)


@pytest.mark.parametrize("table", [PAYMENT_STATES, REFUND_STATES, FAILURE_CODES])
def test_every_word_has_a_meaning(table: dict[str, Any]) -> None:
    assert table, "Fill the tables of mapping.py: every word there is, and what it means to us."


def test_a_payment_that_was_made_is_read() -> None:
    payment = read_payment(PAID_PAYMENT)
    assert payment.state == PaymentState.SUCCEEDED
    assert payment.amount.amount > 0


def test_a_payment_without_its_status_is_not_understood() -> None:
    with pytest.raises(ProviderProtocolError):
        read_payment({})


def test_a_refund_is_read() -> None:
    assert read_refund(REFUND).state == RefundState.SUCCEEDED


def test_a_notification_says_which_payment_it_is_about() -> None:
    assert read_notified_ids(NOTIFICATION) is not None


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"id": "../cards/1"}', b"\xff"])
def test_what_it_never_sent_is_refused(body: bytes) -> None:
    with pytest.raises(ParseNotificationFailed):
        read_notified_ids(body)
