"""Giving up an order on behalf of its learner."""

from joanie.core.enums import PAYABLE_ORDER_STATES, OrderState
from joanie.core.models import Order
from joanie.payment.exceptions import PaidOrderNotCancelable
from joanie.payment.ledger.locks import order_locked
from joanie.payment.ledger.settlement import save_order_state
from joanie.payment.services.abort import OrderNotAbortable, abort_order


def is_cancelable(order: Order) -> bool:
    """Say whether to offer it, by the row at hand; ``cancel_order`` looks again, under a lock."""
    return order.state in PAYABLE_ORDER_STATES or (
        order.state == OrderState.VALIDATED and order.is_free
    )


def cancel_order(order: Order) -> bool:
    """Cancel an order that is not paid, at the provider too, or one that was free.

    Safe to repeat, and to run twice at once: only one call returns True. Raises
    PaidOrderNotCancelable, and what ``abort_order`` raises.
    """
    if order.state in PAYABLE_ORDER_STATES:
        try:
            abort_order(order=order)
        except OrderNotAbortable:
            return _cancel_what_is_free(order)
        return True
    return _cancel_what_is_free(order)


def _cancel_what_is_free(order: Order) -> bool:
    with order_locked(order.pk) as locked:
        if locked.state == OrderState.CANCELED:
            return False
        if locked.state != OrderState.VALIDATED:
            raise OrderNotAbortable(order_id=order.pk)
        if not locked.is_free:
            raise PaidOrderNotCancelable(order_id=order.pk)
        before = locked.state
        locked.cancel()
        save_order_state(locked, before)
    return True
