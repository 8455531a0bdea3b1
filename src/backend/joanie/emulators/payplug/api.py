"""``/v1``: what a merchant's server calls, and ``/test``, which says that somebody is there."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from joanie.emulators.kit.acquirer import payments, refunds
from joanie.emulators.kit.acquirer.api import make_api
from joanie.emulators.kit.acquirer.current import (
    current_account,
    current_provider,
    current_state,
)
from joanie.emulators.kit.acquirer.records import Payment
from joanie.emulators.kit.acquirer.status import PaymentStatus, RefundStatus
from joanie.emulators.kit.errors import ApiError, InvalidFieldError, NotFoundError
from joanie.emulators.kit.fields import Fields, json_body
from joanie.emulators.payplug import requests
from joanie.emulators.payplug.credentials import is_live
from joanie.emulators.payplug.wire import (
    list_as_json,
    payment_as_json,
    refund_as_json,
    refunds_of,
)

blueprint = make_api(__name__, url_prefix="/v1")
probe = Blueprint("probe", __name__)


@probe.get("/test")
def test() -> ResponseReturnValue:
    return {"status": "ok"}


@blueprint.post("/payments")
def create_payment() -> ResponseReturnValue:
    payment_id = current_provider().new_id("payment")
    payment, card = requests.read_payment(json_body(), current_account(), payment_id)
    asks_to_save = payment.extra["save_card"] or payment.extra["allow_save_card"]
    if asks_to_save and not _may_save_cards():
        raise ApiError(403, "forbidden", "This account may not save cards.")
    if card is None:
        return payment_as_json(payments.create_payment(current_state(), payment)), 201
    if current_state().saved_card(card, current_account()) is None:
        raise InvalidFieldError("payment_method", "is no card of this account")
    return payment_as_json(payments.charge_saved_card(current_state(), payment, card)), 201


@blueprint.get("/payments")
def list_payments() -> ResponseReturnValue:
    page, per_page = requests.read_page()
    newest_first = current_state().payments_of(current_account())[::-1]
    shown = newest_first[page * per_page : (page + 1) * per_page]
    data = [payment_as_json(payment) for payment in shown]
    return list_as_json(data, page=page, per_page=per_page)


@blueprint.get("/payments/<payment_id>")
def retrieve_payment(payment_id: str) -> ResponseReturnValue:
    return payment_as_json(_find(payment_id))


@blueprint.patch("/payments/<payment_id>")
def update_payment(payment_id: str) -> ResponseReturnValue:
    """Abort a payment, in today's word or an older one, or change its metadata."""
    _find(payment_id)
    fields = Fields(json_body(), allowed={"aborted", "abort", "metadata"})
    with current_state().lock:
        payment = _find(payment_id)
        if "metadata" in fields:
            extra = {**payment.extra, "metadata": requests.read_metadata(fields)}
            payment = current_state().keep_payment(payment, extra=extra)
        if fields.flag("aborted") or fields.flag("abort"):
            payment = _abort(payment)
    return payment_as_json(payment)


@blueprint.post("/payments/<payment_id>/refunds")
def create_refund(payment_id: str) -> ResponseReturnValue:
    body = json_body()
    with current_state().lock:
        payment = _find(payment_id)
        amount, metadata = requests.read_refund(body, payment.refundable)
        refund = refunds.refund_payment(
            current_state(),
            payment_id,
            amount=amount,
            reference=None,
            status=RefundStatus.SUCCEEDED,
            extra={"metadata": metadata},
        )
    return refund_as_json(refund, current_account()), 201


@blueprint.get("/payments/<payment_id>/refunds")
def list_refunds(payment_id: str) -> ResponseReturnValue:
    made = refunds_of(_find(payment_id))
    page, per_page = requests.read_page()
    shown = made[page * per_page : (page + 1) * per_page]
    return list_as_json(shown, page=page, per_page=per_page)


@blueprint.get("/payments/<payment_id>/refunds/<refund_id>")
def retrieve_refund(payment_id: str, refund_id: str) -> ResponseReturnValue:
    for refund in refunds_of(_find(payment_id)):
        if refund["id"] == refund_id:
            return refund
    raise NotFoundError("refund")


@blueprint.delete("/cards/<token>")
def delete_card(token: str) -> ResponseReturnValue:
    current_state().delete_card(token, current_account())
    return "", 204


@blueprint.get("/account")
def show_account() -> ResponseReturnValue:
    return {
        "is_live": is_live(current_account()),
        "object": "account",
        "id": str(current_account().number),
        "configuration": {
            "currencies": ["EUR"],
            "min_amounts": {"EUR": requests.MIN_AMOUNT},
            "max_amounts": {"EUR": requests.MAX_AMOUNT},
        },
        "permissions": {"use_live_mode": True, "can_save_cards": _may_save_cards()},
    }


def _find(payment_id: str) -> Payment:
    return current_state().payment(payment_id, current_account())


def _may_save_cards() -> bool:
    return bool(current_state().controls.own("can_save_cards"))


def _abort(payment: Payment) -> Payment:
    if payment.status is PaymentStatus.CANCELED:
        raise ApiError(400, "already_settled", "The payment was already aborted.")
    if payment.status not in payments.OPEN:
        raise ApiError(400, "already_settled", "The payment can no longer be aborted.")
    return payments.cancel_payment(current_state(), payment.id)
