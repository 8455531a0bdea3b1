"""From the dummy provider's words to ours. Pure functions and total tables."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from joanie.common.exceptions import ProviderProtocolError
from joanie.common.money import InvalidAmount, Money, from_minor_units
from joanie.payment.backends.types import (
    DisputeState,
    ProviderDispute,
    ProviderPayment,
    ProviderRefund,
    SavedCard,
    UsedCard,
)
from joanie.payment.enums import PaymentState, RefundState

PAYMENT_STATES = {
    "requires_payment": PaymentState.PENDING,
    "requires_action": PaymentState.PENDING,
    "processing": PaymentState.PROCESSING,
    "succeeded": PaymentState.SUCCEEDED,
    "failed": PaymentState.FAILED,
    "canceled": PaymentState.CANCELED,
    "expired": PaymentState.EXPIRED,
}
REFUND_STATES = {
    "pending": RefundState.PENDING,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
}
DISPUTE_STATES = {
    "open": DisputeState.OPEN,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
}


def read_payment(wire: Mapping[str, Any]) -> ProviderPayment:
    """Raises ProviderProtocolError when something is missing, or a word is not known."""
    try:
        return ProviderPayment(
            reference=_read_reference(wire),
            state=read_state(wire),
            amount=read_money(wire),
            url=wire.get("url") or "",
            failure_code=wire.get("failure_code") or "",
            card=_read_used_card(wire.get("card")),
            saved_card=read_saved_card(wire.get("card")),
            refunds=tuple(read_refund(refund) for refund in wire.get("refunds", ())),
            disputes=tuple(read_dispute(dispute) for dispute in wire.get("disputes", ())),
            attempt_id=read_own_id(wire.get("reference")),
            changed_at=_read_moment(wire.get("updated")),
        )
    except (KeyError, TypeError) as error:
        raise ProviderProtocolError(f"A payment we do not understand: {error}") from error


def read_state(wire: Mapping[str, Any]) -> PaymentState:
    """Raises ProviderProtocolError when the word is not known."""
    try:
        return PAYMENT_STATES[wire["status"]]
    except (KeyError, TypeError) as error:
        raise ProviderProtocolError(f"A payment we do not understand: {error}") from error


def read_refund(wire: Mapping[str, Any]) -> ProviderRefund:
    """Raises ProviderProtocolError when something is missing, or a word is not known."""
    try:
        return ProviderRefund(
            reference=_read_reference(wire),
            amount=read_money(wire),
            state=REFUND_STATES[wire["status"]],
            refund_id=read_own_id(wire.get("reference")),
        )
    except (KeyError, TypeError) as error:
        raise ProviderProtocolError(f"A refund we do not understand: {error}") from error


def read_dispute(wire: Mapping[str, Any]) -> ProviderDispute:
    """Raises ProviderProtocolError when something is missing, or a word is not known."""
    try:
        return ProviderDispute(
            reference=_read_reference(wire),
            amount=read_money(wire),
            state=DISPUTE_STATES[wire["status"]],
        )
    except (KeyError, TypeError) as error:
        raise ProviderProtocolError(f"A dispute we do not understand: {error}") from error


def read_own_id(reference: object) -> uuid.UUID | None:
    """Return the id of ours that the provider repeats; None when it is somebody else's."""
    try:
        return uuid.UUID(str(reference))
    except ValueError:
        return None


def read_money(wire: Mapping[str, Any]) -> Money:
    """The provider counts in minor units, above zero. Raises ProviderProtocolError."""
    try:
        money = from_minor_units(int(wire["amount"]), wire["currency"])
    except (InvalidAmount, ValueError) as error:
        raise ProviderProtocolError(str(error)) from error
    if money.amount <= 0:
        raise ProviderProtocolError(f"{money} is not an amount that moves")
    return money


def read_saved_card(wire: Mapping[str, Any] | None) -> SavedCard | None:
    """Return the card when the learner agreed to save it."""
    if not wire or not wire.get("saved"):
        return None
    return SavedCard(
        token=wire["token"],
        brand=wire["brand"],
        last_numbers=wire["last_numbers"],
        expiration_month=wire["expiration_month"],
        expiration_year=wire["expiration_year"],
        provider_customer=wire.get("customer") or "",
    )


def read_setup_url(wire: Mapping[str, Any]) -> str:
    """Raises ProviderProtocolError when there is no page to go to."""
    url = wire.get("url")
    if not isinstance(url, str) or not url:
        raise ProviderProtocolError("A card setup without a page")
    return url


def _read_moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _read_reference(wire: Mapping[str, Any]) -> str:
    reference = wire["id"]
    if not isinstance(reference, str) or not reference.strip():
        raise ProviderProtocolError(f"{reference!r} names nothing")
    return reference


def _read_used_card(wire: Mapping[str, Any] | None) -> UsedCard | None:
    if not wire:
        return None
    return UsedCard(brand=wire["brand"], last_numbers=wire["last_numbers"])
