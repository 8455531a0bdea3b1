"""Issuing documents. What is printed is frozen here, so that it can never change later."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import pgettext

from joanie.common.money import MINOR_UNITS, Money
from joanie.common.queue import enqueue
from joanie.common.signals import send_after_commit
from joanie.core.billing_address import FIELDS as ADDRESS_FIELDS
from joanie.core.models import Order
from joanie.core.services.owners import email_of
from joanie.payment.ledger.balance import Balance
from joanie.payment.ledger.references import Kind, next_reference
from joanie.payment.ledger.vat import contained_vat, credited_vat
from joanie.payment.models import Payment, ProformaInvoice, Refund
from joanie.payment.signals import proforma_invoice_issued


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
    vat = contained_vat(order.total, order.vat_rate)
    return _issue(
        order,
        kind=Kind.PROFORMA_INVOICE,
        total=order.total,
        vat=vat,
        content={
            "seller": _describe_seller(order),
            "buyer": {
                **{name: str(billing_address.get(name) or "") for name in ADDRESS_FIELDS},
                "email": email_of(order.owner),
            },
            "lines": [_describe_line(order, order.total, vat)],
            "payment": _describe_payment(payment, card),
            "order": {"id": str(order.pk), "placed_on": order.created_on.date().isoformat()},
            "corrects": None,
            "reason": "",
        },
    )


def issue_credit_note(
    invoice: ProformaInvoice, order: Order, refund: Refund, credited: Money, balance: Balance
) -> ProformaInvoice:
    """Issue a child of ``invoice`` that gives ``credited`` back, which is positive.

    ``balance`` is the order's, before it. The order must be locked.
    """
    currency = credited.currency
    vat = credited_vat(
        credited,
        order.vat_rate,
        left=Money(balance.due, currency),
        vat_left=Money(balance.vat, currency),
    )
    return _correct(invoice, order, refund, total=-credited, vat=-vat)


def issue_reversal(
    credit_note: ProformaInvoice, invoice: ProformaInvoice, order: Order, refund: Refund
) -> ProformaInvoice:
    """Issue a child of ``invoice`` that takes a credit note back, to the last unit.

    The order must be locked.
    """
    return _correct(
        invoice,
        order,
        refund,
        total=-credit_note.total,
        vat=-credit_note.vat,
        reason="",
        takes_back=credit_note.reference,
        takes_back_on=credit_note.issued_on.isoformat(),
    )


def _correct(
    invoice: ProformaInvoice,
    order: Order,
    refund: Refund,
    *,
    total: Money,
    vat: Money,
    **said: str,
) -> ProformaInvoice:
    """Issue a child of ``invoice``. It says what the invoice says, where nothing else is true."""
    payment, paid = refund.payment, invoice.content["payment"]
    is_the_one_that_paid = (paid["provider"], paid["reference"]) == (
        payment.backend,
        payment.provider_reference,
    )
    described = _describe_payment(payment, paid if is_the_one_that_paid else None)
    content = {
        **invoice.content,
        # What invoices did not say once is said as it is now.
        "seller": {**_describe_seller(order), **invoice.content["seller"]},
        "lines": [_describe_line(order, total, vat, invoice.content["lines"][0])],
        "payment": {**described, "reference": refund.provider_reference},
        "corrects": invoice.reference,
        "corrects_on": invoice.issued_on.isoformat(),
        "reason": _reason(order, refund),
        "refund": str(refund.pk),
        "is_disputed": refund.is_chargeback,
        **said,
    }
    return _issue(
        order, kind=Kind.CREDIT_NOTE, total=total, vat=vat, content=content, parent=invoice
    )


def _issue(
    order: Order,
    *,
    kind: Kind,
    total: Money,
    vat: Money,
    content: dict[str, Any],
    parent: ProformaInvoice | None = None,
) -> ProformaInvoice:
    today = timezone.now().date()
    invoice = ProformaInvoice.objects.create(
        order=order,
        parent=parent,
        reference=next_reference(kind, order.organization, today),
        issued_on=today,
        language=order.language,
        total=total,
        vat_rate=order.vat_rate,
        vat_amount=vat.amount,
        content=content,
    )
    enqueue("joanie.payment.render_document", invoice_id=str(invoice.pk))
    send_after_commit(proforma_invoice_issued, ProformaInvoice, proforma_invoice=invoice)
    return invoice


def _reason(order: Order, refund: Refund) -> str:
    if not refund.is_chargeback:
        return refund.reason
    with translation.override(order.language):
        return pgettext("document", "Disputed at the bank")


def _describe_seller(order: Order) -> dict[str, str]:
    """Describe the seller as it is now.

    The logo is the name of its file, which is never written again with another content.
    """
    seller = order.organization
    with translation.override(order.language):
        name, legal_mentions = seller.title_i18n, seller.legal_mentions_i18n
    return {
        "name": name,
        "address": seller.address,
        "postcode": seller.postcode,
        "city": seller.city,
        "country": str(seller.country),
        "registration_number": seller.registration_number,
        "vat_number": seller.vat_number,
        "contact_email": seller.contact_email,
        "logo": seller.logo.name or "",
        "legal_mentions": legal_mentions or "",
    }


def _describe_line(
    order: Order, total: Money, vat: Money, sold: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Describe what was bought, in the words of the line ``sold`` when there is one."""
    if sold is None:
        with translation.override(order.language):
            title = order.product.title_i18n
            detail = f"{order.course.title_i18n} ({order.course.code})"
    else:
        title, detail = sold["title"], sold["detail"]
    return {
        "title": title,
        "detail": detail,
        "quantity": 1,
        "net": _plain(total - vat),
        "total": _plain(total),
    }


def _describe_payment(payment: Payment, card: Mapping[str, Any] | None) -> dict[str, str]:
    if card is None and payment.credit_card is not None:
        card = {
            "brand": payment.credit_card.brand,
            "last_numbers": payment.credit_card.last_numbers,
        }
    return {
        "provider": payment.backend,
        "reference": payment.provider_reference,
        "brand": card["brand"] if card else "",
        "last_numbers": card["last_numbers"] if card else "",
        "paid_on": timezone.now().date().isoformat(),
    }


def _plain(money: Money) -> str:
    return f"{money.amount:.{MINOR_UNITS[str(money.currency)]}f}"
