"""From Acme Pay's words to ours, and back. Pure functions and total tables."""

from collections.abc import Mapping
from typing import Any

from joanie.common.exceptions import ProviderProtocolError
from joanie.common.money import from_minor_units, to_minor_units
from joanie.payment.backends.types import Attempt, ProviderPayment
from joanie.payment.enums import FailureCode, PaymentState

STATES = {
    "open": PaymentState.PENDING,
    "paid": PaymentState.SUCCEEDED,
    "declined": PaymentState.FAILED,
    "canceled": PaymentState.CANCELED,
}
REASONS = {
    "do_not_honor": FailureCode.DECLINED,
    "no_funds": FailureCode.INSUFFICIENT_FUNDS,
    "stolen": FailureCode.LOST_OR_STOLEN,
}


def describe_attempt(attempt: Attempt) -> dict[str, Any]:
    """Say what is to be paid, and where to tell us about it."""
    return {
        "amount": to_minor_units(attempt.amount),
        "currency": str(attempt.amount.currency),
        "return_url": attempt.urls.return_,
        "notify_url": attempt.urls.notification,
    }


def read_payment(wire: Mapping[str, Any]) -> ProviderPayment:
    """Raises ProviderProtocolError on a word that is not in the tables: it is never "not paid"."""
    try:
        return ProviderPayment(
            reference=wire["id"],
            state=STATES[wire["status"]],
            amount=from_minor_units(wire["amount"], wire["currency"]),
            url=wire.get("page") or "",
            failure_code=REASONS[wire["reason"]] if wire["status"] == "declined" else "",
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderProtocolError(f"A payment we do not understand: {error}") from error
