import copy
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from pytest_django import Settings

from joanie.common.money import Money
from joanie.payment.documents.rendering import render_pdf
from joanie.payment.models import ProformaInvoice

# As the first documents had it: what came later is added by the tests that need it.
CONTENT: dict[str, Any] = {
    "seller": {
        "name": "Institute of Distance Learning",
        "address": "12 rue des Écoles",
        "postcode": "75005",
        "city": "Paris",
        "country": "FR",
        "registration_number": "000 000 000",
        "vat_number": "FR00000000000",
        "contact_email": "billing@institute.example",
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
    "lines": [
        {"title": "Certificate", "detail": "Data (data-1)", "quantity": 1, "total": "120.00"}
    ],
    "payment": {
        "provider": "dummy",
        "reference": "pay_3f9c2a7e",
        "brand": "Visa",
        "last_numbers": "4242",
        "paid_on": "2026-11-21",
    },
    "order": {"id": "8d3c1f0e-7b5a-4c2e-9d61-2f0a4b8c7e19", "placed_on": "2026-11-20"},
    "corrects": None,
    "reason": "",
}


def build_invoice(
    total: Money | None = None,
    *,
    vat_rate: str = "20.00",
    vat: str = "20.00",
    language: str = "en",
    reference: str = "PF-IDL-2026-000001",
    parent: ProformaInvoice | None = None,
    **content: Any,
) -> ProformaInvoice:
    """Build an unsaved row. Parts of its content are merged into the usual one."""
    amount: Any = total or Money("120.00", "EUR")
    printed = copy.deepcopy(CONTENT)
    printed["lines"][0]["total"] = str(amount.amount)
    for part, value in content.items():
        printed[part] = {**printed[part], **value} if isinstance(value, dict) else value
    return ProformaInvoice(
        reference=reference,
        issued_on=date(2026, 11, 21),
        language=language,
        total=amount,
        vat_rate=Decimal(vat_rate),
        vat_amount=Decimal(vat),
        parent=parent,
        content=printed,
    )


def picture_sizes(pdf: bytes) -> list[tuple[int, int]]:
    """Give width and height, in pixels, of the pictures on the first page."""
    page: Any = PdfReader(BytesIO(pdf)).pages[0]
    objects = [each.get_object() for each in page["/Resources"].get("/XObject", {}).values()]
    return [
        (int(each["/Width"]), int(each["/Height"]))
        for each in objects
        if each["/Subtype"] == "/Image"
    ]


def read_pages(pdf: bytes) -> list[str]:
    """Read the text of each page, with plain single spaces."""
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(BytesIO(pdf)).pages]


@pytest.fixture
def invoice() -> ProformaInvoice:
    return build_invoice()


@pytest.fixture
def text_of() -> Callable[..., str]:
    """Build a row from what is given, render it, and read it."""
    return lambda *args, **kwargs: " ".join(read_pages(render_pdf(build_invoice(*args, **kwargs))))


@pytest.fixture
def pages_of() -> Callable[..., list[str]]:
    return lambda *args, **kwargs: read_pages(render_pdf(build_invoice(*args, **kwargs)))


@pytest.fixture
def override_template(settings: Settings) -> Callable[[str], None]:
    """Replace the template of pro forma invoices, as a host may."""

    def override(source: str) -> None:
        templates = {"joanie/documents/proforma_invoice.html": source}
        loaders = [
            ("django.template.loaders.locmem.Loader", templates),
            "django.template.loaders.app_directories.Loader",
        ]
        settings.TEMPLATES = [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": loaders},
            }
        ]

    return override
