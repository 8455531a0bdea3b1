"""Downloading the documents of an order."""

from typing import Any

import pytest
from tests.api.api_client import NO_ID, Api
from tests.statements import captured_statements, listing

from joanie.common.money import Money
from joanie.core.factories import OrderFactory
from joanie.payment.documents import storage
from joanie.payment.factories import ProformaInvoiceFactory
from joanie.payment.models import ProformaInvoice


@pytest.fixture
def invoice(owner: Any) -> ProformaInvoice:
    invoice: ProformaInvoice = ProformaInvoiceFactory(
        order__owner=owner, order__state="validated", reference="PF-2026-1", state="paid"
    )
    return invoice


def path(invoice: ProformaInvoice) -> str:
    return f"/orders/{invoice.order_id}/proforma_invoice/"


@pytest.mark.parametrize("accept", ["application/pdf", "text/html", "*/*", "nonsense"])
def test_a_document_is_downloaded(api: Api, invoice: ProformaInvoice, accept: str) -> None:
    response = api.client.get(
        f"/api/v1.0{path(invoice)}", {"reference": "PF-2026-1"}, headers={"Accept": accept}
    )
    assert response.status_code == 200
    assert response.content.startswith(b"%PDF-")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="PF-2026-1.pdf"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private, no-store"


def test_a_credit_note_is_downloaded(api: Api, invoice: ProformaInvoice) -> None:
    ProformaInvoiceFactory(
        order=invoice.order, parent=invoice, reference="CN-2026-1", total=Money(-20, "EUR")
    )
    assert api.get(path(invoice), reference="CN-2026-1").status_code == 200


def test_a_download_takes_4_statements_at_most(api: Api, invoice: ProformaInvoice) -> None:
    storage.ensure_pdf(invoice.pk)
    with captured_statements() as statements:
        assert api.get(path(invoice), reference="PF-2026-1").status_code == 200
    assert len(statements) <= 4, listing(statements)


def test_a_reference_is_needed(api: Api, invoice: ProformaInvoice) -> None:
    response = api.get(path(invoice))
    assert response.status_code == 400
    assert list(response.json()) == ["reference"]


@pytest.mark.parametrize("reference", ["PF-0", "pf-2026-1", "\x00", "x" * 1000, "../PF-2026-1"])
def test_a_reference_of_nothing_is_a_404(
    api: Api, invoice: ProformaInvoice, reference: str
) -> None:
    response = api.get(path(invoice), reference=reference)
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_the_document_is_asked_of_its_own_order(api: Api, invoice: ProformaInvoice) -> None:
    order = OrderFactory(owner=invoice.order.owner)
    for order_id in (order.pk, NO_ID, "not-a-uuid"):
        response = api.get(f"/orders/{order_id}/proforma_invoice/", reference="PF-2026-1")
        assert response.status_code == 404


def test_somebody_elses_document_is_not_there(
    other: Api, anonymous: Api, invoice: ProformaInvoice
) -> None:
    assert other.get(path(invoice), reference="PF-2026-1").status_code == 404
    assert anonymous.get(path(invoice), reference="PF-2026-1").status_code == 401


def test_a_document_that_was_changed_is_not_served(
    api: Api, invoice: ProformaInvoice, settings: Any
) -> None:
    stored = storage.ensure_pdf(invoice.pk)
    (settings.MEDIA_ROOT / stored.pdf.name).write_bytes(b"%PDF- forged")
    response = api.get(path(invoice), reference="PF-2026-1")
    assert response.status_code == 503
    assert response.json()["code"] == "document_unavailable"
