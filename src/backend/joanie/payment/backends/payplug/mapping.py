"""From an order to PayPlug's words, and from its words to ours. Pure functions and tables.

A payment has no status there: it is derived from facts, in the order of PayPlug's own plugins.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from joanie.common.exceptions import ProviderProtocolError
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
    read_moment,
    read_own_id,
    read_reference,
    understanding,
)
from joanie.payment.enums import FailureCode, PaymentState, RefundState

logger = logging.getLogger(__name__)

# What PayPlug's own plugins keep to.
LONGEST_DESCRIPTION = 80

# A failure is more than a decline: it is whatever ended a payment unpaid.
ENDS = {"aborted": PaymentState.CANCELED, "timeout": PaymentState.EXPIRED}
FAILURE_CODES = {
    "card_declined": FailureCode.DECLINED,
    "insufficient_funds": FailureCode.INSUFFICIENT_FUNDS,
    "3ds_declined": FailureCode.AUTHENTICATION_FAILED,
    "incorrect_number": FailureCode.INCORRECT_DATA,
    "fraud_suspected": FailureCode.FRAUD_SUSPECTED,
    "method_unsupported": FailureCode.DECLINED,
    "card_scheme_mismatch": FailureCode.DECLINED,
    "card_expiration_date_prior_to_last_installment_date": FailureCode.EXPIRED_CARD,
    "processing_error": FailureCode.PROCESSING_ERROR,
}


def describe_payment(
    attempt: Attempt,
    billing_address: Mapping[str, str],
    *,
    names: Mapping[str, str],
    email: str,
    description: str,
) -> dict[str, Any]:
    """Say what is to be paid, by whom, and where to send the learner and the notifications.

    ``names`` are ours, which PayPlug repeats; it does not read them.
    """
    buyer = {
        "title": None,
        "first_name": billing_address["first_name"],
        "last_name": billing_address["last_name"],
        "address1": billing_address["address"],
        "postcode": billing_address["postcode"],
        "city": billing_address["city"],
        "country": str(billing_address["country"]),
        "language": attempt.language[:2],
    }
    if email:
        buyer["email"] = email
    return {
        "amount": to_minor_units(attempt.amount),
        "currency": str(attempt.amount.currency),
        "billing": buyer,
        "shipping": {**buyer, "delivery_type": "DIGITAL_GOODS"},
        "hosted_payment": {
            "return_url": attempt.urls.return_,
            "cancel_url": attempt.urls.cancel,
        },
        "notification_url": attempt.urls.notification,
        "description": description[:LONGEST_DESCRIPTION],
        "metadata": dict(names),
    }


def describe_saved_card(token: str) -> dict[str, Any]:
    """Say that a saved card pays, and that the learner is there to be asked by the bank."""
    return {"payment_method": token, "initiator": "PAYER", "allow_save_card": False}


def describe_refund(amount: Money, refund_id: str) -> dict[str, Any]:
    return {"amount": to_minor_units(amount), "metadata": {"refund": refund_id}}


def read_payment(
    wire: Mapping[str, Any], refunds: Iterable[Mapping[str, Any]] = ()
) -> ProviderPayment:
    """Raises ProviderProtocolError when something is missing, or contradicts itself."""
    with understanding("A payment"):
        state = read_state(wire)
        given_back = list(refunds)
        return ProviderPayment(
            reference=read_reference(wire["id"]),
            state=state,
            amount=read_minor_units(wire["amount"], wire["currency"]),
            url=_read_url(wire) if state == PaymentState.PENDING else "",
            failure_code=_read_failure_code(wire) if state == PaymentState.FAILED else "",
            card=_read_used_card(wire.get("card")),
            saved_card=_read_saved_card(wire),
            refunds=tuple(read_refund(refund) for refund in given_back),
            attempt_id=read_own_id(read_metadata(wire).get("attempt")),
            changed_at=_read_change(wire, *given_back),
        )


def read_metadata(wire: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the names of ours that PayPlug repeats; none where it repeats nothing."""
    metadata = wire.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def read_state(wire: Mapping[str, Any]) -> PaymentState:
    """Derive how a payment stands. Raises ProviderProtocolError when it cannot be told."""
    with understanding("A payment"):
        is_paid, failure = wire["is_paid"], wire.get("failure")
        if not isinstance(is_paid, bool):
            raise TypeError(f"is_paid: {is_paid!r}")
        if is_paid and failure is not None:
            raise ValueError("paid, and failed")
        if failure is not None:
            return ENDS.get(str(failure["code"]), PaymentState.FAILED)
        if has_refunds(wire):
            return PaymentState.SUCCEEDED
        if _is_pending(wire.get("payment_method")):
            return PaymentState.PROCESSING
        if is_paid:
            return PaymentState.SUCCEEDED
        if (wire.get("authorization") or {}).get("authorized_at"):
            raise ValueError("authorized, which is never asked for")
        return PaymentState.PENDING


