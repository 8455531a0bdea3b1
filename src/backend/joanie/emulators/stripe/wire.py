"""Records as Stripe's objects.

A payment is known by its checkout session, when it has one, and by its payment intent always.
"""

from collections.abc import Callable, Iterable
from typing import Any

from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.addresses import url_of_setup
from joanie.emulators.kit.acquirer.cards import Card
from joanie.emulators.kit.acquirer.records import CardSetup, Dispute, Payment, Refund
from joanie.emulators.kit.acquirer.status import (
    DisputeStatus,
    PaymentStatus,
    RefundStatus,
    SetupStatus,
)
from joanie.emulators.stripe.credentials import is_live
from joanie.emulators.stripe.expansion import Expandable, Json

PAYMENT_PATH, SETUP_PATH = "/c/pay/<payment_id>", "/c/setup/<setup_id>"
SESSION = "cs_"

INTENT_STATUS = {
    PaymentStatus.REQUIRES_PAYMENT: "requires_payment_method",
    PaymentStatus.REQUIRES_ACTION: "requires_action",
    PaymentStatus.PROCESSING: "processing",
    PaymentStatus.SUCCEEDED: "succeeded",
    PaymentStatus.FAILED: "requires_payment_method",
    PaymentStatus.CANCELED: "canceled",
    PaymentStatus.EXPIRED: "canceled",
}
SESSION_STATUS = {
    PaymentStatus.REQUIRES_PAYMENT: "open",
    PaymentStatus.REQUIRES_ACTION: "open",
    PaymentStatus.PROCESSING: "complete",
    PaymentStatus.SUCCEEDED: "complete",
    PaymentStatus.FAILED: "complete",
    PaymentStatus.CANCELED: "expired",
    PaymentStatus.EXPIRED: "expired",
}
SETUP_STATUS = {
    SetupStatus.REQUIRES_CARD: "open",
    SetupStatus.SUCCEEDED: "complete",
    SetupStatus.FAILED: "expired",
    SetupStatus.CANCELED: "expired",
}
DISPUTE_STATUS = {
    DisputeStatus.OPEN: "needs_response",
    DisputeStatus.WON: "won",
    DisputeStatus.LOST: "lost",
}
# Errors of their own; every other reason is the decline code of “card_declined”.
CODES = frozenset(
    {
        "expired_card",
        "incorrect_cvc",
        "processing_error",
        "authentication_required",
        "payment_intent_authentication_failure",
    }
)
FindCard = Callable[[str, Account], object]


