"""Writing down that a learner is to be told, in the transaction of what it is about.

The worker sends it (``sending``). The key names the event: telling of it again does nothing, and
of two at once one does nothing.
"""

from typing import Any

from django.conf import settings
from django.utils.translation import get_supported_language_variant

from joanie.common.queue import enqueue
from joanie.core.enums import GRANTING_ORDER_STATES
from joanie.core.models import Order
from joanie.payment.enums import MailKind
from joanie.payment.models import CreditCard, Mail, Payment, ProformaInvoice


def tell_order_paid(order: Order, invoice: ProformaInvoice | None = None) -> None:
    """Confirm the order; ``invoice``, whose PDF is there, goes along. A free order has none."""
    _tell_of_order(MailKind.ORDER_PAID, order.pk, order, proforma_invoice=invoice)


def tell_of_document(invoice: ProformaInvoice) -> None:
    """Tell what a document is about, now that its PDF is there. Call with its row locked.

    A pro forma invoice whose order is not validated is told of when it is: see ``settle``. One
    that corrects a credit note is not told of, nor what the bank took back: the learner asked
    the bank for it, and we have given nothing.
    """
    # Read after the lock: whoever validates the order holds the invoice.
    order = Order.objects.get(pk=invoice.order_id)
    if invoice.content.get("is_disputed"):
        return
    if invoice.is_credit_note:
        _tell_of_order(MailKind.ORDER_REFUNDED, invoice.pk, order, proforma_invoice=invoice)
    elif invoice.parent_id is None and order.state in GRANTING_ORDER_STATES:
        tell_order_paid(order, invoice)


def tell_payment_failed(order: Order, payment: Payment) -> None:
    _tell_of_order(MailKind.PAYMENT_FAILED, payment.pk, order, payment=payment)


def tell_order_expired(order: Order) -> None:
    _tell_of_order(MailKind.ORDER_EXPIRED, order.pk, order)


def tell_card_saved(card: CreditCard) -> None:
    _tell_of_card(MailKind.CARD_SAVED, card, f"{MailKind.CARD_SAVED}:{card.pk}")


def tell_card_expiring(card: CreditCard) -> None:
    """Warn of the end of a card's month, once for each such month."""
    _tell_of_card(MailKind.CARD_EXPIRING, card, card_expiring_key(card))


def card_expiring_key(card: CreditCard) -> str:
    month = f"{card.expiration_year:04}-{card.expiration_month:02}"
    return f"{MailKind.CARD_EXPIRING}:{card.pk}:{month}"


def _tell_of_order(kind: MailKind, event: object, order: Order, **about: Any) -> None:
    _write(
        Mail(
            kind=kind,
            key=f"{kind}:{event}",
            owner_id=order.owner_id,
            order=order,
            language=order.language,
            **about,
        )
    )


def _tell_of_card(kind: MailKind, card: CreditCard, key: str) -> None:
    _write(
        Mail(
            kind=kind,
            key=key,
            owner_id=card.owner_id,
            credit_card=card,
            language=_language_of_owner(card),
        )
    )


def _language_of_owner(card: CreditCard) -> str:
    """Return that of their last order; else their own where the user model knows it."""
    orders = Order.objects.filter(owner=card.owner_id).order_by("-created_on")
    last = orders.values_list("language", flat=True).first()
    if last is not None:
        return last
    try:
        return get_supported_language_variant(str(getattr(card.owner, "language", "")))
    except LookupError:
        return settings.LANGUAGE_CODE


def _write(mail: Mail) -> None:
    """Insert the row and its job, unless the event was told before."""
    Mail.objects.bulk_create([mail], ignore_conflicts=True)
    if Mail.objects.filter(pk=mail.pk).exists():
        enqueue("joanie.payment.send_mail", mail_id=str(mail.pk))
