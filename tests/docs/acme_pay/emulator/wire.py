"""Acme Pay's wire format, both ways."""

from collections.abc import Mapping
from typing import Any

from flask import request

from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.addresses import url_of_payment
from joanie.emulators.kit.acquirer.cards import Card
from joanie.emulators.kit.acquirer.current import current_provider
from joanie.emulators.kit.acquirer.records import Page, Payment, Refund
from joanie.emulators.kit.acquirer.status import PaymentStatus, RefundStatus
from joanie.emulators.kit.fields import Fields

PAYMENT_WORDS: Mapping[PaymentStatus, str] = {
    PaymentStatus.REQUIRES_PAYMENT: "open",
    PaymentStatus.REQUIRES_ACTION: "open",
    PaymentStatus.PROCESSING: "waiting",
    PaymentStatus.SUCCEEDED: "paid",
    PaymentStatus.FAILED: "declined",
    PaymentStatus.CANCELED: "canceled",
    PaymentStatus.EXPIRED: "expired",
}
REFUND_WORDS: Mapping[RefundStatus, str] = {
    RefundStatus.PENDING: "waiting",
    RefundStatus.SUCCEEDED: "sent",
    RefundStatus.FAILED: "returned",
}


def read_payment(body: object, account: Account) -> tuple[Payment, str | None]:
    """Read what a merchant asks for, and the token of the saved card to charge, if any."""
    fields = Fields(body)
    page = Page(
        account=account,
        origin=request.host_url.rstrip("/"),
        customer=fields.text("customer"),
        return_url=fields.web_url("return_url"),
        cancel_url=fields.web_url("return_url"),
        notification_url=fields.loopback_url("notify_url"),
    )
    payment = Payment(
        id=current_provider().new_id("payment"),
        page=page,
        amount=fields.integer("amount", minimum=1),
        currency=fields.text("currency"),
        reference=fields.text("reference"),
        description=fields.text("label"),
        saves_card=fields.flag("save_card"),
    )
    return payment, fields.optional_text("card")


def read_refund(body: object) -> int:
    """Read how much is to go back, in minor units."""
    return Fields(body).integer("amount", minimum=1)


def payment_as_json(payment: Payment) -> dict[str, Any]:
    """Show a payment and its refunds; ``payment.overrides`` come last."""
    return {
        "id": payment.id,
        "status": PAYMENT_WORDS[payment.status],
        "reason": payment.failure_code,
        "amount": payment.amount,
        "currency": payment.currency,
        "reference": payment.reference,
        "page": url_of_payment(payment),
        "card": card_as_json(payment.card) if payment.card else None,
        "refunds": [refund_as_json(refund) for refund in payment.refunds],
        **payment.overrides,
    }


def refund_as_json(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.id,
        "status": REFUND_WORDS[refund.status],
        "amount": refund.amount,
        "currency": refund.currency,
    }


def card_as_json(card: Card) -> dict[str, Any]:
    """Show a card, with its token once the learner agreed to save it."""
    return {
        "token": card.token,
        "brand": card.test_card.brand,
        "last_numbers": card.test_card.last_numbers,
        "expires": f"{card.expiration_year}-{card.expiration_month:02}",
    }
