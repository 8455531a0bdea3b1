import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Barrier

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from joanie.common.transactions import NetworkInTransaction
from joanie.payment.documents import storage
from joanie.payment.documents.exceptions import DocumentCorrupted, DocumentNotRendered
from joanie.payment.documents.rendering import render_pdf
from joanie.payment.documents.storage import ensure_pdf, read_pdf
from joanie.payment.factories import ProformaInvoiceFactory
from joanie.payment.models import ProformaInvoice

FETCHES = '<img src="https://example.org/logo.png">'


@pytest.fixture
def issued(db: None) -> ProformaInvoice:
    invoice: ProformaInvoice = ProformaInvoiceFactory(reference="PF-IDL-2026-000001")
    return invoice


@pytest.fixture
def stored_files(settings: Settings) -> Callable[[], list[Path]]:
    return lambda: list(Path(settings.MEDIA_ROOT).rglob("*.pdf"))


def test_document_is_stored_with_its_hash(
    issued: ProformaInvoice, stored_files: Callable[[], list[Path]]
) -> None:
    invoice = ensure_pdf(issued.pk)
    (file,) = stored_files()
    assert file.read_bytes().startswith(b"%PDF")
    assert invoice.pdf_sha256 == sha256(file.read_bytes()).hexdigest()
    assert read_pdf(invoice) == file.read_bytes()
    assert ProformaInvoice.objects.get(pk=issued.pk).pdf.name == invoice.pdf.name


def test_name_of_the_file_cannot_be_guessed(issued: ProformaInvoice) -> None:
    name = Path(ensure_pdf(issued.pk).pdf.name or "").stem
    assert name.startswith("PF-IDL-2026-000001-")
    assert len(name.removeprefix("PF-IDL-2026-000001-")) == 32


def test_second_call_renders_nothing(
    issued: ProformaInvoice,
    stored_files: Callable[[], list[Path]],
    override_template: Callable[[str], None],
) -> None:
    first = ensure_pdf(issued.pk)
    override_template(FETCHES)
    assert ensure_pdf(issued.pk).pdf.name == first.pdf.name
    assert len(stored_files()) == 1


def test_document_that_cannot_be_rendered_is_not_stored(
    issued: ProformaInvoice,
    stored_files: Callable[[], list[Path]],
    override_template: Callable[[str], None],
) -> None:
    override_template(FETCHES)
    with pytest.raises(DocumentNotRendered):
        ensure_pdf(issued.pk)
    assert not stored_files()
    assert not ProformaInvoice.objects.get(pk=issued.pk).pdf_sha256


def test_nothing_is_rendered_in_a_transaction(
    issued: ProformaInvoice, stored_files: Callable[[], list[Path]]
) -> None:
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        ensure_pdf(issued.pk)
    assert not stored_files()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_store_one_document(
    monkeypatch: pytest.MonkeyPatch, stored_files: Callable[[], list[Path]]
) -> None:
    issued: ProformaInvoice = ProformaInvoiceFactory()
    both_rendered = Barrier(2, timeout=30)

    def render_together(invoice: ProformaInvoice) -> bytes:
        pdf = render_pdf(invoice)
        both_rendered.wait()
        return pdf

    def ensure(_: int) -> ProformaInvoice:
        try:
            return ensure_pdf(issued.pk)
        finally:
            connection.close()

    monkeypatch.setattr(storage, "render_pdf", render_together)
    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(ensure, range(2))
    assert one.pdf.name == other.pdf.name
    assert [file.name for file in stored_files()] == [Path(one.pdf.name or "").name]
    assert read_pdf(one) == read_pdf(other)


def test_changed_file_is_refused(
    issued: ProformaInvoice,
    stored_files: Callable[[], list[Path]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    invoice = ensure_pdf(issued.pk)
    (file,) = stored_files()
    file.write_bytes(file.read_bytes() + b"\n")
    with pytest.raises(DocumentCorrupted) as refusal:
        read_pdf(invoice)
    assert (refusal.value.code, refusal.value.status) == ("document_unavailable", 503)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert invoice.reference in caplog.text


def test_missing_file_is_refused_and_not_made_again(
    issued: ProformaInvoice,
    stored_files: Callable[[], list[Path]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    ensure_pdf(issued.pk)
    (file,) = stored_files()
    file.unlink()
    with pytest.raises(DocumentCorrupted):
        read_pdf(ensure_pdf(issued.pk))
    assert not stored_files()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_reading_before_rendering_is_a_mistake(issued: ProformaInvoice) -> None:
    with pytest.raises(ValueError, match="PF-IDL-2026-000001 was not rendered"):
        read_pdf(issued)


@pytest.mark.parametrize("change", [{"pdf": "other.pdf"}, {"pdf_sha256": "0" * 64}])
def test_stored_document_cannot_be_replaced(
    issued: ProformaInvoice, change: dict[str, str]
) -> None:
    ensure_pdf(issued.pk)
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        ProformaInvoice.objects.filter(pk=issued.pk).update(**change)
