"""Writing down that something is to be told, in the transaction of what it tells about."""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from joanie.webhooks.enums import EventType
from joanie.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookMessage

# What the ids of messages are made in, with the key of the event.
NAMESPACE = uuid.UUID("6ffb0b5c-2d56-4d9a-a5a8-4d3ccf8a7a70")
BATCH = 1000


@dataclass(frozen=True)
class Event:
    """``key`` names what happened, once and for all. ``data`` is JSON."""

    type: EventType
    key: str
    at: datetime
    data: Mapping[str, Any]

    @property
    def message_id(self) -> uuid.UUID:
        return uuid.uuid5(NAMESPACE, self.key)


def is_listened_to(event_type: EventType) -> bool:
    """Say whether there is any use in describing such an event. One statement."""
    return WebhookEndpoint.objects.listening_to(event_type).exists()


def tell(event_type: EventType, events: Iterable[Event]) -> int:
    """Have the endpoints told that want such events; return how many of the events are new.

    Safe to repeat, and to run twice at once: what was told before is not told again, not even to
    an endpoint that came later. Four statements for up to a thousand events, one when nobody
    listens.
    """
    with transaction.atomic():
        endpoints = list(WebhookEndpoint.objects.listening_to(event_type))
        return _write(events, endpoints) if endpoints else 0


def tell_endpoint(event: Event, endpoint: WebhookEndpoint) -> None:
    """Have one endpoint told, whatever it wants to hear. Safe to repeat."""
    with transaction.atomic():
        _write([event], [endpoint])


def _write(events: Iterable[Event], endpoints: list[WebhookEndpoint]) -> int:
    by_id = {event.message_id: event for event in events}
    known = WebhookMessage.objects.filter(pk__in=by_id).values_list("pk", flat=True)
    for message_id in known:
        del by_id[message_id]
    WebhookMessage.objects.bulk_create(
        map(_message_of, by_id.values()), batch_size=BATCH, ignore_conflicts=True
    )
    now = timezone.now()
    WebhookDelivery.objects.bulk_create(
        (
            WebhookDelivery(
                message_id=message_id, endpoint=endpoint, queued_at=now, next_attempt_at=now
            )
            for message_id in by_id
            for endpoint in endpoints
        ),
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    return len(by_id)


def _message_of(event: Event) -> WebhookMessage:
    body = {"type": event.type, "timestamp": write_moment(event.at), "data": event.data}
    return WebhookMessage(
        id=event.message_id,
        event_type=event.type,
        key=event.key,
        occurred_at=event.at,
        body=json.dumps(body, ensure_ascii=False),
    )


def write_moment(moment: datetime) -> str:
    """Write it in ISO 8601, in UTC."""
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
