"""Stripe's objects, as far as they are read."""

from typing import Any

Wire = dict[str, Any]
ATTEMPT = "b5b2f0e6-0c54-4f4c-8a52-8b8a4e7f3a11"


def card(**changes: Any) -> Wire:
    details = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2031}
    return {
        "id": "pm_1",
        "object": "payment_method",
        "customer": "cus_1",
        "card": details,
        **changes,
    }


def intent(**changes: Any) -> Wire:
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "status": "succeeded",
        "amount": 1990,
        "amount_received": 1990,
        "currency": "eur",
        "metadata": {"attempt": ATTEMPT},
        "payment_method": card(),
        "setup_future_usage": None,
        "last_payment_error": None,
        "next_action": None,
        **changes,
    }


def session(**changes: Any) -> Wire:
    return {
        "id": "cs_test_1",
        "object": "checkout.session",
        "status": "complete",
        "payment_status": "paid",
        "amount_total": 1990,
        "currency": "eur",
        "metadata": {"attempt": ATTEMPT},
        "payment_intent": intent(),
        "url": None,
        **changes,
    }


def refused(code: str = "card_declined", decline_code: str | None = None) -> Wire:
    """An intent that the bank said no to, and that can be paid still."""
    error = {"code": code, "decline_code": decline_code}
    return intent(status="requires_payment_method", amount_received=0, last_payment_error=error)
