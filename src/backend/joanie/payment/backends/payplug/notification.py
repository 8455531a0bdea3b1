"""What may be believed of a notification, which nobody signs: an id, to ask PayPlug about."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joanie.payment.backends.wire import read_own_id
from joanie.payment.exceptions import NotificationTooLarge, ParseNotificationFailed

LARGEST = 64 * 1024
# They become part of an address that is called with our key.
PAYMENT_ID = re.compile(r"pay_[A-Za-z0-9]{1,64}")
REFUND_ID = re.compile(r"re_[A-Za-z0-9]{1,64}")


@dataclass(frozen=True)
class Told:
    """Which payment changed, they say, and which attempt of ours it was made for.

    ``is_live`` is None when they do not say.
    """

    payment_id: str
    attempt_id: uuid.UUID | None
    is_live: bool | None


def read_notification(body: bytes) -> Told | None:
    """Return what is told of; None for what is neither a payment nor a refund.

    Raises ParseNotificationFailed for what PayPlug does not send.
    """
    if len(body) > LARGEST:
        raise NotificationTooLarge
    content = _read_object(body)
    if content["object"] == "payment":
        return Told(_read_id(content, "id", PAYMENT_ID), _read_attempt(content), _mode(content))
    if content["object"] == "refund":
        _read_id(content, "id", REFUND_ID)
        return Told(_read_id(content, "payment_id", PAYMENT_ID), None, _mode(content))
    return None


def _read_object(body: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ParseNotificationFailed("The body is not JSON.") from error
    if not isinstance(content, dict) or not isinstance(content.get("object"), str):
        raise ParseNotificationFailed("The body is not one of PayPlug's objects.")
    return content


def _read_id(content: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    told = content.get(name)
    if not isinstance(told, str) or not pattern.fullmatch(told):
        raise ParseNotificationFailed(f"“{name}” is not an id of PayPlug's.")
    return told


def _read_attempt(content: Mapping[str, Any]) -> uuid.UUID | None:
    metadata = content.get("metadata")
    return read_own_id(metadata.get("attempt")) if isinstance(metadata, dict) else None


def _mode(content: Mapping[str, Any]) -> bool | None:
    told = content.get("is_live")
    return told if isinstance(told, bool) else None
