"""Issuing documents. What is printed is frozen here, so that it can never change later."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils import timezone, translation

from joanie.common.money import MINOR_UNITS, Money
from joanie.common.queue import enqueue
from joanie.common.signals import send_after_commit
from joanie.core.billing_address import FIELDS as ADDRESS_FIELDS
from joanie.core.models import Order
from joanie.payment.ledger.vat import contained_vat
from joanie.payment.models import Payment, ProformaInvoice, Refund
from joanie.payment.signals import proforma_invoice_issued

PROFORMA_PREFIX = "PF"
CREDIT_NOTE_PREFIX = "CN"


def get_or_issue_proforma_invoice(
    order: Order,
    payment: Payment,
    billing_address: Mapping[str, Any],
    card: Mapping[str, Any] | None = None,
) -> ProformaInvoice:
    """Return the order's main document, issued now if it has none. The order must be locked.

    ``card`` says which card paid, when it is known.
    """
    invoice = (
        ProformaInvoice.objects.main().filter(order=order).select_for_update(no_key=True).first()
    )
    if invoice is not None:
        return invoice
    return _issue(
        order,
        prefix=PROFORMA_PREFIX,
        total=order.total,
        content=_describe(order, payment, billing_address, order.total, card),
    )


def issue_correction(
    invoice: ProformaInvoice, order: Order, refund: Refund, total: Money
) -> ProformaInvoice:
    """Issue a child of ``invoice``: a credit note when ``total`` is negative.

    A positive one takes a credit note back. The order must be locked.
    """
    described = _describe(order, refund.payment, {}, total, invoice.content["payment"])
    content = {
        **described,
        "payment": {**described["payment"], "reference": refund.provider_reference},
        "buyer": invoice.content["buyer"],
        "seller": invoice.content["seller"],
        "corrects": invoice.reference,
        "reason": refund.reason,
    }
    return _issue(order, prefix=CREDIT_NOTE_PREFIX, total=total, content=content, parent=invoice)


def _issue(
    order: Order,
    *,
    prefix: str,
    total: Money,
    content: dict[str, Any],
    parent: ProformaInvoice | None = None,
) -> ProformaInvoice:
    today = timezone.now().date()
    invoice = ProformaInvoice.objects.create(
        order=order,
        parent=parent,
        reference=_next_reference(f"{prefix}-{order.organization.code}-{today.year}"),
        issued_on=today,
        language=order.language,
        total=total,
        vat_rate=order.vat_rate,
        vat_amount=contained_vat(total, order.vat_rate).amount,
        content=content,
    )
    enqueue("joanie.payment.render_document", invoice_id=str(invoice.pk))
    send_after_commit(proforma_invoice_issued, ProformaInvoice, proforma_invoice=invoice)
    return invoice


def _next_reference(series: str) -> str:
    """Take the next number of a series, in one statement: no gap, no number twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO joanie_payment_documentsequence (series, last_number) VALUES (%s, 1)
            ON CONFLICT (series) DO UPDATE
            SET last_number = joanie_payment_documentsequence.last_number + 1
            RETURNING last_number
            """,
            [series],
        )
        (number,) = cursor.fetchone()
    return f"{series}-{number:06d}"


def _describe(
    order: Order,
    payment: Payment,
    billing_address: Mapping[str, Any],
    total: Money,
    card: Mapping[str, Any] | None,
) -> dict[str, Any]:
    seller = order.organization
    if card is None and payment.credit_card is not None:
        card = {
            "brand": payment.credit_card.brand,
            "last_numbers": payment.credit_card.last_numbers,
        }
    with translation.override(order.language):
        line = {
            "title": order.product.title_i18n,
            "detail": f"{order.course.title_i18n} ({order.course.code})",
        }
        seller_name = seller.title_i18n
    return {
        "seller": {
            "name": seller_name,
            "address": seller.address,
            "postcode": seller.postcode,
            "city": seller.city,
            "country": str(seller.country),
            "registration_number": seller.registration_number,
            "vat_number": seller.vat_number,
            "contact_email": seller.contact_email,
        },
        "buyer": {
            **{name: str(billing_address.get(name) or "") for name in ADDRESS_FIELDS},
            "email": getattr(order.owner, "email", ""),
        },
        "lines": [{**line, "quantity": 1, "total": _plain(total)}],
        "payment": {
            "provider": payment.backend,
            "reference": payment.provider_reference,
            "brand": card["brand"] if card else "",
            "last_numbers": card["last_numbers"] if card else "",
            "paid_on": timezone.now().date().isoformat(),
        },
        "order": {"id": str(order.pk), "placed_on": order.created_on.date().isoformat()},
        "corrects": None,
        "reason": "",
    }


def _plain(money: Money) -> str:
    return f"{money.amount:.{MINOR_UNITS[str(money.currency)]}f}"