class Wire:
    """Shows the records of one emulator. ``find_card`` finds what is saved still, by token."""

    def __init__(self, find_card: FindCard) -> None:
        self._find_card = find_card

    def session(self, payment: Payment) -> Json:
        is_open = SESSION_STATUS[payment.status] == "open"
        was_tried = payment.card is not None or bool(payment.failure_code)
        page = payment.page
        return {
            "id": payment.id,
            "object": "checkout.session",
            "amount_subtotal": payment.amount,
            "amount_total": payment.amount,
            "cancel_url": page.cancel_url,
            "client_reference_id": payment.reference or None,
            "created": int(payment.created),
            "currency": payment.currency.lower(),
            "customer": _customer_of(payment),
            "expires_at": payment.extra["expires_at"],
            "livemode": is_live(page.account),
            "locale": page.language,
            "metadata": payment.extra["session_metadata"],
            "mode": "payment",
            "payment_intent": (
                Expandable(lambda: self.intent(payment), intent_id(payment)) if was_tried else None
            ),
            "payment_status": "paid" if payment.status is PaymentStatus.SUCCEEDED else "unpaid",
            "setup_intent": None,
            "status": SESSION_STATUS[payment.status],
            "success_url": page.return_url,
            "ui_mode": "hosted_page",
            "url": page.origin + PAYMENT_PATH.replace("<payment_id>", payment.id)
            if is_open
            else None,
            **payment.overrides,
        }

    def setup_session(self, setup: CardSetup) -> Json:
        return {
            "id": setup.id,
            "object": "checkout.session",
            "cancel_url": setup.page.cancel_url,
            "client_reference_id": None,
            "created": setup.extra["created"],
            "customer": setup.page.customer if setup.card else setup.extra["customer"],
            "livemode": is_live(setup.page.account),
            "metadata": setup.extra["metadata"],
            "mode": "setup",
            "payment_intent": None,
            "payment_status": "no_payment_required",
            "setup_intent": Expandable(lambda: self.setup_intent(setup), setup.extra["intent"]),
            "status": SETUP_STATUS[setup.status],
            "success_url": setup.page.return_url,
            "ui_mode": "hosted_page",
            "url": (
                url_of_setup(setup, SETUP_PATH)
                if setup.status is SetupStatus.REQUIRES_CARD
                else None
            ),
        }

    def setup_intent(self, setup: CardSetup) -> Json:
        is_done = setup.status is SetupStatus.SUCCEEDED
        return {
            "id": setup.extra["intent"],
            "object": "setup_intent",
            "created": setup.extra["created"],
            "customer": setup.page.customer if setup.card else setup.extra["customer"],
            "livemode": is_live(setup.page.account),
            "metadata": {},
            "payment_method": self._method(setup.card, setup.page.account, "")
            if setup.card
            else None,
            "status": "succeeded" if is_done else "requires_payment_method",
            "usage": "off_session",
        }

    def intent(self, payment: Payment) -> Json:
        is_paid = payment.status is PaymentStatus.SUCCEEDED
        has_charge = is_paid or payment.status is PaymentStatus.PROCESSING or payment.failure_code
        status = INTENT_STATUS[payment.status]
        return {
            "id": intent_id(payment),
            "object": "payment_intent",
            "amount": payment.amount,
            "amount_capturable": 0,
            "amount_received": payment.amount if is_paid else 0,
            "canceled_at": int(payment.updated) if status == "canceled" else None,
            "cancellation_reason": payment.extra.get("cancellation_reason"),
            "capture_method": "automatic_async",
            "client_secret": f"{intent_id(payment)}_secret_{payment.extra['client_secret']}",
            "created": int(payment.created),
            "currency": payment.currency.lower(),
            "customer": _customer_of(payment),
            "description": payment.description or None,
            "last_payment_error": _last_error(payment),
            "latest_charge": (
                Expandable(lambda: self.charge(payment), charge_id(payment))
                if has_charge
                else None
            ),
            "livemode": is_live(payment.page.account),
            "metadata": payment.extra["metadata"],
            "next_action": _next_action(payment),
            "payment_method": (
                self._method(payment.card, payment.page.account, payment.id)
                if payment.card and status != "requires_payment_method"
                else None
            ),
            "payment_method_types": ["card"],
            "setup_future_usage": "on_session" if payment.saves_card else None,
            "status": status,
            **payment.overrides,
        }

    def charge(self, payment: Payment) -> Json:
        is_paid = payment.status is PaymentStatus.SUCCEEDED
        is_processing = payment.status is PaymentStatus.PROCESSING
        return {
            "id": charge_id(payment),
            "object": "charge",
            "amount": payment.amount,
            "amount_refunded": payment.amount_refunded,
            "captured": is_paid,
            "created": int(payment.updated),
            "currency": payment.currency.lower(),
            "customer": _customer_of(payment),
            "disputed": bool(payment.disputes),
            "livemode": is_live(payment.page.account),
            "metadata": payment.extra["metadata"],
            "paid": is_paid,
            "payment_intent": Expandable(lambda: self.intent(payment), intent_id(payment)),
            "refunded": payment.amount_refunded == payment.amount,
            "refunds": Expandable(
                lambda: as_list(
                    "/v1/refunds",
                    [refund_as_json(payment, each) for each in payment.refunds[::-1]],
                )
            ),
            "status": "succeeded" if is_paid else "pending" if is_processing else "failed",
        }

    def card(self, card: Card, account: Account, method_id: str) -> Json:
        is_saved = card.token is not None and bool(self._find_card(card.token, account))
        brand = BRANDS[card.test_card.brand]
        return {
            "id": method_id,
            "object": "payment_method",
            "allow_redisplay": "limited" if is_saved else "unspecified",
            "billing_details": {"address": None, "email": None, "name": None, "phone": None},
            "card": {
                "brand": brand,
                "display_brand": brand,
                "country": "US",
                "exp_month": card.expiration_month,
                "exp_year": card.expiration_year,
                "fingerprint": card.test_card.id.removeprefix("pm_card_"),
                "funding": "credit",
                "last4": card.test_card.last_numbers,
            },
            "customer": card.customer if is_saved else None,
            "livemode": is_live(account),
            "metadata": {},
            "type": "card",
        }

    def _method(self, card: Card, account: Account, payment_id: str) -> Expandable:
        method_id = card.token or f"pm_{payment_id[-24:]}"
        return Expandable(lambda: self.card(card, account, method_id), method_id)


