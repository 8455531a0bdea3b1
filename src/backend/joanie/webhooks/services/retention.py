"""Letting go of messages that nobody asks for any more."""

import json
from datetime import datetime

from django.db.models import QuerySet

from joanie.common.retention import delete_in_batches, kept_since
from joanie.webhooks.enums import DeliveryState
from joanie.webhooks.models import WebhookDelivery, WebhookMessage


def forget_messages(now: datetime | None = None) -> int:
    """Delete the old ones with their deliveries, whatever became of them; return how many rows.

    Safe to repeat, and to run twice at once.
    """
    limit = kept_since("webhooks", now)
    if limit is None:
        return 0
    return delete_in_batches(WebhookMessage.objects.filter(created_on__lt=limit))


def settled_messages_about(username: str) -> QuerySet[WebhookMessage]:
    """Give those that name somebody, and wait for no endpoint that is sent to. One scan."""
    waiting = WebhookDelivery.objects.filter(
        state=DeliveryState.PENDING, endpoint__is_enabled=True
    )
    naming = f'"owner": {json.dumps(username, ensure_ascii=False)}'
    messages = WebhookMessage.objects.filter(body__contains=naming)
    return messages.exclude(pk__in=waiting.values("message"))
