"""Sending a message again, because somebody asks for it."""

import uuid

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import Refused
from joanie.common.transactions import short_transaction
from joanie.webhooks.enums import DeliveryState
from joanie.webhooks.models import WebhookDelivery
from joanie.webhooks.services.endpoints import EndpointDisabled


class AlreadyWaiting(Refused):
    code = "webhook_delivery_waiting"
    detail = _("This message has not been given up: it waits for its next attempt.")


def send_again(*, delivery_id: uuid.UUID) -> None:
    """Send a message again, byte for byte and under its id, and try for three days.

    Asked for twice before it is sent, the second time raises AlreadyWaiting. Raises
    EndpointDisabled, Busy, WebhookDelivery.DoesNotExist.
    """
    with short_transaction():
        deliveries = WebhookDelivery.objects.select_for_update(no_key=True, of=("self",))
        delivery = deliveries.select_related("endpoint").get(pk=delivery_id)
        if not delivery.endpoint.is_enabled:
            raise EndpointDisabled
        if delivery.state == DeliveryState.PENDING:
            raise AlreadyWaiting
        now = timezone.now()
        delivery.send_again()
        delivery.queued_at = delivery.next_attempt_at = now
        delivery.attempts = 0
        delivery.save(update_fields=["state", "queued_at", "next_attempt_at", "attempts"])
