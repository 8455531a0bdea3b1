"""Records as PayPlug's JSON. A payment has no status there, only facts."""

from typing import Any

from flask.typing import ResponseReturnValue

from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.records import Payment, Refund
from joanie.emulators.kit.acquirer.status import PaymentStatus, RefundStatus
from joanie.emulators.kit.errors import ApiError
from joanie.emulators.payplug.credentials import is_live

Json = dict[str, Any]

A_YEAR = 365 * 86400
CARD_MEMBERS = ("id", "last4", "country", "exp_month", "exp_year", "brand", "metadata")
FAILURES = {PaymentStatus.CANCELED: "aborted", PaymentStatus.EXPIRED: "timeout"}
MESSAGES = {
    "aborted": "The payment was aborted.",
    "timeout": "The customer has not tried to pay and left the payment page.",
}


def payment_as_json(payment: Payment) -> Json:
    is_paid = payment.status is PaymentStatus.SUCCEEDED
    paid_at = _paid_at(payment) if is_paid else None
    return {
        "id": payment.id,
        "object": "payment",
        "is_live": is_live(payment.page.account),
        "amount": payment.amount,
        "amount_refunded": payment.amount_refunded,
        "currency": payment.currency,
        "created_at": int(payment.created),
        "description": payment.description or None,
        "is_paid": is_paid,
        "paid_at": paid_at,
        "is_refunded": payment.amount_refunded == payment.amount,
        "is_3ds": _is_three_d_secure(payment),
        "save_card": bool(payment.extra.get("save_card")),
        "allow_save_card": bool(payment.extra.get("allow_save_card")),
        "card": _card(payment),
        "hosted_payment": {
            "payment_url": url_of(payment),
            "return_url": payment.page.return_url,
            "cancel_url": payment.page.cancel_url or None,
            "paid_at": paid_at,
            "sent_by": None,
        },
        "notification": {"url": payment.page.notification_url, "response_code": None},
        "notification_url": payment.page.notification_url or None,
        "failure": _failure(payment),
        "metadata": payment.extra.get("metadata"),
        "billing": payment.extra.get("billing"),
        "shipping": payment.extra.get("shipping"),
        "installment_plan_id": None,
        "refundable_after": paid_at,
        "refundable_until": paid_at + A_YEAR if paid_at else None,
        "authorization": None,
        "payment_method": _method(payment),
        **payment.overrides,
    }


def refund_as_json(refund: Refund, account: Account) -> Json:
    return {
        "id": refund.id,
        "payment_id": refund.payment,
        "object": "refund",
        "amount": refund.amount,
        "currency": refund.currency,
        "created_at": int(refund.created),
        "is_live": is_live(account),
        "metadata": refund.extra.get("metadata"),
    }


def refunds_of(payment: Payment) -> list[Json]:
    """List those that were made: there is no other kind."""
    made = (each for each in payment.refunds if each.status is RefundStatus.SUCCEEDED)
    return [refund_as_json(each, payment.page.account) for each in made]


def list_as_json(data: list[Json], *, page: int, per_page: int) -> Json:
    return {"type": "list", "page": page, "per_page": per_page, "count": len(data), "data": data}


def error_as_json(error: ApiError) -> ResponseReturnValue:
    """Say no as PayPlug does: what a call asks for in vain is a 400, whatever the reason."""
    content: Json = {"object": "error", "message": str(error)}
    if error.error.get("param"):
        content["details"] = _nested(str(error.error["param"]), str(error))
    return content, 400 if error.status in {402, 409} else error.status


def url_of(payment: Payment) -> str:
    """Give its page, where a bank asks too; it is told even when nothing is left to do there."""
    page = f"{payment.page.origin}/pay/test/{payment.id}"
    is_asked = payment.status is PaymentStatus.REQUIRES_ACTION
    return f"{page}/challenge" if is_asked else page


def _paid_at(payment: Payment) -> int:
    """Nothing but a refund changes a payment that was paid."""
    return int(
        min(each.created for each in payment.refunds) if payment.refunds else payment.updated
    )


def _is_three_d_secure(payment: Payment) -> bool | None:
    if payment.card is None:
        return None
    return payment.card.test_card.on_page.status is PaymentStatus.REQUIRES_ACTION


def _card(payment: Payment) -> Json:
    """There is a card before one was used, with nothing in it; an id when it was saved."""
    card = payment.card
    if card is None:
        return dict.fromkeys(CARD_MEMBERS)
    return {
        "id": card.token,
        "last4": card.test_card.last_numbers,
        "country": "FR",
        "exp_month": card.expiration_month,
        "exp_year": card.expiration_year,
        "brand": card.test_card.brand,
        "metadata": None,
    }


def _failure(payment: Payment) -> Json | None:
    if payment.status is PaymentStatus.FAILED:
        code = payment.failure_code or "processing_error"
    elif payment.status in FAILURES:
        code = FAILURES[payment.status]
    else:
        return None
    return {"code": code, "message": MESSAGES.get(code, "The payment has failed.")}


def _method(payment: Payment) -> Json | None:
    if payment.status is not PaymentStatus.PROCESSING:
        return None
    return {"type": "oney_x3_with_fees", "is_pending": True}


def _nested(path: str, message: str) -> Json:
    name, _, rest = path.partition(".")
    return {name: _nested(rest, message) if rest else message}
