"""From Acme Pay's words to ours, and back. Without Django."""

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from joanie.common.money import Money, to_minor_units
from joanie.payment.backends.types import (
    Attempt,
    ProviderPayment,
    ProviderRefund,
    SavedCard,
    UsedCard,
)
from joanie.payment.backends.wire import (
    read_minor_units,
    read_own_id,
    read_reference,
    understanding,
)
from joanie.payment.enums import FailureCode, PaymentState, RefundState
from joanie.payment.exceptions import ParseNotificationFailed

PAYMENT_STATES: Mapping[str, PaymentState] = {
    "open": PaymentState.PENDING,
    "waiting": PaymentState.PROCESSING,
    "paid": PaymentState.SUCCEEDED,
    "declined": PaymentState.FAILED,
    "canceled": PaymentState.CANCELED,
    "expired": PaymentState.EXPIRED,
}
REFUND_STATES: Mapping[str, RefundState] = {
    "waiting": RefundState.PENDING,
    "sent": RefundState.SUCCEEDED,
    "returned": RefundState.FAILED,
}
FAILURE_CODES: Mapping[str, FailureCode] = {
    "do_not_honor": FailureCode.DECLINED,
    "no_funds": FailureCode.INSUFFICIENT_FUNDS,
    "not_authenticated": FailureCode.AUTHENTICATION_FAILED,
    "stolen": FailureCode.LOST_OR_STOLEN,
}
PAYMENT_ID = re.compile(r"pay_[0-9a-f]{24}")


def describe_payment(
    attempt: Attempt, *, title: str, learner: str, billing_address: Mapping[str, str]
) -> dict[str, Any]:
    """Acme Pay counts in minor units, and has no use for an address."""
    return {
        "amount": to_minor_units(attempt.amount),
        "currency": str(attempt.amount.currency),
        "reference": str(attempt.id),
        "label": title,
        "customer": learner,
        "return_url": attempt.urls.return_,
        "notify_url": attempt.urls.notification,
        "save_card": attempt.save_card,
    }


def describe_refund(amount: Money, refund_id: str) -> dict[str, Any]:
    return {"amount": to_minor_units(amount)}


def read_payment(wire: Mapping[str, Any]) -> ProviderPayment:
    """Raises ProviderProtocolError on a word that is not in the tables: it is never "not paid"."""
    with understanding("A payment"):
        state = PAYMENT_STATES[wire["status"]]
        return ProviderPayment(
            reference=read_reference(wire["id"]),
            state=state,
            amount=read_minor_units(wire["amount"], wire["currency"]),
            url=wire.get("page") or "",
            failure_code=FAILURE_CODES[wire["reason"]] if state == PaymentState.FAILED else "",
            card=read_used_card(wire.get("card")),
            saved_card=read_saved_card(wire.get("card")),
            refunds=tuple(read_refund(refund) for refund in wire.get("refunds", ())),
            attempt_id=read_own_id(wire["reference"]),
        )


def read_used_card(wire: Mapping[str, Any] | None) -> UsedCard | None:
    return UsedCard(brand=wire["brand"], last_numbers=wire["last_numbers"]) if wire else None


def read_saved_card(wire: Mapping[str, Any] | None) -> SavedCard | None:
    """A card has a token when the learner agreed to have it saved."""
    if not wire or not wire["token"]:
        return None
    year, month = wire["expires"].split("-")
    return SavedCard(
        token=wire["token"],
        brand=wire["brand"],
        last_numbers=wire["last_numbers"],
        expiration_month=int(month),
        expiration_year=int(year),
    )


def read_refund(wire: Mapping[str, Any]) -> ProviderRefund:
    """Raises ProviderProtocolError on what is not understood."""
    with understanding("A refund"):
        return ProviderRefund(
            reference=read_reference(wire["id"]),
            amount=read_minor_units(wire["amount"], wire["currency"]),
            state=REFUND_STATES[wire["status"]],
        )


def read_notified_ids(body: bytes) -> tuple[str, uuid.UUID | None] | None:
    """Read which payment it is about, and which attempt of ours; None when it is about neither.

    Raises ParseNotificationFailed when this is not what Acme Pay sends.
    """
    try:
        told = json.loads(body)
        if told["about"] != "payment":
            return None
        if PAYMENT_ID.fullmatch(told["payment"]):
            return str(told["payment"]), read_own_id(told["reference"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ParseNotificationFailed from error
    raise ParseNotificationFailed