BRANDS = {"Visa": "visa", "Mastercard": "mastercard", "American Express": "amex"}


def intent_id(payment: Payment) -> str:
    return str(payment.extra.get("intent", payment.id))


def charge_id(payment: Payment) -> str:
    return intent_id(payment).replace("pi_", "ch_")


def refund_as_json(payment: Payment, refund: Refund) -> Json:
    return {
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "charge": charge_id(payment),
        "created": int(refund.created),
        "currency": refund.currency.lower(),
        "failure_reason": refund.failure_code,
        "metadata": dict(refund.extra.get("metadata", {})),
        "payment_intent": intent_id(payment),
        "reason": refund.extra.get("reason"),
        "status": RefundStatus(refund.status).value,
    }


def dispute_as_json(payment: Payment, dispute: Dispute) -> Json:
    is_inquiry = dispute.extra.get("is_inquiry") and dispute.status is DisputeStatus.OPEN
    return {
        "id": dispute.id,
        "object": "dispute",
        "amount": dispute.amount,
        "charge": charge_id(payment),
        "created": int(dispute.created),
        "currency": dispute.currency.lower(),
        "is_charge_refundable": False,
        "livemode": is_live(payment.page.account),
        "metadata": {},
        "payment_intent": intent_id(payment),
        "reason": dispute.extra.get("reason", "general"),
        "status": "warning_needs_response" if is_inquiry else DISPUTE_STATUS[dispute.status],
    }


def as_list(url: str, items: Iterable[Any], *, has_more: bool = False) -> Json:
    return {"object": "list", "data": list(items), "has_more": has_more, "url": url}


def explain_decline(code: str) -> Json:
    """Word an error of the card's bank."""
    is_code = code in CODES
    return {
        "type": "card_error",
        "code": code if is_code else "card_declined",
        "decline_code": code if not is_code or code == "expired_card" else None,
        "message": "Your card was declined.",
    }


def _last_error(payment: Payment) -> Json | None:
    is_refused = payment.status in {PaymentStatus.REQUIRES_PAYMENT, PaymentStatus.FAILED}
    if not is_refused or not payment.failure_code:
        return None
    return explain_decline(payment.failure_code)


def _next_action(payment: Payment) -> Json | None:
    if payment.status is not PaymentStatus.REQUIRES_ACTION:
        return None
    page = payment.page.origin + PAYMENT_PATH.replace("<payment_id>", payment.id)
    redirect = {"url": f"{page}/challenge", "return_url": payment.page.return_url}
    return {"type": "redirect_to_url", "redirect_to_url": redirect}


def _customer_of(payment: Payment) -> str | None:
    """Give the customer: one that a page makes is not there before it is paid."""
    is_paid = payment.status is PaymentStatus.SUCCEEDED
    is_there = is_paid or not payment.extra.get("makes_customer")
    return payment.page.customer if is_there else None
