"""``/v1``: what a merchant's server calls."""

from typing import cast

from flask import Blueprint, current_app, g, request
from flask.typing import ResponseReturnValue

from joanie.emulators.dummy import payments, refunds, requests
from joanie.emulators.dummy.records import Account
from joanie.emulators.dummy.state import State
from joanie.emulators.dummy.status import RefundStatus
from joanie.emulators.kit.control_api import API
from joanie.emulators.kit.errors import ApiError, InvalidFieldError
from joanie.emulators.kit.faults import inject_faults
from joanie.emulators.kit.fields import json_body
from joanie.emulators.kit.idempotency import honour_idempotency_keys

EXTENSION = "dummy"
CODES_OF_FAULTS = {401: "unauthorized", 429: "rate_limited"}

blueprint = Blueprint(API, __name__, url_prefix="/v1")


def current_state() -> State:
    return cast("State", current_app.extensions[EXTENSION])


def authenticate() -> Account:
    """Say which account calls. Raises ApiError 401 when it is none of ours."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    account = current_state().account(secret) if scheme == "Bearer" else None
    if account is None:
        raise ApiError(401, "unauthorized", "The secret key is missing or unknown.")
    return account


def current_account() -> Account:
    return cast("Account", g.account)


def refuse_as_told(status: int) -> ResponseReturnValue:
    code = CODES_OF_FAULTS.get(status, "internal_error")
    return ApiError(status, code, "The emulator was told to fail.").answer()


inject_faults(blueprint, refusal=refuse_as_told)


@blueprint.before_request
def open_account() -> None:
    g.account = authenticate()


honour_idempotency_keys(
    blueprint, header="Idempotency-Key", account_name=lambda: str(current_account().number)
)


@blueprint.post("/payments")
def create_payment() -> ResponseReturnValue:
    payment, token = requests.read_payment(json_body(), current_account())
    if token is None:
        created = payments.create_payment(current_state(), payment)
    else:
        created = payments.charge_saved_card(current_state(), payment, token)
    return created.as_json(), 201


@blueprint.get("/payments/<payment_id>")
def retrieve_payment(payment_id: str) -> ResponseReturnValue:
    return current_state().payment(payment_id, current_account()).as_json()


@blueprint.get("/payments")
def find_payment() -> ResponseReturnValue:
    reference = request.args.get("reference")
    if not reference:
        raise InvalidFieldError("reference", "is missing")
    found = current_state().payments_with_reference(reference, current_account())
    return {"data": [payment.as_json() for payment in found]}


@blueprint.get("/changed-payments")
def list_payments() -> ResponseReturnValue:
    since, after, limit = requests.read_listing()
    account = current_account()
    found = current_state().payments_changed_since(since, account, after=after)
    page = [payment.as_json() for payment in found[:limit]]
    return {"data": page, "has_more": len(found) > limit}


@blueprint.post("/payments/<payment_id>/cancel")
def cancel_payment(payment_id: str) -> ResponseReturnValue:
    current_state().payment(payment_id, current_account())
    return payments.cancel_payment(current_state(), payment_id).as_json()


@blueprint.post("/payments/<payment_id>/refunds")
def refund_payment(payment_id: str) -> ResponseReturnValue:
    current_state().payment(payment_id, current_account())
    amount, reference = requests.read_refund(json_body())
    refund = refunds.refund_payment(
        current_state(),
        payment_id,
        amount=amount,
        reference=reference,
        status=RefundStatus(current_state().controls.own("refunds")),
    )
    return refund.as_json(), 201


@blueprint.post("/card-setups")
def create_card_setup() -> ResponseReturnValue:
    setup = requests.read_card_setup(json_body(), current_account())
    return current_state().keep_setup(setup).as_json(), 201


@blueprint.get("/card-setups/<setup_id>")
def retrieve_card_setup(setup_id: str) -> ResponseReturnValue:
    return current_state().setup(setup_id, current_account()).as_json()


@blueprint.delete("/cards/<token>")
def delete_card(token: str) -> ResponseReturnValue:
    current_state().delete_card(token, current_account())
    return "", 204
