"""Notifications: which payment they are about, and nothing else."""

import json
from collections.abc import Iterable

from joanie.emulators.kit.acquirer.events import Event
from joanie.emulators.kit.deliveries import Notification
from joanie.emulators.kit.identifiers import new_id

HEADERS = {"Content-Type": "application/json"}


def make_notifications(event: Event) -> Iterable[Notification]:
    """Say that something has happened to a payment, be it a refund; of cards, nothing is told."""
    if event.payment is None or event.dispute is not None:
        return []
    told = {
        "about": "payment",
        "payment": event.payment.id,
        "reference": event.payment.reference,
    }
    # Its id is for the dashboard alone: Acme Pay sends none.
    return [
        Notification(
            event_id=new_id("event"),
            event_type=event.name,
            url=event.url,
            body=json.dumps(told).encode(),
            sign=lambda: HEADERS,
        )
    ]
