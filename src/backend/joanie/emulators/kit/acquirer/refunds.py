"""Giving money back: asked for by the merchant, or from the provider's dashboard."""

from dataclasses import replace

from joanie.emulators.kit.acquirer.records import NOTHING, Extra, Payment, Refund
from joanie.emulators.kit.acquirer.state import State
from joanie.emulators.kit.acquirer.status import PaymentStatus, RefundStatus
from joanie.emulators.kit.errors import ApiError


def refund_payment(
    state: State,
    payment_id: str,
    *,
    amount: int,
    reference: str | None,
    status: RefundStatus,
    extra: Extra = NOTHING,
) -> Refund:
    """Give back a part or all. Raises ApiError when there is not that much to give back."""
    with state.lock:
        payment = state.payment(payment_id)
        if payment.status is not PaymentStatus.SUCCEEDED:
            raise ApiError(409, "payment_not_paid", "Nothing was paid, so nothing is refunded.")
        if amount > payment.refundable:
            raise ApiError(409, "refund_too_large", f"At most {payment.refundable} is left.")
        refund = Refund(
            id=state.provider.new_id("refund"),
            payment=payment.id,
            amount=amount,
            currency=payment.currency,
            reference=reference,
            status=status,
            failure_code=_why(state, status),
            extra=extra,
        )
        return _keep(state, payment, refund, (*payment.refunds, refund))


def settle_refund(state: State, refund_id: str, status: RefundStatus) -> Refund:
    """End a pending refund, or make one that had succeeded fail: it happens with cards."""
    with state.lock:
        payment, refund = state.payment_of_refund(refund_id)
        is_possible = (refund.status, status) in {
            (RefundStatus.PENDING, RefundStatus.SUCCEEDED),
            (RefundStatus.PENDING, RefundStatus.FAILED),
            (RefundStatus.SUCCEEDED, RefundStatus.FAILED),
        }
        if not is_possible:
            raise ApiError(409, "already_settled", f"This refund has {refund.status}.")
        settled = replace(refund, status=status, failure_code=_why(state, status))
        others = [settled if each.id == refund_id else each for each in payment.refunds]
        return _keep(state, payment, settled, tuple(others))


def _keep(state: State, payment: Payment, refund: Refund, refunds: tuple[Refund, ...]) -> Refund:
    payment = state.keep_payment(payment, refunds=refunds)
    state.announce(f"refund.{refund.status}", payment, refund)
    return refund


def _why(state: State, status: RefundStatus) -> str | None:
    return state.provider.failed_refund if status is RefundStatus.FAILED else None
