"""Whether a mail is still true when it is about to be sent."""

from collections.abc import Callable, Mapping

from django.db.models import Q

from joanie.core.enums import GRANTING_ORDER_STATES, OrderState
from joanie.core.models import Order
from joanie.payment.enums import CardState, MailKind, RefundState
from joanie.payment.mails.outbox import card_expiring_key
from joanie.payment.models import Mail, Refund


def find_untruth(mail: Mail) -> str:
    """Say why a mail has nothing true to say any more; an empty text when it has."""
    return _UNTRUTHS[MailKind(mail.kind)](mail)


def _order_paid(mail: Mail) -> str:
    order = _order_of(mail)
    return "" if order.state in GRANTING_ORDER_STATES else f"The order is {order.state}."


def _order_refunded(mail: Mail) -> str:
    note = mail.proforma_invoice
    told = Q(transactions__proforma_invoice=note)
    if note is not None and "refund" in note.content:
        told |= Q(pk=note.content["refund"])
    failed = Refund.objects.filter(told, state=RefundState.FAILED)
    return "The refund failed afterwards." if failed.exists() else ""


def _payment_failed(mail: Mail) -> str:
    order, payment = _order_of(mail), mail.payment
    if order.state != OrderState.FAILED:
        return f"The order is {order.state}."
    if payment is None:
        return "The payment is not known."
    later = order.payments.filter(created_on__gt=payment.created_on, is_unmatched=False)
    return "There was a later attempt." if later.exists() else ""


def _order_expired(mail: Mail) -> str:
    is_ordered_again = Order.objects.in_place_of(_order_of(mail)).exists()
    return "The learner ordered it again." if is_ordered_again else ""


def _card_saved(mail: Mail) -> str:
    if mail.credit_card is None:
        return "The card was removed."
    state = mail.credit_card.state
    return "" if state == CardState.ACTIVE else f"The card is {state}."


def _card_expiring(mail: Mail) -> str:
    if mail.credit_card is not None and mail.key != card_expiring_key(mail.credit_card):
        return "The card was renewed."
    return _card_saved(mail)


def _order_of(mail: Mail) -> Order:
    if mail.order is None:
        raise ValueError(f"Mail {mail.key} tells of no order")
    return mail.order


_UNTRUTHS: Mapping[MailKind, Callable[[Mail], str]] = {
    MailKind.ORDER_PAID: _order_paid,
    MailKind.ORDER_REFUNDED: _order_refunded,
    MailKind.PAYMENT_FAILED: _payment_failed,
    MailKind.ORDER_EXPIRED: _order_expired,
    MailKind.CARD_SAVED: _card_saved,
    MailKind.CARD_EXPIRING: _card_expiring,
}
