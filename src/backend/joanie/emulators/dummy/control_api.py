"""The controls that only the dummy has: settling a payment from outside, and forging events."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from joanie.emulators.dummy import disputes, events, payments
from joanie.emulators.dummy.api import authenticate, current_state
from joanie.emulators.dummy.cards import TEST_CARDS, Card, Outcome
from joanie.emulators.dummy.status import DisputeStatus, PaymentStatus, RefundStatus
from joanie.emulators.kit.control_api import authorize
from joanie.emulators.kit.controls import InstructionReader
from joanie.emulators.kit.emulator import current_emulator
from joanie.emulators.kit.fields import Fields, json_body

blueprint = Blueprint("dummy_control", __name__, url_prefix="/control")
blueprint.before_request(authorize)


def own_instructions(processing_seconds: float | None) -> dict[str, InstructionReader]:
    """List what can be told to the dummy alone; the argument is a default."""
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


@blueprint.post("/payments/<payment_id>/settle")
def settle_payment(payment_id: str) -> ResponseReturnValue:
    """Do what a person would do on the hosted page, whatever the payment's state."""
    payment = current_state().payment(payment_id, authenticate())
    allowed = {"status", "failure_code", "card", "save_card", "notify", "overrides"}
    fields = Fields(json_body(), allowed=allowed)
    status = PaymentStatus(fields.choice("status", [each.value for each in PaymentStatus]))
    code = fields.text("failure_code", default="declined")
    test_card = TEST_CARDS[fields.choice("card", [*TEST_CARDS], default="success")]
    is_first_card = status is PaymentStatus.SUCCEEDED and payment.card is None
    return payments.settle_payment(
        current_state(),
        payment_id,
        Outcome(status, code if status is PaymentStatus.FAILED else None),
        announces=fields.flag("notify", default=True),
        card=(
            Card(test_card, payment.page.customer)
            if "card" in fields or is_first_card
            else payment.card
        ),
        saves_card=fields.flag("save_card"),
        overrides=fields.mapping("overrides"),
    ).as_json()


@blueprint.post("/payments/<payment_id>/disputes")
def open_dispute(payment_id: str) -> ResponseReturnValue:
    """Do what the learner's bank would do; all that it can take back unless told."""
    current_state().payment(payment_id, authenticate())
    fields = Fields(json_body(), allowed={"amount"})
    amount = fields.integer("amount", minimum=1) if "amount" in fields else None
    return disputes.open_dispute(current_state(), payment_id, amount).as_json(), 201


@blueprint.post("/disputes/<dispute_id>/settle")
def settle_dispute(dispute_id: str) -> ResponseReturnValue:
    disputed, _ = current_state().payment_of_dispute(dispute_id)
    current_state().payment(disputed.id, authenticate())
    fields = Fields(json_body(), allowed={"status"})
    status = DisputeStatus(fields.choice("status", [DisputeStatus.WON, DisputeStatus.LOST]))
    return disputes.settle_dispute(current_state(), dispute_id, status).as_json()


@blueprint.post("/forge")
def forge_event() -> ResponseReturnValue:
    """Send one event that is badly signed, or well signed and untrue; answer how it was received.

    It is sent once, at once, and nothing changes here.
    """
    allowed = {"payment", "type", "signature", "overrides"}
    fields = Fields(json_body(), allowed=allowed)
    payment = current_state().payment(fields.text("payment"), authenticate())
    event_type = fields.text("type")
    is_about_refund = event_type in events.REFUND_EVENTS and payment.refunds
    is_about_dispute = event_type in events.DISPUTE_EVENTS and payment.disputes
    notification = events.make_notification(
        event_type,
        account=payment.page.account,
        url=payment.page.notification_url,
        payment={**payment.as_json(), **fields.mapping("overrides")},
        refund=payment.refunds[-1].as_json() if is_about_refund else None,
        dispute=payment.disputes[-1].as_json() if is_about_dispute else None,
        signature=fields.choice("signature", events.SIGNATURES, default="valid"),
    )
    attempt = current_emulator().deliveries.send_once(notification)
    return {"event": notification.event_id, **attempt}
