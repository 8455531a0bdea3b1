"""A document that was issued stays as it is, whoever writes."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.common.sql import execute, refused

from joanie.common.money import Money
from joanie.core.factories import OrderFactory
from joanie.payment.factories import ProformaInvoiceFactory
from joanie.payment.models import ProformaInvoice

pytestmark = pytest.mark.django_db

FROZEN: dict[str, Callable[[], Any]] = {
    "id": uuid.uuid4,
    "created_on": lambda: timezone.now() - timedelta(days=1),
    "order": OrderFactory,
    "parent": ProformaInvoiceFactory,
    "reference": lambda: "PF-ANOTHER-1",
    "issued_on": lambda: date(2001, 1, 1),
    "language": lambda: "fr",
    "total": lambda: Money("1.00", "EUR"),
    "total_currency": lambda: "USD",
    "vat_rate": lambda: "5.50",
    "vat_amount": lambda: "0.01",
    "content": lambda: {"lines": []},
}
FREE = {"updated_on", "state", "pdf", "pdf_sha256"}


def _rendered() -> ProformaInvoice:
    invoice: ProformaInvoice = ProformaInvoiceFactory(pdf="a.pdf", pdf_sha256="a" * 64)
    return invoice


def test_every_column_is_said_to_be_frozen_or_free() -> None:
    assert {field.name for field in ProformaInvoice._meta.concrete_fields} == {*FROZEN, *FREE}


@pytest.mark.parametrize("field", FROZEN)
def test_what_is_printed_does_not_change(field: str) -> None:
    invoice = ProformaInvoiceFactory()
    with refused("pgtrigger"):
        ProformaInvoice.objects.filter(pk=invoice.pk).update(**{field: FROZEN[field]()})
    kept = ProformaInvoice.objects.get(pk=invoice.pk)
    assert getattr(kept, field) == getattr(invoice, field)


def test_one_line_inside_the_contents_does_not_change() -> None:
    ProformaInvoiceFactory()
    with refused("pgtrigger"):
        execute(
            "UPDATE joanie_payment_proformainvoice"
            """ SET content = jsonb_set(content, '{buyer,last_name}', '"Somebody else"')"""
        )


def test_its_state_follows_the_ledger() -> None:
    invoice = _rendered()
    invoice.become_paid()
    invoice.save()
    assert ProformaInvoice.objects.get().state == "paid"


def test_its_pdf_is_set_once() -> None:
    invoices = ProformaInvoice.objects.filter(pk=ProformaInvoiceFactory().pk)
    assert invoices.update(pdf="a.pdf", pdf_sha256="a" * 64) == 1
    assert invoices.update(pdf="a.pdf", pdf_sha256="a" * 64) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"pdf": "b.pdf"},
        {"pdf": ""},
        {"pdf_sha256": "b" * 64},
        {"pdf_sha256": ""},
        {"pdf": "", "pdf_sha256": ""},
        {"pdf": "b.pdf", "pdf_sha256": "b" * 64},
    ],
    ids=str,
)
def test_its_pdf_is_not_replaced(change: dict[str, str]) -> None:
    invoice = _rendered()
    with refused("pgtrigger"):
        ProformaInvoice.objects.update(**change)
    kept = ProformaInvoice.objects.get()
    assert (kept.pdf.name, kept.pdf_sha256) == (invoice.pdf.name, invoice.pdf_sha256)


@pytest.mark.parametrize(
    "delete",
    [
        lambda invoice: invoice.delete(),
        lambda invoice: ProformaInvoice.objects.filter(pk=invoice.pk).delete(),
        lambda invoice: execute("DELETE FROM joanie_payment_proformainvoice"),
    ],
    ids=["one", "all", "raw"],
)
def test_it_is_not_deleted(delete: Callable[[ProformaInvoice], object]) -> None:
    invoice = ProformaInvoiceFactory()
    with refused("pgtrigger"):
        delete(invoice)
    assert ProformaInvoice.objects.filter(pk=invoice.pk).exists()


def test_an_order_has_one_main_document() -> None:
    invoice = ProformaInvoiceFactory()
    with refused("one_main_proforma_invoice"):
        ProformaInvoiceFactory(order=invoice.order)


def test_an_order_has_as_many_credit_notes_as_it_needs() -> None:
    invoice = ProformaInvoiceFactory()
    note = {"order": invoice.order, "parent": invoice, "total": Money("-1.00", "EUR")}
    ProformaInvoiceFactory.create_batch(2, **note)
    assert invoice.children.count() == 2


def test_a_reference_is_given_once() -> None:
    ProformaInvoiceFactory(reference="PF-1")
    with refused("reference"):
        ProformaInvoiceFactory(reference="PF-1")


@pytest.mark.parametrize("total", ["-0.01", "-120.00"])
def test_a_main_document_gives_nothing_back(total: str) -> None:
    with refused("main_proforma_invoice_is_not_negative"):
        ProformaInvoiceFactory(total=Money(total, "EUR"))
