"""What a merchant's server calls. The paths are to be Acme Pay's."""

from flask.typing import ResponseReturnValue
from tests.docs.acme_pay.emulator import wire

from joanie.emulators.kit.acquirer import payments, refunds
from joanie.emulators.kit.acquirer.api import make_api
from joanie.emulators.kit.acquirer.current import current_account, current_state
from joanie.emulators.kit.acquirer.status import RefundStatus
from joanie.emulators.kit.fields import json_body
from joanie.emulators.kit.idempotency import honour_idempotency_keys

blueprint = make_api(__name__)
honour_idempotency_keys(
    blueprint, header="Idempotency-Key", account_name=lambda: str(current_account().number)
)


@blueprint.post("/payments")
def create_payment() -> ResponseReturnValue:
    payment, token = wire.read_payment(json_body(), current_account())
    if token is None:
        created = payments.create_payment(current_state(), payment)
    else:
        created = payments.charge_saved_card(current_state(), payment, token)
    return wire.payment_as_json(created), 201


@blueprint.get("/payments/<payment_id>")
def retrieve_payment(payment_id: str) -> ResponseReturnValue:
    return wire.payment_as_json(current_state().payment(payment_id, current_account()))


@blueprint.post("/payments/<payment_id>/cancel")
def cancel_payment(payment_id: str) -> ResponseReturnValue:
    current_state().payment(payment_id, current_account())
    return wire.payment_as_json(payments.cancel_payment(current_state(), payment_id))


@blueprint.post("/payments/<payment_id>/refunds")
def refund_payment(payment_id: str) -> ResponseReturnValue:
    current_state().payment(payment_id, current_account())
    refund = refunds.refund_payment(
        current_state(),
        payment_id,
        amount=wire.read_refund(json_body()),
        reference=None,
        status=RefundStatus.SUCCEEDED,
    )
    return wire.refund_as_json(refund), 201


@blueprint.delete("/cards/<token>")
def delete_card(token: str) -> ResponseReturnValue:
    current_state().delete_card(token, current_account())
    return "", 204
