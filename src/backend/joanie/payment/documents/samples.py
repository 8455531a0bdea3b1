"""Documents of nobody, to see what a template makes of them. Nothing is read or stored."""

import uuid
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils import translation
from django.utils.translation import pgettext

from joanie.common.money import MINOR_UNITS, Money, from_minor_units
from joanie.conf import joanie_settings
from joanie.payment.ledger.vat import contained_vat
from joanie.payment.models import ProformaInvoice

INVOICED_ON, CORRECTED_ON = date(2026, 11, 21), date(2026, 12, 3)


class Kind(StrEnum):
    """The value is the name of the template."""

    PROFORMA_INVOICE = "proforma_invoice"
    CREDIT_NOTE = "credit_note"
    CREDIT_NOTE_REVERSAL = "credit_note_reversal"


def sample_document(
    kind: Kind, *, language: str = "en", currency: str = "EUR", lines: int = 1
) -> ProformaInvoice:
    """Build an unsaved document of ``lines`` lines, worth 120.00 each (12,000 yen)."""
    sign = -1 if kind == Kind.CREDIT_NOTE else 1
    price = from_minor_units(sign * 12_000, currency)
    rate = joanie_settings.default_vat_rate
    invoice = ProformaInvoice(
        reference="PF-IDL-2026-000042",
        issued_on=INVOICED_ON,
        language=language,
        total=price * lines,
        vat_rate=rate,
        vat_amount=contained_vat(price, rate).amount * lines,
    )
    with translation.override(language):
        invoice.content = _content(price, rate, lines)
        if kind != Kind.PROFORMA_INVOICE:
            invoice.reference = "CN-IDL-2026-000007"
            invoice.issued_on = CORRECTED_ON
            invoice.content |= _correction()
    if kind == Kind.CREDIT_NOTE_REVERSAL:
        invoice.parent_id = uuid.UUID(int=0)
        invoice.reference = "CN-IDL-2026-000008"
        invoice.content |= {
            "reason": "",
            "takes_back": "CN-IDL-2026-000007",
            "takes_back_on": CORRECTED_ON.isoformat(),
        }
    return invoice


def _content(price: Money, rate: Decimal, lines: int) -> dict[str, Any]:
    decimals = MINOR_UNITS[str(price.currency)]
    net = price - contained_vat(price, rate)
    line = {
        "title": pgettext("document", "Certificate of achievement"),
        "detail": pgettext("document", "Statistics for everybody (stat-101)"),
        "quantity": 1,
        "net": f"{net.amount:.{decimals}f}",
        "total": f"{price.amount:.{decimals}f}",
    }
    return {
        "seller": {
            "name": "Institute of Distance Learning",
            "address": "12 rue des Écoles",
            "postcode": "75005",
            "city": "Paris",
            "country": "FR",
            "registration_number": "000 000 000",
            "vat_number": "FR00000000000",
            "contact_email": "billing@institute.example",
            "legal_mentions": pgettext(
                "document", "Here the seller's legal mentions follow, such as terms of payment."
            ),
        },
        "buyer": {
            "first_name": "Some",
            "last_name": "Learner",
            "address": "1 Main Street",
            "postcode": "MK7 6AA",
            "city": "Milton Keynes",
            "country": "GB",
            "email": "learner@example.org",
        },
        "lines": [line] * lines,
        "payment": {
            "provider": "dummy",
            "reference": "pay_3f9c2a7e",
            "brand": "Visa",
            "last_numbers": "4242",
            "paid_on": INVOICED_ON.isoformat(),
        },
        "order": {"id": "8d3c1f0e-7b5a-4c2e-9d61-2f0a4b8c7e19", "placed_on": "2026-11-20"},
        "corrects": None,
        "reason": "",
    }


def _correction() -> dict[str, Any]:
    return {
        "corrects": "PF-IDL-2026-000042",
        "corrects_on": INVOICED_ON.isoformat(),
        "reason": pgettext("document", "Withdrawal within fourteen days"),
        "payment": {
            "provider": "dummy",
            "reference": "re_81b4d0c3",
            "brand": "Visa",
            "last_numbers": "4242",
            "paid_on": CORRECTED_ON.isoformat(),
        },
    }
