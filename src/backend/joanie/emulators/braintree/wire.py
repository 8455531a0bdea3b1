"""The records of the kit as Braintree's XML has them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from joanie.emulators.braintree.cards import REJECTIONS, status_of_decline
from joanie.emulators.braintree.credentials import merchant_account_id
from joanie.emulators.braintree.xml import Items
from joanie.emulators.kit.acquirer.cards import Card
from joanie.emulators.kit.acquirer.records import Dispute, Payment, Refund
from joanie.emulators.kit.acquirer.status import DisputeStatus, PaymentStatus, RefundStatus
from joanie.emulators.kit.amounts import decimals

SUBMITTED, SETTLED = "submitted_for_settlement", "settled"
AUTHORIZED, SETTLING, PENDING = "authorized", "settling", "settlement_pending"
VOIDABLE = frozenset({"authorizing", AUTHORIZED, SUBMITTED, PENDING})
REFUNDABLE = frozenset({SETTLED, SETTLING, "settlement_confirmed"})
VOID = "void"

_STATUSES = {
    PaymentStatus.REQUIRES_PAYMENT: "authorizing",
    PaymentStatus.REQUIRES_ACTION: "authorizing",
    PaymentStatus.PROCESSING: "authorizing",
    PaymentStatus.CANCELED: "voided",
    PaymentStatus.EXPIRED: "authorization_expired",
}
_REFUND_STATUSES = {
    RefundStatus.PENDING: "authorizing",
    RefundStatus.SUCCEEDED: SUBMITTED,
    RefundStatus.FAILED: "processor_declined",
}
_DISPUTE_STATUSES = {
    DisputeStatus.WON: "won",
    DisputeStatus.LOST: "lost",
}
_TEXTS = {
    "2000": "Do Not Honor",
    "2001": "Insufficient Funds",
    "2099": "Cardholder Authentication Required",
}


def write_amount(minor_units: int, currency: str) -> str:
    """Write major units, with two decimals where the currency has none, as it happens there."""
    places = decimals(currency)
    amount = Decimal(minor_units).scaleb(-places)
    return f"{amount:.{max(2, places)}f}"


def status_of(payment: Payment) -> str:
    if is_voided(payment):
        return "voided"
    if payment.status is PaymentStatus.SUCCEEDED:
        return str(payment.extra.get("settlement", SUBMITTED))
    if payment.status is PaymentStatus.FAILED:
        return status_of_decline(payment.failure_code or "2000")
    return _STATUSES[payment.status]


def is_voided(payment: Payment) -> bool:
    """A sale that is voided is kept as one that was given back: no credit says so."""
    return any(refund.extra.get(VOID) for refund in payment.refunds)


def as_transaction(payment: Payment) -> dict[str, Any]:
    status, amount = status_of(payment), write_amount(payment.amount, payment.currency)
    return {
        **_common(payment.id, payment, status, amount),
        "type": "sale",
        "order_id": payment.reference or None,
        "created_at": _moment(payment.created),
        "updated_at": _moment(payment.updated),
        **_decision(payment),
        "refund_ids": Items(
            "item", [each.id for each in payment.refunds if not each.extra.get(VOID)]
        ),
        "refunded_transaction_id": None,
        "disputes": Items("dispute", [as_dispute(each, payment) for each in payment.disputes]),
        **payment.overrides,
    }


def as_credit(refund: Refund, payment: Payment) -> dict[str, Any]:
    status = _REFUND_STATUSES[refund.status]
    failed = refund.status is RefundStatus.FAILED
    return {
        **_common(refund.id, payment, status, write_amount(refund.amount, refund.currency)),
        "type": "credit",
        "order_id": refund.reference,
        "created_at": _moment(refund.created),
        "updated_at": _moment(refund.created),
        "processor_response_code": "2000" if failed else "1002",
        "refund_ids": Items("item", []),
        "refunded_transaction_id": payment.id,
        "disputes": Items("dispute", []),
    }


def as_dispute(dispute: Dispute, payment: Payment) -> dict[str, Any]:
    amount = write_amount(dispute.amount, dispute.currency)
    return {
        "id": dispute.id,
        "kind": dispute.extra.get("kind", "chargeback"),
        "status": _status_of_dispute(dispute),
        "reason": "fraud",
        "amount_disputed": amount,
        "amount_won": amount if dispute.status is DisputeStatus.WON else "0.00",
        "currency_iso_code": dispute.currency,
        "transaction": {
            "id": payment.id,
            "order_id": payment.reference or None,
            "amount": write_amount(payment.amount, payment.currency),
        },
    }


def _status_of_dispute(dispute: Dispute) -> str:
    if dispute.status is DisputeStatus.OPEN:
        return str(dispute.extra.get("status", "open"))
    return _DISPUTE_STATUSES[dispute.status]


def as_card(card: Card) -> dict[str, Any]:
    """Never ``expiration-date``: the SDK breaks on it."""
    return {
        "token": card.token,
        "card_type": card.test_card.brand,
        "last_4": card.test_card.last_numbers,
        "expiration_month": f"{card.expiration_month:02}",
        "expiration_year": str(card.expiration_year),
    }


def as_nonce(nonce_id: str, note: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "nonce": nonce_id,
        "type": "CreditCard",
        "consumed": bool(note.get("consumed")),
        "three_d_secure_info": as_three_d_secure(note.get("three_d_secure")),
    }


def as_three_d_secure(status: str | None) -> dict[str, Any] | None:
    if status is None:
        return None
    shifted = status == "authenticate_successful"
    return {
        "status": status,
        "enrolled": "Y",
        "liability_shifted": shifted,
        "liability_shift_possible": True,
    }


def _common(reference: str, payment: Payment, status: str, amount: str) -> dict[str, Any]:
    card = payment.card
    event = {"timestamp": _moment(payment.updated), "status": status, "amount": amount}
    return {
        "id": reference,
        "status": status,
        "amount": amount,
        "currency_iso_code": payment.currency,
        "merchant_account_id": merchant_account_id(payment.currency),
        "customer": {"id": payment.page.customer},
        "credit_card": as_card(card) if card else {"last_4": None},
        "payment_instrument_type": payment.extra.get("instrument", "credit_card"),
        "status_history": Items("status-event", [event]),
    }


def _decision(payment: Payment) -> dict[str, Any]:
    code = payment.failure_code or "1000"
    three_d_secure = as_three_d_secure(payment.extra.get("three_d_secure"))
    told = {"three_d_secure_info": three_d_secure} if three_d_secure else {}
    if code in REJECTIONS:
        return {"gateway_rejection_reason": code, "processor_response_code": "", **told}
    return {
        "processor_response_code": code,
        "processor_response_text": _TEXTS.get(code, "Approved" if code == "1000" else "Declined"),
        **told,
    }


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
