"""Sending what waits, endpoint by endpoint.

A lane is a job that takes turns: it takes an endpoint that something is due for, sends to it for a
few seconds, and takes the next. However much waits, there are as many jobs as lanes; and an
endpoint that does not answer costs a lane one call, is then left alone for a while, and keeps
nobody else waiting longer than that.
"""

import logging
import uuid
from datetime import datetime, timedelta
from http import HTTPStatus

from django.db.models import F
from django.utils import timezone

from joanie.common.metrics import count_once_committed, webhook_deliveries, webhook_seconds
from joanie.common.transactions import forbid_transaction, short_transaction
from joanie.conf import joanie_settings
from joanie.webhooks.enums import DeliveryState, DisabledBecause
from joanie.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from joanie.webhooks.models.deliveries import LONGEST_ANSWER
from joanie.webhooks.posting import Answer, post
from joanie.webhooks.schedule import find_next_attempt, find_rest
from joanie.webhooks.services.endpoints import disable_endpoint
from joanie.webhooks.signing import make_headers

logger = logging.getLogger(__name__)

# How long a lane goes on, and how long with one endpoint. A call may add its time-out.
TURN = timedelta(seconds=20)
TURN_OF_ENDPOINT = timedelta(seconds=5)
# Beside the time-out of a call; longer than writing down what came of it.
LEASE = timedelta(seconds=60)
# Messages given up one after the other, none taken in between: nobody is there any more.
GIVEN_UP_BEFORE_DISABLED = 5


def send_due_messages(*, turn: timedelta = TURN) -> int:
    """Send what is due; return how many requests were made.

    Safe to repeat, and to run twice at once: an endpoint is held by one lane, with a lease. A
    worker killed between a request and writing down its answer leaves a message that is sent again
    under the same id when the lease is over. Raises NetworkInTransaction.
    """
    forbid_transaction()
    ends_at = timezone.now() + turn
    sent = 0
    while timezone.now() < ends_at and (held := _take_endpoint()) is not None:
        sent += _send_to(*held)
    return sent


def _take_endpoint() -> tuple[uuid.UUID, datetime] | None:
    """Hold the endpoint that has waited longest for a lane; return it, with the lease."""
    with short_transaction():
        due = WebhookEndpoint.objects.due(timezone.now()).order_by("available_at")
        endpoint = due.select_for_update(no_key=True, skip_locked=True, of=("self",)).first()
        if endpoint is None:
            return None
        lease = timezone.now() + LEASE + timedelta(seconds=joanie_settings.LMS_TIMEOUT)
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(available_at=lease)
    return endpoint.pk, lease


def _send_to(endpoint_id: uuid.UUID, lease: datetime) -> int:
    """Send what is due for an endpoint until its turn is over; return how much.

    It is over at once when the endpoint fails; not when it refuses a message.
    """
    held = WebhookEndpoint.objects.filter(pk=endpoint_id, available_at=lease)
    ends_at = timezone.now() + TURN_OF_ENDPOINT
    sent, rest = 0, timedelta()
    try:
        while not rest and timezone.now() < ends_at:
            delivery = _find_due(endpoint_id)
            if delivery is None:
                break
            failures = delivery.endpoint.failures_in_a_row + 1
            rest = find_rest(failures)  # should we break ourselves, the others have their turn
            answer = _send(delivery)
            rest = find_rest(failures, answer.asked) if answer.is_for_all else timedelta()
            sent += 1
    finally:
        held.update(available_at=timezone.now() + rest)
    return sent


def _find_due(endpoint_id: uuid.UUID) -> WebhookDelivery | None:
    """Return the one due longest, of an endpoint that is still there and enabled."""
    due = WebhookDelivery.objects.due(timezone.now()).filter(
        endpoint=endpoint_id, endpoint__is_enabled=True
    )
    return due.select_related("message", "endpoint").order_by("next_attempt_at").first()


def _send(delivery: WebhookDelivery) -> Answer:
    """Send a message once, and write down what came of it."""
    message, endpoint, now = delivery.message, delivery.endpoint, timezone.now()
    headers = make_headers(
        webhook_id=message.webhook_id,
        body=message.body,
        keys=endpoint.secrets_at(now),
        now=now,
    )
    limit = joanie_settings.LMS_TIMEOUT
    answer = post(endpoint.url, body=message.body, headers=headers, limit=limit)
    logger.info("%s to %s: %s", message.webhook_id, endpoint.origin, answer.status or answer.error)
    webhook_seconds.observe(answer.duration.total_seconds())
    _record(delivery.pk, answer, now)
    return answer


def _record(delivery_id: uuid.UUID, answer: Answer, at: datetime) -> None:
    """Write down one attempt and what follows from it; nothing when the endpoint was deleted.

    What somebody else settled meanwhile stays as it is.
    """
    error = answer.error[:LONGEST_ANSWER]
    with short_transaction():
        deliveries = WebhookDelivery.objects.select_for_update(no_key=True)
        delivery = deliveries.filter(pk=delivery_id).first()
        if delivery is None:
            return
        WebhookAttempt.objects.create(
            delivery=delivery, at=at, duration=answer.duration, status=answer.status, error=error
        )
        if delivery.state != DeliveryState.PENDING:
            return
        delivery.attempts += 1
        delivery.last_status, delivery.last_error = answer.status, error
        if answer.is_taken:
            _note_delivered(delivery)
        else:
            _note_failed(delivery, answer)
        delivery.save()


def _note_delivered(delivery: WebhookDelivery) -> None:
    delivery.deliver()
    delivery.delivered_at = timezone.now()
    _count("delivered")
    endpoints = WebhookEndpoint.objects.filter(pk=delivery.endpoint_id)
    endpoints.update(failures_in_a_row=0, given_up_in_a_row=0)


def _note_failed(delivery: WebhookDelivery, answer: Answer) -> None:
    endpoints = WebhookEndpoint.objects.filter(pk=delivery.endpoint_id)
    next_attempt = find_next_attempt(
        attempts=delivery.attempts,
        queued_at=delivery.queued_at,
        now=timezone.now(),
        asked=answer.asked,
    )
    is_gone = answer.status == HTTPStatus.GONE
    is_given_up = is_gone or next_attempt is None
    endpoints.update(
        failures_in_a_row=F("failures_in_a_row") + 1,
        given_up_in_a_row=F("given_up_in_a_row") + int(is_given_up),
    )
    if next_attempt is not None and not is_gone:
        delivery.next_attempt_at = next_attempt
        _count("failed")
        return
    delivery.give_up()
    _count("gone" if is_gone else "given_up")
    if is_gone:
        _disable(delivery, DisabledBecause.GONE)
    elif endpoints.filter(given_up_in_a_row__gte=GIVEN_UP_BEFORE_DISABLED).exists():
        _disable(delivery, DisabledBecause.FAILING)


def _disable(delivery: WebhookDelivery, because: DisabledBecause) -> None:
    if disable_endpoint(endpoint_id=delivery.endpoint_id, because=because):
        logger.error("Webhook endpoint %s is switched off: %s", delivery.endpoint_id, because)


def _count(outcome: str) -> None:
    count_once_committed(webhook_deliveries.labels(outcome))
