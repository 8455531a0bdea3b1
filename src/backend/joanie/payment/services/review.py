"""Settling what a person had to look at."""

import logging

from django.utils.translation import get_language, gettext

from joanie.common.money import Money
from joanie.core.enums import PAYABLE_ORDER_STATES
from joanie.core.models import Order
from joanie.payment.documents.formats import get_locale, in_money
from joanie.payment.enums import PaymentFlag
from joanie.payment.exceptions import PaymentNotSettled
from joanie.payment.ledger.balance import Balance
from joanie.payment.ledger.locks import order_locked
from joanie.payment.ledger.money_back import sum_of
from joanie.payment.ledger.settlement import unusable_money
from joanie.payment.models import Payment

logger = logging.getLogger(__name__)


def settle_flag(payment: Payment) -> bool:
    """Take the flag off a payment whose money is all where it belongs: with the order, or back.

    While a dispute of it is undecided it is flagged for that. Safe to repeat: only the call that
    takes the flag off returns True. Raises PaymentNotSettled, which says what is left.
    """
    with order_locked(payment.order_id) as order:
        row = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        if not row.flag:
            return False
        left = money_to_settle(row, order)
        if left.amount > 0:
            raise PaymentNotSettled(
                gettext("%(amount)s of this payment is still to be given back.")
                % {"amount": in_money(left, get_locale(get_language() or "en"))}
            )
        is_disputed = row.refunds.undecided().exists()
        if is_disputed and row.flag == PaymentFlag.DISPUTED:
            raise PaymentNotSettled(
                gettext("The bank has not decided yet: the flag goes when the provider tells.")
            )
        logger.info("Payment %s was settled; it was flagged %s", row.pk, row.flag)
        row.flag = PaymentFlag.DISPUTED if is_disputed else ""
        row.save(update_fields=["flag", "updated_on"])
    return True


def money_to_settle(payment: Payment, order: Order) -> Money:
    """Return what came of a payment, is still here, and that its order has no use for.

    All of it while the order waits for more, and when it came in another currency. Call with the
    order locked.
    """
    here = sum_of(payment)
    if here.currency != order.total.currency:
        return here
    balance = Balance.of(order)
    if order.state in PAYABLE_ORDER_STATES and not balance.is_settled:
        return here
    return Money(min(here.amount, unusable_money(order, balance)), here.currency)
