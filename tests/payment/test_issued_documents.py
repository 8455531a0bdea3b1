"""A document that was issued stays as it is, whoever writes."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from factory import SubFactory
from PIL import Image
from pypdf import PdfReader
from tests.common.sql import execute, refused
from tests.payment.documents.conftest import picture_sizes
from tests.payment.ledger.books import give_back, invoice_of, notes_of, pay, take_back

from joanie.common.money import Money
from joanie.core.factories import OrderFactory, OrganizationFactory
from joanie.core.models import Order
from joanie.payment.documents.storage import ensure_pdf, read_pdf
from joanie.payment.factories import PaymentFactory, ProformaInvoiceFactory
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


FIRST, OTHER = (40, 10), (30, 10)


def _logo(size: tuple[int, int]) -> Any:
    """Draw one that is known again by its size."""
    file = BytesIO()
    Image.new("RGB", size).save(file, format="PNG")
    return ContentFile(file.getvalue(), name="logo.png")


def _sold(**seller: Any) -> Order:
    """Sell in French, by an organization with a logo and legal mentions."""
    described = {
        "logo": _logo(FIRST),
        "legal_mentions": "Terms of payment",
        "legal_mentions_fr": "Conditions de paiement",
    }
    seller = {f"order__organization__{name}": each for name, each in (described | seller).items()}
    order: Order = PaymentFactory(
        order__organization=SubFactory(OrganizationFactory),
        order__language="fr",
        provider_reference="pay_1",
        **seller,
    ).order
    pay(order)
    return order


def _printed(invoice: ProformaInvoice) -> str:
    pdf = read_pdf(ensure_pdf(invoice.pk))
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def _change_the_seller(order: Order) -> None:
    seller = order.organization
    seller.logo = _logo(OTHER)
    seller.legal_mentions_fr = "Autres conditions"
    seller.save()


def test_a_document_has_the_logo_and_the_legal_mentions_of_its_day() -> None:
    order = _sold()
    _change_the_seller(order)
    invoice = invoice_of(order)
    text = _printed(invoice)
    assert picture_sizes(read_pdf(ensure_pdf(invoice.pk))) == [FIRST]
    assert "Conditions de paiement" in text
    assert "Autres conditions" not in text


def test_a_printed_document_does_not_follow_its_seller() -> None:
    order = _sold()
    before = ensure_pdf(invoice_of(order).pk)
    pdf = read_pdf(before)
    _change_the_seller(order)
    after = ensure_pdf(before.pk)
    assert (after.pdf.name, after.pdf_sha256) == (before.pdf.name, before.pdf_sha256)
    assert read_pdf(after) == pdf


def test_legal_mentions_without_a_translation_are_printed_as_they_are() -> None:
    order = _sold(legal_mentions_fr="")
    assert invoice_of(order).content["seller"]["legal_mentions"] == "Terms of payment"


def test_a_credit_note_has_the_seller_of_its_invoice() -> None:
    order = _sold()
    _change_the_seller(order)
    give_back(order, "20.00")
    (note,) = notes_of(order)
    assert note.content["seller"] == invoice_of(order).content["seller"]
    assert picture_sizes(read_pdf(ensure_pdf(note.pk))) == [FIRST]


def test_a_credit_note_for_one_of_the_first_invoices_has_the_seller_s_present_logo() -> None:
    payment = PaymentFactory(provider_reference="pay_1")
    invoice = ProformaInvoiceFactory(order=payment.order)
    assert "logo" not in invoice.content["seller"]
    seller = payment.order.organization
    seller.title = "Renamed"
    seller.logo.save("logo.png", _logo(FIRST))
    pay(payment.order)
    give_back(payment.order, "20.00")
    (note,) = notes_of(payment.order)
    assert note.content["seller"]["name"] == invoice.content["seller"]["name"]
    assert picture_sizes(read_pdf(ensure_pdf(note.pk))) == [FIRST]


def test_a_credit_note_names_its_invoice_and_says_what_was_sold_then() -> None:
    order = _sold()
    order.product.title = "Renamed"
    order.product.save()
    give_back(order, "20.00")
    (note,) = notes_of(order)
    invoice = invoice_of(order)
    assert note.content["corrects"] == invoice.reference
    assert note.content["corrects_on"] == invoice.issued_on.isoformat()
    (sold,), (credited,) = invoice.content["lines"], note.content["lines"]
    assert credited == {**sold, "net": "-16.67", "total": "-20.00"}


def test_a_reversal_names_the_credit_note_that_it_takes_back() -> None:
    order = _sold()
    give_back(order, "20.00", "re_1")
    give_back(order, "30.00", "re_2")
    take_back(order, "re_1")
    first, _second, reversal = notes_of(order)
    assert reversal.content["takes_back"] == first.reference
    assert reversal.content["takes_back_on"] == first.issued_on.isoformat()
    assert reversal.content["lines"][0]["net"] == "16.67"
    assert reversal.content["reason"] == ""


def test_a_refund_of_another_payment_does_not_name_the_first_card() -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    pay(order, card={"brand": "Visa", "last_numbers": "4242"})
    pay(order, reference="pay_2")
    give_back(order, reference="re_1", payment_reference="pay_1")
    give_back(order, "20.00", "re_2", payment_reference="pay_2")
    (note,) = notes_of(order)
    assert invoice_of(order).content["payment"]["last_numbers"] == "4242"
    assert note.content["payment"]["last_numbers"] == ""
