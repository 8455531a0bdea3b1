"""What Braintree notifies of, in a form with a signature: disputes, and refunds that failed.

Nothing of cards that were charged: only of bank accounts.
"""

import hashlib
import hmac
from base64 import b64decode, encodebytes
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode
from xml.etree.ElementTree import fromstring, tostring  # nosec B405 - ours

from joanie.emulators.braintree.credentials import private_key, public_key
from joanie.emulators.braintree.wire import as_credit, as_dispute, as_transaction
from joanie.emulators.braintree.xml import write_xml
from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.events import Event
from joanie.emulators.kit.deliveries import Notification
from joanie.emulators.kit.identifiers import new_id

BANK_ACCOUNT = "us_bank_account"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
KINDS = {
    "dispute.open": "dispute_opened",
    "dispute.won": "dispute_won",
    "dispute.lost": "dispute_lost",
    "refund.failed": "refund_failed",
}


def make_notifications(event: Event) -> Iterator[Notification]:
    kind, subject = describe(event)
    if kind:
        moment = datetime.fromtimestamp(event.signed_at(), UTC)
        payload = write_payload(kind, subject, moment)
        key = event.secret(private_key(event.account))
        signature = (
            None if event.is_unsigned else f"{public_key(event.account)}|{sign(key, payload)}"
        )
        yield Notification(
            event_id=new_id("wh"),
            event_type=kind,
            url=event.url,
            body=write_form(payload, signature),
            sign=lambda: FORM,
        )


def describe(event: Event) -> tuple[str, Mapping[str, Any]]:
    """Give the kind and the subject; no kind, nothing is said."""
    payment = event.payment
    if payment is None:
        return "", {}
    if event.name == "payment.succeeded" and payment.extra.get("instrument") == BANK_ACCOUNT:
        return "transaction_settled", {"transaction": as_transaction(payment)}
    kind = KINDS.get(event.name, "")
    if event.dispute:
        return kind, {"dispute": as_dispute(event.dispute, payment)}
    if event.refund:
        return kind, {"transaction": as_credit(event.refund, payment)}
    return "", {}


def write_payload(kind: str, subject: Mapping[str, Any], moment: datetime) -> str:
    notification = {"timestamp": moment, "kind": kind, "subject": subject}
    return encodebytes(write_xml("notification", notification)).decode()


def write_form(payload: str, signature: str | None) -> bytes:
    signed = {} if signature is None else {"bt_signature": signature}
    return urlencode({**signed, "bt_payload": payload}).encode()


def change_kind(body: bytes, kind: str) -> bytes:
    """Tell of something else, which nobody signed."""
    document = fromstring(b64decode(_payload_of(body)))  # noqa: S314 # nosec B314 - ours
    document.findall("kind")[0].text = kind
    return write_form(encodebytes(tostring(document)).decode(), None)


def sign_again(account: Account, body: bytes) -> bytes:
    """Sign what was changed in a form."""
    payload = _payload_of(body)
    return write_form(payload, f"{public_key(account)}|{sign(private_key(account), payload)}")


def _payload_of(body: bytes) -> str:
    return parse_qs(body.decode(errors="replace")).get("bt_payload", [""])[0]


def sign(key: str, message: str) -> str:
    digest = hashlib.sha1(key.encode(), usedforsecurity=False).digest()
    return hmac.new(digest, message.encode(), hashlib.sha1).hexdigest()
