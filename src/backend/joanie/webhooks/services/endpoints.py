"""What staff do with endpoints. Each is one transaction; who may is the caller's rule."""

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import Refused
from joanie.common.transactions import short_transaction
from joanie.webhooks.enums import DeliveryState, DisabledBecause, EventType
from joanie.webhooks.models import WebhookDelivery, WebhookEndpoint
from joanie.webhooks.services.telling import Event, tell_endpoint
from joanie.webhooks.signing import make_secret

# Before an endpoint is deleted: longer than any transaction that tells of something.
QUIET_FOR = timedelta(hours=1)
NOT_DISABLED: dict[str, Any] = {"is_enabled": True, "disabled_because": "", "disabled_at": None}


class EndpointDisabled(Refused):
    code = "webhook_endpoint_disabled"
    detail = _("Nothing is sent to this endpoint while it is switched off.")


class EndpointInUse(Refused):
    code = "webhook_endpoint_in_use"
    detail = _(
        "Switch this endpoint off first, and delete it an hour later: something may be about to be"
        " told to it."
    )


def rotate_secret(*, endpoint_id: uuid.UUID, overlap: timedelta) -> None:
    """Make a new secret; the present one goes on signing beside it for ``overlap``.

    The one before the present one is dropped at once. Not safe to repeat: each call makes another
    secret. Raises Busy, WebhookEndpoint.DoesNotExist.
    """
    with short_transaction():
        endpoint = _lock(endpoint_id)
        endpoint.previous_secret = endpoint.secret if overlap else ""
        endpoint.previous_secret_until = timezone.now() + overlap if overlap else None
        endpoint.secret = make_secret()
        endpoint.save(update_fields=["secret", "previous_secret", "previous_secret_until"])


def enable_endpoint(*, endpoint_id: uuid.UUID) -> None:
    """Send to it again, at once, all that waits for it, and try for three days anew.

    Events of the time when it was switched off were not written down. Safe to repeat. Raises Busy,
    WebhookEndpoint.DoesNotExist.
    """
    with short_transaction():
        if WebhookEndpoint.objects.get(pk=endpoint_id).is_enabled:
            return
        now = timezone.now()
        # First, as by whoever writes down an attempt: in the other order they block each other.
        WebhookDelivery.objects.filter(endpoint=endpoint_id, state=DeliveryState.PENDING).update(
            queued_at=now, next_attempt_at=now, attempts=0
        )
        WebhookEndpoint.objects.filter(pk=endpoint_id, is_enabled=False).update(
            **NOT_DISABLED, available_at=now, failures_in_a_row=0, given_up_in_a_row=0
        )


def disable_endpoint(
    *, endpoint_id: uuid.UUID, because: DisabledBecause = DisabledBecause.STAFF
) -> bool:
    """Send nothing more to it, and write nothing down for it; say whether that is a change.

    What waits for it goes on waiting. Safe to repeat.
    """
    enabled = WebhookEndpoint.objects.filter(pk=endpoint_id, is_enabled=True)
    changed = enabled.update(
        is_enabled=False, disabled_because=because, disabled_at=timezone.now()
    )
    return bool(changed)


def refuse_unless_deletable(endpoint: WebhookEndpoint) -> None:
    """Raise EndpointInUse while a transaction may be open that found it enabled.

    What it writes down for the endpoint would fail it at its end, were the endpoint gone.
    """
    if endpoint.disabled_at is None or endpoint.disabled_at > timezone.now() - QUIET_FOR:
        raise EndpointInUse


def delete_endpoint(*, endpoint_id: uuid.UUID) -> None:
    """Delete it with its deliveries and their attempts. Messages stay. Safe to repeat.

    Raises EndpointInUse, Busy.
    """
    with short_transaction():
        endpoint = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint_id).first()
        if endpoint is not None:
            refuse_unless_deletable(endpoint)
            endpoint.delete()


def send_test_event(*, endpoint_id: uuid.UUID) -> None:
    """Send an event that means nothing, whatever the endpoint wants to hear.

    Each call sends one. Raises EndpointDisabled, Busy, WebhookEndpoint.DoesNotExist.
    """
    with short_transaction():
        endpoint = _lock(endpoint_id)
        if not endpoint.is_enabled:
            raise EndpointDisabled
        key = f"{EventType.TEST}:{uuid.uuid4()}"
        test = Event(EventType.TEST, key, timezone.now(), {"endpoint": str(endpoint.pk)})
        tell_endpoint(test, endpoint)


def _lock(endpoint_id: uuid.UUID) -> WebhookEndpoint:
    return WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
