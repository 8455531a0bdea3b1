"""Notifications: the payment or the refund itself, which nobody signs."""

import json
from collections.abc import Iterable

from joanie.emulators.kit.acquirer.events import Event
from joanie.emulators.kit.deliveries import Notification
from joanie.emulators.kit.identifiers import new_id
from joanie.emulators.payplug.wire import payment_as_json, refund_as_json

HEADERS = {"Content-Type": "application/json", "User-Agent": "Joanie-PayPlug-Emulator"}
PAYMENT_EVENTS = frozenset(
    f"payment.{status}" for status in ("succeeded", "failed", "canceled", "expired")
)


def make_notifications(event: Event) -> Iterable[Notification]:
    """Tell of a payment that ended and of a refund that was made, and of nothing else."""
    if event.name in PAYMENT_EVENTS and event.payment:
        content = payment_as_json(event.payment)
    elif event.name == "refund.succeeded" and event.refund:
        content = refund_as_json(event.refund, event.account)
    else:
        return []
    return [
        Notification(
            event_id=new_id("ipn"),  # of this emulator's log: PayPlug has none
            event_type=event.name,
            url=event.url,
            body=json.dumps(content).encode(),
            sign=lambda: HEADERS,
        )
    ]
