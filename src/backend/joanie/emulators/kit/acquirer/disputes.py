"""What the learner's bank does when its customer disputes a payment."""

from dataclasses import replace

from joanie.emulators.kit.acquirer.records import NOTHING, Dispute, Extra, Payment
from joanie.emulators.kit.acquirer.state import State
from joanie.emulators.kit.acquirer.status import DisputeStatus, PaymentStatus
from joanie.emulators.kit.errors import ApiError


def open_dispute(
    state: State, payment_id: str, amount: int | None = None, *, extra: Extra = NOTHING
) -> Dispute:
    """Take back a part, or all that can be, refunded or not. Raises ApiError beyond that."""
    with state.lock:
        payment = state.payment(payment_id)
        if payment.status is not PaymentStatus.SUCCEEDED:
            raise ApiError(409, "payment_not_paid", "Nothing was paid, so nothing is disputed.")
        amount = payment.disputable if amount is None else amount
        if not 0 < amount <= payment.disputable:
            raise ApiError(409, "dispute_too_large", f"At most {payment.disputable} is left.")
        dispute = Dispute(
            id=state.provider.new_id("dispute"),
            payment=payment.id,
            amount=amount,
            currency=payment.currency,
            extra=extra,
        )
        return _keep(state, payment, dispute, (*payment.disputes, dispute))


def settle_dispute(state: State, dispute_id: str, status: DisputeStatus) -> Dispute:
    """Let the bank decide. It may find for the merchant after all when the dispute was lost."""
    with state.lock:
        payment, dispute = state.payment_of_dispute(dispute_id)
        if status is dispute.status or dispute.status is DisputeStatus.WON:
            raise ApiError(409, "already_settled", f"This dispute is {dispute.status}.")
        settled = replace(dispute, status=status)
        others = [settled if each.id == dispute_id else each for each in payment.disputes]
        return _keep(state, payment, settled, tuple(others))


def _keep(
    state: State, payment: Payment, dispute: Dispute, disputes: tuple[Dispute, ...]
) -> Dispute:
    payment = state.keep_payment(payment, disputes=disputes)
    state.announce(f"dispute.{dispute.status}", payment, dispute)
    return dispute
