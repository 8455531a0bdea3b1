"""From Braintree's words to ours. Pure functions and total tables."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from joanie.common.money import Money, round_to_minor_unit
from joanie.payment.backends.types import (
    DisputeState,
    ProviderDispute,
    ProviderPayment,
    ProviderRefund,
    SavedCard,
    UsedCard,
)
from joanie.payment.backends.wire import (
    read_major_units,
    read_own_id,
    read_reference,
    understanding,
)
from joanie.payment.enums import FailureCode, PaymentState, RefundState

SALE, CREDIT = "sale", "credit"
VOIDED = "voided"
# Money that was promised, and did not come after all.
NEVER_CAME = frozenset({"settlement_declined", "settlement_failed"})
UNDONE = NEVER_CAME | {VOIDED}
# Nothing has moved yet: it can be voided, and not refunded.
UNSETTLED = frozenset({"authorized", "submitted_for_settlement", "settlement_pending"})

PAYMENT_STATES = MappingProxyType(
    {
        "authorizing": PaymentState.PROCESSING,
        "authorized": PaymentState.PROCESSING,
        "submitted_for_settlement": PaymentState.SUCCEEDED,
        "settling": PaymentState.SUCCEEDED,
        "settlement_pending": PaymentState.SUCCEEDED,
        "settlement_confirmed": PaymentState.SUCCEEDED,
        "settled": PaymentState.SUCCEEDED,
        "processor_declined": PaymentState.FAILED,
        "gateway_rejected": PaymentState.FAILED,
        "failed": PaymentState.FAILED,
        "settlement_declined": PaymentState.FAILED,
        "settlement_failed": PaymentState.FAILED,
        "authorization_expired": PaymentState.EXPIRED,
        "voided": PaymentState.CANCELED,
    }
)
# Of a credit: accepted is made, as it is of a sale; it may fail later.
REFUND_STATES = MappingProxyType(
    {
        "authorizing": RefundState.PENDING,
        "authorized": RefundState.PENDING,
        "submitted_for_settlement": RefundState.SUCCEEDED,
        "settling": RefundState.SUCCEEDED,
        "settlement_pending": RefundState.SUCCEEDED,
        "settlement_confirmed": RefundState.SUCCEEDED,
        "settled": RefundState.SUCCEEDED,
        "processor_declined": RefundState.FAILED,
        "gateway_rejected": RefundState.FAILED,
        "failed": RefundState.FAILED,
        "settlement_declined": RefundState.FAILED,
        "settlement_failed": RefundState.FAILED,
        "authorization_expired": RefundState.FAILED,
        "voided": RefundState.FAILED,
    }
)
DISPUTE_STATES = MappingProxyType(
    {
        "open": DisputeState.OPEN,
        "disputed": DisputeState.OPEN,
        "under_review": DisputeState.OPEN,
        "won": DisputeState.WON,
        "lost": DisputeState.LOST,
        "accepted": DisputeState.LOST,
        "auto_accepted": DisputeState.LOST,
        "expired": DisputeState.LOST,
    }
)
INQUIRY = "retrieval"
DISPUTE_KINDS = frozenset({"chargeback", "pre_arbitration", INQUIRY})

_PROCESSOR_CODES = {
    FailureCode.INSUFFICIENT_FUNDS: "2001",
    FailureCode.LIMIT_EXCEEDED: "2002 2003",
    FailureCode.EXPIRED_CARD: "2004 2006 2022",
    FailureCode.INCORRECT_DATA: "2005 2007 2008 2009 2010 2051 2059 2060",
    FailureCode.LOST_OR_STOLEN: "2012 2013 2047 2053",
    FailureCode.FRAUD_SUSPECTED: "2014 2021",
    FailureCode.AUTHENTICATION_REQUIRED: "2099",
    FailureCode.CANCELED: "2017 2018 2070",
    FailureCode.PROVIDER_ERROR: "2023 2024 2025 2026 2027 2028 2029 2030 2045 2055 2064",
    FailureCode.PROCESSING_ERROR: "2016 2033 2034 2078 2105 3000",
}
FAILURE_CODES = MappingProxyType(
    {code: ours for ours, codes in _PROCESSOR_CODES.items() for code in codes.split()}
)
# All others of the banks: they say no.
_DECLINE = re.compile(r"2[0-9]{3}")
REJECTIONS = MappingProxyType(
    {
        "application_incomplete": FailureCode.PROVIDER_ERROR,
        "avs": FailureCode.INCORRECT_DATA,
        "avs_and_cvv": FailureCode.INCORRECT_DATA,
        "cvv": FailureCode.INCORRECT_DATA,
        "duplicate": FailureCode.PROCESSING_ERROR,
        "excessive_retry": FailureCode.FRAUD_SUSPECTED,
        "fraud": FailureCode.FRAUD_SUSPECTED,
        "risk_threshold": FailureCode.FRAUD_SUSPECTED,
        "token_issuance": FailureCode.PROVIDER_ERROR,
    }
)
NOT_AUTHENTICATED = "three_d_secure"
BRANDS = MappingProxyType({"MasterCard": "Mastercard"})
# What Braintree takes as one, of any country.
_POSTCODE = re.compile(r"[A-Za-z0-9 -]{1,9}")


def write_amount(money: Money) -> str:
    """Write major units as the currency has them: 10.00 EUR, 500 JPY."""
    return f"{round_to_minor_unit(money).amount:f}"


def write_billing(address: Mapping[str, str]) -> dict[str, str]:
    """Leave out what Braintree would refuse the whole sale for."""
    written = {
        "first_name": address.get("first_name", ""),
        "last_name": address.get("last_name", ""),
        "street_address": address.get("address", ""),
        "locality": address.get("city", ""),
        "country_code_alpha2": address.get("country", ""),
    }
    postcode = address.get("postcode", "")
    if _POSTCODE.fullmatch(postcode):
        written["postal_code"] = postcode
    return {name: value[:255] for name, value in written.items() if value}


def read_payment(
    wire: Any, refunds: Iterable[ProviderRefund] = (), *, was_booked: bool = False
) -> ProviderPayment:
    """Read a sale, whose ``refunds`` are transactions of their own.

    ``was_booked``: its money is in our books already, so that a void, which is among ``refunds``
    then, gave it back, and a refused settlement took it back. Raises ProviderProtocolError when
    something is missing, or a word is not known.
    """
    with understanding("A transaction"):
        if wire.type != SALE:
            raise TypeError(wire.type)
        reference, amount = read_reference(wire.id), read_money(wire)
        state = PAYMENT_STATES[wire.status]
        lost = []
        if was_booked and wire.status in UNDONE:
            state = PaymentState.SUCCEEDED
            if wire.status in NEVER_CAME:
                lost = [ProviderDispute(f"{reference}-settlement", amount, DisputeState.LOST)]
        return ProviderPayment(
            reference=reference,
            state=state,
            amount=amount,
            failure_code=read_failure(wire) if state == PaymentState.FAILED else "",
            card=_read_used_card(wire),
            saved_card=_read_saved_card(wire),
            refunds=tuple(refunds),
            disputes=(*lost, *read_disputes(getattr(wire, "disputes", None) or ())),
            attempt_id=read_own_id(getattr(wire, "order_id", None)),
            changed_at=_read_moment(getattr(wire, "updated_at", None)),
        )


def read_refund(wire: Any) -> ProviderRefund:
    """Read a credit. Raises ProviderProtocolError like ``read_payment``."""
    with understanding("A refund"):
        if wire.type != CREDIT:
            raise TypeError(wire.type)
        return ProviderRefund(
            reference=read_reference(wire.id),
            amount=read_money(wire),
            state=REFUND_STATES[wire.status],
            refund_id=read_own_id(getattr(wire, "order_id", None)),
        )


def read_void(wire: Any) -> ProviderRefund:
    """Read a voided sale as the refund that it is to somebody who had booked it."""
    reference = f"{read_reference(wire.id)}-void"
    return ProviderRefund(reference, read_money(wire), RefundState.SUCCEEDED)


def read_disputes(wires: Iterable[Any]) -> list[ProviderDispute]:
    """Read those that move money. Raises ProviderProtocolError like ``read_payment``."""
    with understanding("A dispute"):
        return [read_dispute(wire) for wire in wires if not is_inquiry(wire)]


def read_dispute(wire: Any) -> ProviderDispute:
    with understanding("A dispute"):
        disputed = getattr(wire, "amount_disputed", None)
        return ProviderDispute(
            reference=read_reference(wire.id),
            amount=read_major_units(
                wire.amount if disputed is None else disputed, wire.currency_iso_code
            ),
            state=DISPUTE_STATES[wire.status],
        )


def is_inquiry(wire: Any) -> bool:
    """Raises ProviderProtocolError for a kind that is not known."""
    with understanding("A dispute"):
        if wire.kind not in DISPUTE_KINDS:
            raise ValueError(wire.kind)
        return bool(wire.kind == INQUIRY)


def read_money(wire: Any) -> Money:
    with understanding("An amount"):
        return read_major_units(wire.amount, wire.currency_iso_code)


def read_failure(wire: Any) -> FailureCode:
    """Say why a sale failed; a bank's code that we do not know is a decline."""
    reason = str(getattr(wire, "gateway_rejection_reason", None) or "")
    if reason == NOT_AUTHENTICATED:
        has_tried = getattr(wire, "three_d_secure_info", None) is not None
        return (
            FailureCode.AUTHENTICATION_FAILED if has_tried else FailureCode.AUTHENTICATION_REQUIRED
        )
    if reason:
        return REJECTIONS.get(reason, FailureCode.DECLINED)
    if wire.status in NEVER_CAME:
        return FailureCode.PROCESSING_ERROR
    code = str(getattr(wire, "processor_response_code", None) or "")
    if _DECLINE.fullmatch(code):
        return FAILURE_CODES.get(code, FailureCode.DECLINED)
    return FAILURE_CODES.get(code, FailureCode.UNKNOWN)


def _read_used_card(wire: Any) -> UsedCard | None:
    card = getattr(wire, "credit_card_details", None)
    last_numbers = getattr(card, "last_4", None)
    if not last_numbers:
        return None
    return UsedCard(brand=_read_brand(card), last_numbers=last_numbers)


def _read_saved_card(wire: Any) -> SavedCard | None:
    """Return the card when it is in the vault: only then has it a token."""
    card: Any = getattr(wire, "credit_card_details", None)
    token = getattr(card, "token", None)
    if not token or not getattr(card, "last_4", None):
        return None
    return SavedCard(
        token=token,
        brand=_read_brand(card),
        last_numbers=card.last_4,
        expiration_month=int(card.expiration_month),
        expiration_year=int(card.expiration_year),
        provider_customer=getattr(getattr(wire, "customer_details", None), "id", None) or "",
    )


def _read_brand(card: Any) -> str:
    brand = str(getattr(card, "card_type", None) or "")
    return BRANDS.get(brand, brand)


def _read_moment(moment: datetime | None) -> datetime | None:
    """The SDK gives UTC without saying so."""
    return None if moment is None else moment.replace(tzinfo=UTC)
