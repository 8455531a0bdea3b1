"""Events of Stripe: several for one thing that happened, each signed anew whenever it is sent."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping

from joanie.emulators.kit.acquirer.events import SETUP_EXPIRED, Event
from joanie.emulators.kit.acquirer.records import CardSetup
from joanie.emulators.kit.deliveries import Notification
from joanie.emulators.kit.identifiers import new_id
from joanie.emulators.stripe.credentials import is_live, webhook_secret
from joanie.emulators.stripe.expansion import Json, expand
from joanie.emulators.stripe.wire import Wire, dispute_as_json, refund_as_json

VERSION = "2026-10-28.endive"
SIGNATURE_HEADER = "Stripe-Signature"

OF_SESSIONS = {
    "payment.succeeded": "checkout.session.completed",
    "payment.processing": "checkout.session.completed",
    "payment.expired": "checkout.session.expired",
}
OF_INTENTS = {
    "payment.succeeded": "payment_intent.succeeded",
    "payment.processing": "payment_intent.processing",
    "payment.failed": "payment_intent.payment_failed",
    "payment.canceled": "payment_intent.canceled",
}
OF_REFUNDS = {
    "refund.pending": ("refund.created",),
    "refund.succeeded": ("refund.created", "charge.refunded"),
    "refund.failed": ("refund.updated", "refund.failed"),
}
OF_DISPUTES = {
    "dispute.open": ("charge.dispute.created", "charge.dispute.funds_withdrawn"),
    "dispute.won": ("charge.dispute.funds_reinstated", "charge.dispute.closed"),
    "dispute.lost": ("charge.dispute.closed",),
}


def describe(event: Event, wire: Wire) -> Iterator[tuple[str, Json]]:
    """Say it in Stripe's words: the types of events, each with what it is about."""
    payment = event.payment
    if event.setup is not None:
        yield from describe_setup(event.name, event.setup, wire)
    if payment is None:
        return
    if event.name in OF_SESSIONS and "intent" in payment.extra:
        yield OF_SESSIONS[event.name], wire.session(payment)
    if event.name in OF_INTENTS:
        yield OF_INTENTS[event.name], wire.intent(payment)
    for kind in OF_REFUNDS.get(event.name, ()):
        if kind.startswith("charge."):
            yield kind, wire.charge(payment)
        elif event.refund is not None:
            yield kind, refund_as_json(payment, event.refund)
    for kind in OF_DISPUTES.get(event.name, ()):
        if event.dispute is not None:
            yield kind, dispute_as_json(payment, event.dispute)


def describe_setup(name: str, setup: CardSetup, wire: Wire) -> Iterator[tuple[str, Json]]:
    if name == SETUP_EXPIRED:
        yield "checkout.session.expired", wire.setup_session(setup)
        return
    yield "checkout.session.completed", wire.setup_session(setup)
    yield "setup_intent.succeeded", wire.setup_intent(setup)


def wrap(kind: str, about: Json, *, is_live_event: bool, now: int) -> Json:
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": VERSION,
        "created": now,
        "data": {"object": expand(about, ())},
        "livemode": is_live_event,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def make_notifications(event: Event, wire: Wire) -> Iterator[Notification]:
    for kind, about in describe(event, wire):
        content = wrap(kind, about, is_live_event=is_live(event.account), now=event.now())
        yield make_notification(event, content)


def make_notification(event: Event, content: Json) -> Notification:
    body = json.dumps(content).encode()
    return Notification(
        event_id=content["id"],
        event_type=content["type"],
        url=event.url,
        body=body,
        sign=lambda: make_headers(event, body),
    )


def make_headers(event: Event, body: bytes) -> Mapping[str, str]:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0"}
    if event.is_unsigned:
        return headers
    secret = event.secret(webhook_secret(event.account))
    return {**headers, SIGNATURE_HEADER: sign(secret, body, event.signed_at())}


def sign(secret: str, body: bytes, at: int) -> str:
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"
