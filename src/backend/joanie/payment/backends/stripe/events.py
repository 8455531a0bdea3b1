"""Events: what Stripe tells, and what is to be read again because of it.

https://docs.stripe.com/api/events/types. The endpoint at Stripe is to be told of ``EVENTS``.
"""

import json
from typing import Any

from joanie.payment.exceptions import ParseNotificationFailed

SESSION_COMPLETED = "checkout.session.completed"
CARD_GONE = "payment_method.detached"
CUSTOMER_GONE = "customer.deleted"
CARD_RENEWED = frozenset({"payment_method.automatically_updated", "payment_method.updated"})
ABOUT_PAYMENTS = frozenset(
    {
        SESSION_COMPLETED,
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.canceled",
        "charge.refunded",
        "charge.refund.updated",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    }
)
EVENTS = ABOUT_PAYMENTS | CARD_RENEWED | {CARD_GONE, CUSTOMER_GONE}


def read_event(body: bytes) -> dict[str, Any]:
    """Raises ParseNotificationFailed when the body is not an event."""
    try:
        event: dict[str, Any] = json.loads(body)
        is_event = isinstance(event["id"], str) and isinstance(event["type"], str)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ParseNotificationFailed("The body is not an event.") from error
    if not is_event:
        raise ParseNotificationFailed("The body is not an event.")
    return event


def read_object(event: dict[str, Any]) -> dict[str, Any]:
    """Return what an event is about, as it was then. Raises ParseNotificationFailed."""
    try:
        told: dict[str, Any] = event["data"]["object"]
        is_named = isinstance(told["object"], str) and isinstance(told["id"], str)
    except (KeyError, TypeError) as error:
        raise ParseNotificationFailed("The event is about nothing.") from error
    if not is_named:
        raise ParseNotificationFailed("The event is about nothing.")
    return told
