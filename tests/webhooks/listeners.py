"""Endpoints of webhooks in tests, and what becomes of what they are told."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F

from joanie.webhooks.enums import EventType
from joanie.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookMessage
from joanie.webhooks.services.sending import send_due_messages
from joanie.webhooks.services.telling import Event, tell

MOMENT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def listen(url: str = "https://catalogue.example/hooks", **changes: Any) -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(url=url, **changes)


def tell_something(number: int = 1, event_type: EventType = EventType.ORDER_VALIDATED) -> int:
    return tell(event_type, [Event(event_type, f"{event_type}:{number}", MOMENT, {"id": number})])


def deliveries(**which: Any) -> list[tuple[str, int, int | None]]:
    rows = WebhookDelivery.objects.filter(**which).order_by("message__key", "endpoint__url")
    return [(row.state, row.attempts, row.last_status) for row in rows]


def told(event_type: str | None = None) -> list[dict[str, Any]]:
    """Give what was told, in order."""
    messages = WebhookMessage.objects.order_by("created_on")
    if event_type is not None:
        messages = messages.filter(event_type=event_type)
    return [json.loads(body) for body in messages.values_list("body", flat=True)]


def let_time_pass(time: timedelta = timedelta(days=1)) -> None:
    """Move all that was planned, and since when it is, into the past."""
    WebhookDelivery.objects.update(
        next_attempt_at=F("next_attempt_at") - time, queued_at=F("queued_at") - time
    )
    WebhookEndpoint.objects.update(available_at=F("available_at") - time)


def send() -> int:
    return send_due_messages(turn=timedelta(seconds=20))
