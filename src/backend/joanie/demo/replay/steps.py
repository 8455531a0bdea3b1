"""What is to be done next for a purchase.

The shop alone says it: a run that was killed goes on like one that was not.
"""

from enum import StrEnum

from joanie.core.enums import PAYABLE_ORDER_STATES, OrderState
from joanie.demo.replay.plan import Purchase
from joanie.demo.replay.sight import Seen


class Step(StrEnum):
    ORDER = "order"
    PAY = "pay"
    PAY_AGAIN = "pay_again"
    REFUND = "refund"


def next_step(purchase: Purchase, seen: Seen | None) -> Step | None:
    """Return None when all is done, or when nothing can be done about it."""
    if seen is None or seen.state == OrderState.CANCELED:
        return Step.ORDER
    if seen.state in PAYABLE_ORDER_STATES:
        has_page = seen.attempt is not None and seen.attempt.is_payable
        return Step.PAY if has_page else Step.PAY_AGAIN
    if seen.state == OrderState.VALIDATED and purchase.is_given_back:
        return Step.REFUND
    return None
