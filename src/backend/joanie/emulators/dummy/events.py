"""Notifications of the dummy: what they say, and how they are signed."""

import hashlib
import hmac
import json
from collections.abc import Mapping

from joanie.emulators.dummy.wire import (
    card_as_json,
    dispute_as_json,
    payment_as_json,
    refund_as_json,
)
from joanie.emulators.kit.acquirer.events import Event
from joanie.emulators.kit.deliveries import Notification
from joanie.emulators.kit.identifiers import new_id

SIGNATURE_HEADER = "Dummy-Signature"
UNSIGNED = {"Content-Type": "application/json", "User-Agent": "Joanie-Dummy-Emulator"}


def sign(secret: str, body: bytes, at: int) -> str:
    """Sign the moment and the bytes, so that neither can be replaced."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def headers(event: Event, body: bytes) -> Mapping[str, str]:
    if event.is_unsigned:
        return UNSIGNED
    signed = sign(event.secret(event.account.secret), body, event.signed_at())
    return {**UNSIGNED, SIGNATURE_HEADER: signed}


def make_notification(event: Event) -> Notification:
    event_id = new_id("evt")
    data = {
        "payment": payment_as_json(event.payment) if event.payment else None,
        "refund": refund_as_json(event.refund) if event.refund else None,
        "dispute": dispute_as_json(event.dispute) if event.dispute else None,
        "card": card_as_json(event.card) if event.card else None,
    }
    content = {
        "id": event_id,
        "object": "event",
        "type": event.name,
        "created": event.now(),
        "data": data,
    }
    body = json.dumps(content).encode()
    return Notification(
        event_id=event_id,
        event_type=event.name,
        url=event.url,
        body=body,
        sign=lambda: headers(event, body),
    )
