"""Nobody signs a notification of PayPlug's: an id is all that is taken from it."""

import json
import uuid
from typing import Any

import pytest
from tests.payment.backends.payplug.payplug_wire import ATTEMPT, payment, refund

from joanie.payment.backends.payplug.notification import Told, read_notification
from joanie.payment.exceptions import NotificationTooLarge, ParseNotificationFailed


def test_a_payment_names_itself_and_our_attempt() -> None:
    told = read_notification(json.dumps(payment()).encode())
    assert told == Told("pay_5iHMDxy4ABR4YBVW4UscIn", uuid.UUID(ATTEMPT), is_live=False)


def test_a_refund_names_its_payment() -> None:
    told = read_notification(json.dumps(refund()).encode())
    assert told == Told("pay_5iHMDxy4ABR4YBVW4UscIn", None, is_live=False)


@pytest.mark.parametrize("kind", ["installment_plan", "accounting_report", "moon"])
def test_what_is_neither_does_not_concern_us(kind: str) -> None:
    assert read_notification(json.dumps({"object": kind, "id": "1"}).encode()) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"object": "payment", "id": "pay_1", "amou',
        b"[" * 60_000,
        b'{"id": "pay_1"}',
        b'{"object": 1, "id": "pay_1"}',
        b'{"object": "payment"}',
    ],
)
def test_what_payplug_does_not_send_is_refused(body: bytes) -> None:
    with pytest.raises(ParseNotificationFailed):
        read_notification(body)


@pytest.mark.parametrize(
    "crafted",
    [
        {"id": "../cards/1"},
        {"id": "pay_1/refunds"},
        {"id": "pay_1?x=1"},
        {"id": "pay_1\n"},
        {"id": "pay_é"},
        {"id": "pay_" + "1" * 65},
        {"id": ["pay_1"]},
        {"object": "refund"},
        {"object": "refund", "id": "re_1", "payment_id": "../customers/1"},
    ],
)
def test_an_id_that_could_lead_elsewhere_is_refused(crafted: dict[str, Any]) -> None:
    with pytest.raises(ParseNotificationFailed):
        read_notification(json.dumps(payment(**crafted)).encode())


def test_a_large_one_is_not_even_read() -> None:
    with pytest.raises(NotificationTooLarge):
        read_notification(b" " * (64 * 1024 + 1))


@pytest.mark.parametrize("metadata", [None, [], "attempt", {"attempt": "mine"}])
def test_an_attempt_that_is_none_is_not_taken(metadata: object) -> None:
    told = read_notification(json.dumps(payment(metadata=metadata, is_live="no")).encode())
    assert told == Told("pay_5iHMDxy4ABR4YBVW4UscIn", None, is_live=None)
