"""The controls of a provider of payments: settling one from outside, forging an event."""

from dataclasses import replace

from flask import Blueprint
from flask.typing import ResponseReturnValue

from joanie.emulators.kit.acquirer import disputes, events, payments
from joanie.emulators.kit.acquirer.accounts import Account, authenticate_bearer
from joanie.emulators.kit.acquirer.cards import Card, Outcome
from joanie.emulators.kit.acquirer.current import current_provider, current_state
from joanie.emulators.kit.acquirer.records import Dispute, Payment, Refund
from joanie.emulators.kit.acquirer.status import DisputeStatus, PaymentStatus, RefundStatus
from joanie.emulators.kit.control_api import authorize
from joanie.emulators.kit.controls import InstructionReader
from joanie.emulators.kit.emulator import current_emulator
from joanie.emulators.kit.errors import ApiError
from joanie.emulators.kit.fields import Fields, json_body

# What a forger can do to the bytes, whoever signs them.
CHANGED = "changed"
SIGNATURES = (*events.SIGNATURES, CHANGED)

blueprint = Blueprint("acquirer_control", __name__, url_prefix="/control")
blueprint.before_request(authorize)


def instructions(processing_seconds: float | None) -> dict[str, InstructionReader]:
    """List what any provider of payments can be told; the argument is a default."""
    return {
        "refunds": lambda fields: fields.choice(
            "refunds", [each.value for each in RefundStatus], default=RefundStatus.SUCCEEDED
        ),
        "clock_is_off": lambda fields: fields.integer(
            "clock_is_off", default=0, minimum=-86400, maximum=86400
        ),
        "processing_seconds": lambda fields: (
            fields.seconds("processing_seconds")
            if "processing_seconds" in fields
            else processing_seconds
        ),
    }


def authenticate() -> Account:
    """Say which account's secret this is: however the provider's API opens, the controls so."""
    return authenticate_bearer(current_state().accounts)


@blueprint.put("/endpoint")
def set_endpoint() -> ResponseReturnValue:
    """Say where the caller's account is told what happened, as in a provider's back office."""
    fields = Fields(json_body(), allowed={"url"})
    current_state().keep_endpoint(fields.loopback_url("url"), authenticate())
    return "", 204


@blueprint.post("/payments/<payment_id>/settle")
def settle_payment(payment_id: str) -> ResponseReturnValue:
    """Do what a person would do on the hosted page, whatever the payment's state."""
    payment = _payment_of_caller(payment_id)
    allowed = {"status", "failure_code", "card", "save_card", "notify", "overrides"}
    fields = Fields(json_body(), allowed=allowed)
    status = PaymentStatus(fields.choice("status", [each.value for each in PaymentStatus]))
    code = fields.text("failure_code", default="declined")
    test_cards = current_provider().test_cards
    test_card = test_cards[fields.choice("card", [*test_cards], default=next(iter(test_cards)))]
    is_first_card = status is PaymentStatus.SUCCEEDED and payment.card is None
    return current_provider().show(
        payments.settle_payment(
            current_state(),
            payment.id,
            Outcome(status, code if status is PaymentStatus.FAILED else None),
            announces=fields.flag("notify", default=True),
            card=(
                Card(test_card, payment.page.customer)
                if "card" in fields or is_first_card
                else payment.card
            ),
            saves_card=fields.flag("save_card"),
            overrides=fields.mapping("overrides"),
        )
    )


@blueprint.post("/payments/<payment_id>/act")
def act(payment_id: str) -> ResponseReturnValue:
    """Do one of the actions that only this provider's back office has."""
    payment = _payment_of_caller(payment_id)
    do_action(payment, Fields(json_body(), allowed={"action"}))
    return current_provider().show(current_state().payment(payment.id))


@blueprint.post("/payments/<payment_id>/disputes")
def open_dispute(payment_id: str) -> ResponseReturnValue:
    """Do what the learner's bank would do; all that it can take back unless told."""
    payment = _payment_of_caller(payment_id)
    fields = Fields(json_body(), allowed={"amount"})
    amount = fields.integer("amount", minimum=1) if "amount" in fields else None
    dispute = disputes.open_dispute(current_state(), payment.id, amount)
    return current_provider().show(dispute), 201


@blueprint.post("/disputes/<dispute_id>/settle")
def settle_dispute(dispute_id: str) -> ResponseReturnValue:
    disputed, _ = current_state().payment_of_dispute(dispute_id)
    _payment_of_caller(disputed.id)
    fields = Fields(json_body(), allowed={"status"})
    status = DisputeStatus(fields.choice("status", [DisputeStatus.WON, DisputeStatus.LOST]))
    return current_provider().show(disputes.settle_dispute(current_state(), dispute_id, status))


@blueprint.post("/forge")
def forge_event() -> ResponseReturnValue:
    """Send one event that is badly signed, or well signed and untrue; answer how it was received.

    It is sent once, at once, and nothing changes here.
    """
    fields = Fields(json_body(), allowed={"payment", "type", "signature", "overrides"})
    payment = _payment_of_caller(fields.text("payment"))
    overrides = {**payment.overrides, **fields.mapping("overrides")}
    name = fields.text("type")
    forged = replace(
        current_state().event(name, replace(payment, overrides=overrides), _about(name, payment)),
        signature=fields.choice("signature", SIGNATURES, default=events.VALID),
    )
    notification = next(iter(current_provider().notifications(forged)), None)
    if notification is None:
        raise ApiError(409, "not_notified", f"This provider does not tell of {name}.")
    if forged.signature == CHANGED:
        notification = replace(notification, body=notification.body + b" ")
    attempt = current_emulator().deliveries.send_once(notification)
    return {"event": notification.event_id, **attempt}


def do_action(payment: Payment, fields: Fields) -> None:
    actions = current_provider().actions(payment)
    current_provider().act(fields.choice("action", [*actions]), payment)


def _payment_of_caller(payment_id: str) -> Payment:
    return current_state().payment(payment_id, authenticate())


def _about(event_name: str, payment: Payment) -> Refund | Dispute | None:
    """Find what such an event would be about: the latest refund or dispute."""
    if event_name in events.REFUND_EVENTS and payment.refunds:
        return payment.refunds[-1]
    if event_name in events.DISPUTE_EVENTS and payment.disputes:
        return payment.disputes[-1]
    return None
