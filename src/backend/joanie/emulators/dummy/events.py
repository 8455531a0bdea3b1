"""Notifications of the dummy: what they say, and how they are signed."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from joanie.emulators.dummy.records import Account
from joanie.emulators.kit.deliveries import Notification
from joanie.emulators.kit.identifiers import new_id

SIGNATURE_HEADER = "Dummy-Signature"
AN_HOUR = 3600

DISPUTE_EVENTS = frozenset({"dispute.open", "dispute.won", "dispute.lost"})
REFUND_EVENTS = frozenset({"refund.pending", "refund.succeeded", "refund.failed"})
CARD_SAVED = "card.saved"

SIGNATURES = ("valid", "wrong", "missing", "old", "future")


def sign(secret: str, body: bytes, at: int) -> str:
    """Sign the moment and the bytes, so that neither can be replaced."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def headers(
    account: Account, body: bytes, now: int, signature: str = "valid"
) -> Mapping[str, str]:
    sent = {"Content-Type": "application/json", "User-Agent": "Joanie-Dummy-Emulator"}
    match signature:
        case "missing":
            return sent
        case "wrong":
            signed = sign(f"not {account.secret}", body, now)
        case "old":
            signed = sign(account.secret, body, now - AN_HOUR)
        case "future":
            signed = sign(account.secret, body, now + AN_HOUR)
        case _:
            signed = sign(account.secret, body, now)
    return {**sent, SIGNATURE_HEADER: signed}


def make_notification(
    event_type: str,
    *,
    account: Account,
    url: str,
    payment: Mapping[str, Any] | None = None,
    refund: Mapping[str, Any] | None = None,
    dispute: Mapping[str, Any] | None = None,
    card: Mapping[str, Any] | None = None,
    signature: str = "valid",
    now: Callable[[], int] = lambda: int(time.time()),
    on_taken: Callable[[], None] | None = None,
    name: str = "",
) -> Notification:
    event_id = new_id("evt")
    event = {
        "id": event_id,
        "object": "event",
        "type": event_type,
        "created": now(),
        "data": {"payment": payment, "refund": refund, "dispute": dispute, "card": card},
    }
    body = json.dumps(event).encode()
    return Notification(
        event_id=event_id,
        event_type=event_type,
        url=url,
        body=body,
        sign=lambda: headers(account, body, now(), signature),
        on_taken=on_taken,
        name=name,
    )
