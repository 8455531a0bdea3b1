"""From what the ledger adds up to, to the states of the invoice and of the order."""

import logging
from decimal import Decimal

from joanie.common.queue import enqueue
from joanie.common.signals import send_after_commit
from joanie.conf import joanie_settings
from joanie.core.enums import GRANTING_ORDER_STATES, PAYABLE_ORDER_STATES, OrderState
from joanie.core.models import Order
from joanie.core.services.outgoing_events import tell_of_order
from joanie.core.services.seats import ProductSoldOut, hold_seat
from joanie.core.signals import (
    order_canceled,
    order_failed,
    order_refunded,
    order_validated,
)
from joanie.payment.enums import OPEN_REFUND_STATES, InvoiceState
from joanie.payment.ledger.balance import Balance
from joanie.payment.ledger.credit_notes import credit_what_went_back
from joanie.payment.ledger.traces import trace_order
from joanie.payment.mails.outbox import tell_order_paid
from joanie.payment.models import ProformaInvoice, Refund

logger = logging.getLogger(__name__)

# Whatever money there is has to go back.
GIVEN_UP_ORDER_STATES = (OrderState.CANCELED, OrderState.REFUNDING, OrderState.REFUNDED)

SIGNALS = {
    OrderState.VALIDATED: order_validated,
    OrderState.FAILED: order_failed,
    OrderState.CANCELED: order_canceled,
    OrderState.REFUNDED: order_refunded,
}


def settle(order: Order, invoice: ProformaInvoice) -> Balance:
    """Bring the invoice's and the order's state in line with the ledger.

    The order must be locked. What has to follow is enqueued in the same transaction: access when
    it was won or lost, the return of money that the order cannot use.
    """
    balance = Balance.of(order)
    if not balance.is_settled:
        balance = credit_what_went_back(order, invoice, balance)
    before = invoice.state
    invoice.become(balance.state)
    if invoice.state != before:
        invoice.save(update_fields=["state", "updated_on"])
    was_payable = order.state in PAYABLE_ORDER_STATES
    _move_order(order, balance)
    if was_payable and order.state == OrderState.VALIDATED and invoice.pdf_sha256:
        # Its document was there before all of its money: usually it comes later, and tells of it.
        tell_order_paid(order, invoice)
    if joanie_settings.REFUND_UNUSABLE_MONEY and unusable_money(order, balance) > 0:
        enqueue("joanie.payment.refund_unusable_money", order_id=str(order.pk))
    return balance


def unusable_money(order: Order, balance: Balance) -> Decimal:
    """Return what the order has no use for: the excess, or everything once it is given up."""
    if order.state in GIVEN_UP_ORDER_STATES:
        return max(balance.moved, Decimal(0))
    return balance.excess


def save_order_state(order: Order, before: str) -> None:
    """Write the state; when access is won or lost by it, enqueue what follows.

    Host projects are told after the commit, unless it is validated as it was before; endpoints of
    webhooks in the transaction, or by that job.
    """
    if order.state == before:
        return
    order.save(update_fields=["state", "updated_on"])
    trace_order(order)
    was_granting, is_granting = (state in GRANTING_ORDER_STATES for state in (before, order.state))
    if was_granting != is_granting:
        # It tells other systems too. The order may have gone on when it runs.
        moment = order.updated_on.isoformat()
        enqueue(
            "joanie.core.update_access", order_id=str(order.pk), state=order.state, moment=moment
        )
    elif not is_granting:
        tell_of_order(order_id=order.pk, state=order.state, moment=order.updated_on)
    signal = SIGNALS.get(OrderState(order.state))
    if signal is not None and not (was_granting and is_granting):
        send_after_commit(signal, sender=Order, order=order)


def _move_order(order: Order, balance: Balance) -> None:
    before = order.state
    if before in PAYABLE_ORDER_STATES:
        if balance.state in {InvoiceState.PAID, InvoiceState.PARTIALLY_REFUNDED}:
            order.validate()
    elif before in GRANTING_ORDER_STATES:
        if balance.state == InvoiceState.REFUNDED:
            order.refund()
        elif before == OrderState.REFUNDING and not _has_open_refund(order):
            order.abandon_refund()
    elif (
        before == OrderState.REFUNDED
        and balance.is_settled
        and balance.due > 0
        and not _has_open_refund(order)
        and not Order.objects.in_place_of(order).exists()
        and _has_seat_again(order)
    ):
        order.reinstate()
    save_order_state(order, before)


def _has_seat_again(order: Order) -> bool:
    """Hold a seat for an order that gave its own up, if there is one.

    The product comes before the order: whoever books what may bring an order back locks both.
    """
    try:
        hold_seat(product_id=order.product_id, owner_id=order.owner_id, course_id=order.course_id)
    except ProductSoldOut:
        logger.warning("Order %s does not come back: %s is sold out", order.pk, order.product_id)
        return False
    return True


def _has_open_refund(order: Order) -> bool:
    return Refund.objects.filter(payment__order=order, state__in=OPEN_REFUND_STATES).exists()
