"""From the dummy provider's words to ours. Pure functions and total tables."""

from collections.abc import Mapping
from typing import Any

from joanie.common.exceptions import ProviderProtocolError
from joanie.common.money import Money
from joanie.payment.backends.types import (
    DisputeState,
    ProviderDispute,
    ProviderPayment,
    ProviderRefund,
    SavedCard,
    UsedCard,
)
from joanie.payment.backends.wire import (
    read_minor_units,
    read_moment,
    read_own_id,
    read_reference,
    understanding,
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
    with understanding("A payment"):
        return ProviderPayment(
            reference=read_reference(wire["id"]),
            state=read_state(wire),
            amount=_read_money(wire),
            url=wire.get("url") or "",
            failure_code=wire.get("failure_code") or "",
            card=_read_used_card(wire.get("card")),
            saved_card=read_saved_card(wire.get("card")),
            refunds=tuple(read_refund(refund) for refund in wire.get("refunds", ())),
            disputes=tuple(read_dispute(dispute) for dispute in wire.get("disputes", ())),
            attempt_id=read_own_id(wire.get("reference")),
            changed_at=read_moment(wire.get("updated")),
        )


def read_state(wire: Mapping[str, Any]) -> PaymentState:
    """Raises ProviderProtocolError when the word is not known."""
    with understanding("A payment"):
        return PAYMENT_STATES[wire["status"]]


def read_refund(wire: Mapping[str, Any]) -> ProviderRefund:
    """Raises ProviderProtocolError when something is missing, or a word is not known."""
    with understanding("A refund"):
        return ProviderRefund(
            reference=read_reference(wire["id"]),
            amount=_read_money(wire),
            state=REFUND_STATES[wire["status"]],
            refund_id=read_own_id(wire.get("reference")),
        )


def read_dispute(wire: Mapping[str, Any]) -> ProviderDispute:
    """Raises ProviderProtocolError when something is missing, or a word is not known."""
    with understanding("A dispute"):
        return ProviderDispute(
            reference=read_reference(wire["id"]),
            amount=_read_money(wire),
            state=DISPUTE_STATES[wire["status"]],
        )


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


def _read_money(wire: Mapping[str, Any]) -> Money:
    return read_minor_units(wire["amount"], wire["currency"])


def _read_used_card(wire: Mapping[str, Any] | None) -> UsedCard | None:
    if not wire:
        return None
    return UsedCard(brand=wire["brand"], last_numbers=wire["last_numbers"])
