"""``/v1``: what a merchant's server calls."""

from flask import request
from flask.typing import ResponseReturnValue

from joanie.emulators.dummy import requests
from joanie.emulators.dummy.wire import payment_as_json, refund_as_json, setup_as_json
from joanie.emulators.kit.acquirer import payments, refunds
from joanie.emulators.kit.acquirer.api import make_api
from joanie.emulators.kit.acquirer.current import current_account, current_state
from joanie.emulators.kit.acquirer.status import RefundStatus
from joanie.emulators.kit.errors import InvalidFieldError
from joanie.emulators.kit.fields import json_body
from joanie.emulators.kit.idempotency import honour_idempotency_keys

blueprint = make_api(__name__, url_prefix="/v1")
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
    return payment_as_json(created), 201


@blueprint.get("/payments/<payment_id>")
def retrieve_payment(payment_id: str) -> ResponseReturnValue:
    return payment_as_json(current_state().payment(payment_id, current_account()))


@blueprint.get("/payments")
def find_payment() -> ResponseReturnValue:
    reference = request.args.get("reference")
    if not reference:
        raise InvalidFieldError("reference", "is missing")
    found = current_state().payments_with_reference(reference, current_account())
    return {"data": [payment_as_json(payment) for payment in found]}


@blueprint.get("/changed-payments")
def list_payments() -> ResponseReturnValue:
    since, after, limit = requests.read_listing()
    account = current_account()
    found = current_state().payments_changed_since(since, account, after=after)
    page = [payment_as_json(payment) for payment in found[:limit]]
    return {"data": page, "has_more": len(found) > limit}


@blueprint.post("/payments/<payment_id>/cancel")
def cancel_payment(payment_id: str) -> ResponseReturnValue:
    current_state().payment(payment_id, current_account())
    return payment_as_json(payments.cancel_payment(current_state(), payment_id))


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
    return refund_as_json(refund), 201


@blueprint.post("/card-setups")
def create_card_setup() -> ResponseReturnValue:
    setup = requests.read_card_setup(json_body(), current_account())
    return setup_as_json(current_state().keep_setup(setup)), 201


@blueprint.get("/card-setups/<setup_id>")
def retrieve_card_setup(setup_id: str) -> ResponseReturnValue:
    return setup_as_json(current_state().setup(setup_id, current_account()))


@blueprint.delete("/cards/<token>")
def delete_card(token: str) -> ResponseReturnValue:
    current_state().delete_card(token, current_account())
    return "", 204