def has_refunds(wire: Mapping[str, Any]) -> bool:
    """Say whether its refunds are worth asking for: they are in a list of their own."""
    return bool(wire.get("is_refunded") or wire.get("amount_refunded"))


def is_of_mode(wire: Mapping[str, Any], *, is_live: bool) -> bool:
    """Say whether a thing belongs to the mode of our key, as far as it says."""
    told = wire.get("is_live")
    return told is None or told is is_live


def read_refund(wire: Mapping[str, Any]) -> ProviderRefund:
    """Read a refund, which is done as soon as it is there. Raises ProviderProtocolError."""
    with understanding("A refund"):
        return ProviderRefund(
            reference=read_reference(wire["id"]),
            amount=read_minor_units(wire["amount"], wire["currency"]),
            state=RefundState.SUCCEEDED,
            refund_id=read_own_id(read_metadata(wire).get("refund")),
        )


def find_refund(wires: Iterable[Mapping[str, Any]], refund_id: str) -> Mapping[str, Any] | None:
    """Return the refund that we asked for under this id, if it was made."""
    for wire in wires:
        if read_metadata(wire).get("refund") == refund_id:
            return wire
    return None


def _is_pending(method: object) -> bool:
    """A saved card that pays may be named by its id alone."""
    return isinstance(method, Mapping) and bool(method.get("is_pending"))


def _read_url(wire: Mapping[str, Any]) -> str:
    url = (wire.get("hosted_payment") or {}).get("payment_url")
    return url if isinstance(url, str) else ""


def _read_failure_code(wire: Mapping[str, Any]) -> str:
    code = str(wire["failure"]["code"])
    if code not in FAILURE_CODES:
        logger.warning("PayPlug reported the failure %r, which is not in its list", code[:100])
    return FAILURE_CODES.get(code, FailureCode.UNKNOWN)


def _read_used_card(card: object) -> UsedCard | None:
    """Before a card was used there is one all the same, with nothing in it."""
    if not isinstance(card, Mapping) or not card.get("last4"):
        return None
    return UsedCard(brand=str(card.get("brand") or ""), last_numbers=str(card["last4"]))


def _read_saved_card(wire: Mapping[str, Any]) -> SavedCard | None:
    """Return the card that was saved with this payment, not the one that it was paid with.

    One that cannot be kept is left out: it does not hide the money.
    """
    card = wire.get("card")
    if not isinstance(card, Mapping) or not card.get("id"):
        return None
    if not (wire.get("save_card") or wire.get("allow_save_card")):
        return None
    try:
        with understanding("A saved card"):
            return SavedCard(
                token=read_reference(card["id"]),
                brand=str(card.get("brand") or ""),
                last_numbers=str(card.get("last4") or ""),
                expiration_month=int(card["exp_month"]),
                expiration_year=int(card["exp_year"]),
            )
    except ProviderProtocolError:
        logger.warning("The card saved with payment %s lacks what a card has", wire.get("id"))
        return None


def _read_change(*wires: Mapping[str, Any]) -> datetime | None:
    """Return when it changed last, as far as it says: it was made, paid or given back."""
    moments = [each.get(name) for each in wires for name in ("created_at", "paid_at")]
    return max((moment for each in moments if (moment := read_moment(each))), default=None)
