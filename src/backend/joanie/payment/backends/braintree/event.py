"""What a notification is about. What it says of it is read again at Braintree."""

import binascii
import hashlib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.parsers.expat import ExpatError

from joanie.payment.backends.braintree.sdk import XmlUtil
from joanie.payment.exceptions import ParseNotificationFailed

ABOUT_DISPUTE = "dispute_"
# Money that did not come after all, refunds that failed: never the success of a card.
ABOUT_TRANSACTION = frozenset(
    {"refund_failed", "transaction_settled", "transaction_settlement_declined"}
)
CARD_REVOKED = "payment_method_revoked_by_customer"


@dataclass(frozen=True)
class Event:
    """``sale_id`` is the payment that it is about, ``order_id`` our id of that, if it says so.

    Both are empty when it is about nothing of ours.
    """

    kind: str
    moment: datetime
    dispute_id: str = ""
    transaction_id: str = ""
    sale_id: str = ""
    order_id: str = ""
    card_token: str = ""

    @property
    def id(self) -> str:
        """Braintree gives none: the same news at the same moment is the same event."""
        about = self.dispute_id or self.transaction_id or self.card_token
        news = f"{self.kind}\n{about}\n{self.moment.isoformat()}"
        return hashlib.sha256(news.encode()).hexdigest()


def read_event(payload: str) -> Event:
    """Read an authenticated payload. Raises ParseNotificationFailed when it is no notification."""
    try:
        wire = XmlUtil.dict_from_xml(b64decode(payload))["notification"]
        kind, moment = _text(wire["kind"]), wire["timestamp"].replace(tzinfo=UTC)
        subject = wire["subject"]
        if kind.startswith(ABOUT_DISPUTE):
            return Event(kind, moment, **_read_dispute(subject["dispute"]))
        if kind in ABOUT_TRANSACTION:
            return Event(kind, moment, **_read_transaction(subject["transaction"]))
        if kind == CARD_REVOKED:
            return Event(kind, moment, card_token=_read_token(subject))
        return Event(kind, moment)
    except (
        ArithmeticError,
        AttributeError,
        ExpatError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
        binascii.Error,
    ) as error:
        raise ParseNotificationFailed("The payload is not a notification.") from error


def _read_dispute(wire: Mapping[str, Any]) -> dict[str, str]:
    sale = wire["transaction"]
    return {
        "dispute_id": _text(wire["id"]),
        "sale_id": _text(sale["id"]),
        "order_id": sale.get("order_id") or "",
    }


def _read_transaction(wire: Mapping[str, Any]) -> dict[str, str]:
    """Read a sale, or a credit, which names its sale and has an order id of its own."""
    credited = wire.get("refunded_transaction_id")
    return {
        "transaction_id": _text(wire["id"]),
        "sale_id": _text(credited or wire["id"]),
        "order_id": "" if credited else wire.get("order_id") or "",
    }


def _read_token(subject: Mapping[str, Any]) -> str:
    """Read the token of a means of payment, which is under the name of its kind."""
    (means,) = subject.values()
    return _text(means["token"])


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(value)
    return value
