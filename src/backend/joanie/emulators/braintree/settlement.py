"""What becomes of a sale in the days after it: settled, refused, or voided before."""

from collections.abc import Mapping

from joanie.emulators.braintree.wire import (
    AUTHORIZED,
    PENDING,
    SETTLED,
    SETTLING,
    VOID,
    VOIDABLE,
    is_voided,
    status_of,
)
from joanie.emulators.kit.acquirer import payments, refunds
from joanie.emulators.kit.acquirer.cards import Outcome
from joanie.emulators.kit.acquirer.current import current_state
from joanie.emulators.kit.acquirer.payments import already_settled
from joanie.emulators.kit.acquirer.records import Payment
from joanie.emulators.kit.acquirer.state import State
from joanie.emulators.kit.acquirer.status import PaymentStatus, RefundStatus

SETTLEMENTS: Mapping[str, str] = {
    "settle": SETTLED,
    "settling": SETTLING,
    "settlement_confirm": "settlement_confirmed",
    "settlement_decline": "settlement_declined",
    "settlement_pending": PENDING,
}


def actions(payment: Payment) -> Mapping[str, str]:
    if payment.status is not PaymentStatus.SUCCEEDED or is_voided(payment):
        return {}
    return {"settle": "Settle", "settlement_decline": "Refuse the settlement", VOID: "Void"}


def act(action: str, payment: Payment) -> None:
    state = current_state()
    if action == VOID:
        void(state, payment.id)
    else:
        settle(state, payment.id, SETTLEMENTS[action])


def settle(state: State, payment_id: str, settlement: str) -> Payment:
    """Raises ApiError for what was never taken, or was voided."""
    with state.lock:
        payment = state.payment(payment_id)
        if payment.status is not PaymentStatus.SUCCEEDED or is_voided(payment):
            raise already_settled()
        return state.keep_payment(payment, extra={**payment.extra, "settlement": settlement})


def void(state: State, payment_id: str) -> Payment:
    """Raises ApiError once it is being settled."""
    with state.lock:
        payment = state.payment(payment_id)
        if status_of(payment) not in VOIDABLE:
            raise already_settled()
        if payment.status is not PaymentStatus.SUCCEEDED:
            canceled = Outcome(PaymentStatus.CANCELED)
            return payments.settle_payment(state, payment_id, canceled, announces=True)
        refunds.refund_payment(
            state,
            payment_id,
            amount=payment.amount,
            reference=None,
            status=RefundStatus.SUCCEEDED,
            extra={VOID: True},
        )
        return state.payment(payment_id)


def submit(state: State, payment_id: str) -> Payment:
    """Take what was only authorized."""
    payment = state.payment(payment_id)
    if status_of(payment) != AUTHORIZED:
        raise already_settled()
    return settle(state, payment_id, "submitted_for_settlement")
