"""What of an order can be given back from here."""

from joanie.common.money import Money
from joanie.core.models import Order
from joanie.payment.enums import ARRIVED_PAYMENT_STATES, OPEN_REFUND_STATES
from joanie.payment.ledger.money_back import sum_of
from joanie.payment.models import Payment
from joanie.payment.services.refunds import can_refund


def refundable_payments(order: Order) -> list[tuple[Payment, Money]]:
    """Give the payments with something left, and how much: three statements.

    For people to choose from: whoever gives money back asks the ledger again, with the order
    locked.
    """
    payments = order.payments.filter(state__in=ARRIVED_PAYMENT_STATES).prefetch_related(
        "transactions", "refunds"
    )
    lefts = [(payment, _left(payment)) for payment in payments if can_refund(payment)]
    return [(payment, left) for payment, left in lefts if left.amount > 0]


def _left(payment: Payment) -> Money:
    left = sum_of(payment)
    for refund in payment.refunds.all():
        if refund.state in OPEN_REFUND_STATES:
            left -= refund.amount
    return left
