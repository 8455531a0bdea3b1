"""A document is rendered once; from then on its stored bytes are what people get."""

import logging
import secrets
import uuid
from hashlib import sha256

from django.core.files.base import ContentFile

from joanie.common.log_context import note_in_log
from joanie.common.transactions import forbid_transaction, short_transaction
from joanie.payment.crash_points import CrashPoint, reached
from joanie.payment.documents.exceptions import DocumentCorrupted
from joanie.payment.documents.outgoing_events import tell_of_issued
from joanie.payment.documents.rendering import render_pdf
from joanie.payment.mails.outbox import tell_of_document
from joanie.payment.models import ProformaInvoice

logger = logging.getLogger(__name__)


def ensure_pdf(invoice_id: uuid.UUID) -> ProformaInvoice:
    """Render and store the document of an invoice, unless that was done before.

    The learner is told of it by mail, which carries it, and other systems by webhooks.
    Safe to repeat, and to run twice at once: the first to finish wins and the other's file is
    removed. Raises NetworkInTransaction when there is something to do inside a transaction, Busy,
    DocumentNotRendered.
    """
    invoice = ProformaInvoice.objects.get(pk=invoice_id)
    note_in_log(order_id=invoice.order_id)
    if invoice.pdf_sha256:
        return invoice
    forbid_transaction()
    pdf = render_pdf(invoice)
    reached(CrashPoint.DOCUMENT_RENDERED)
    name = _store(invoice, pdf)
    reached(CrashPoint.DOCUMENT_STORED)
    # Should this fail, the file stays: nobody can tell whether a broken commit took place, and an
    # orphan does no harm.
    kept = _record(invoice_id, name=name, pdf_sha256=sha256(pdf).hexdigest())
    if kept.pdf.name != name:
        kept.pdf.storage.delete(name)
    return kept


def read_pdf(invoice: ProformaInvoice) -> bytes:
    """Give the stored document, exactly as it was rendered. ``ensure_pdf`` comes first.

    Raises DocumentCorrupted when the file is gone or was changed: it is neither served nor made
    again, a human has to restore it.
    """
    if not invoice.pdf.name:
        raise ValueError(f"Document {invoice.reference} was not rendered yet")
    context = {"reference": invoice.reference, "name": invoice.pdf.name}
    try:
        with invoice.pdf.storage.open(invoice.pdf.name) as file:
            pdf: bytes = file.read()
    except FileNotFoundError as error:
        logger.exception("The file of document %(reference)s is missing: %(name)s", context)
        raise DocumentCorrupted(reference=invoice.reference) from error
    if sha256(pdf).hexdigest() != invoice.pdf_sha256:
        logger.error("The file of document %(reference)s was changed: %(name)s", context)
        raise DocumentCorrupted(reference=invoice.reference)
    return pdf


def _store(invoice: ProformaInvoice, pdf: bytes) -> str:
    """Save under a name that nobody can guess, should the storage be public."""
    field = invoice.pdf.field
    filename = f"{invoice.reference}-{secrets.token_hex(16)}.pdf"
    name = field.generate_filename(invoice, filename)
    return invoice.pdf.storage.save(name, ContentFile(pdf), max_length=field.max_length)


def _record(invoice_id: uuid.UUID, *, name: str, pdf_sha256: str) -> ProformaInvoice:
    with short_transaction():
        invoice = ProformaInvoice.objects.select_for_update(no_key=True).get(pk=invoice_id)
        if not invoice.pdf_sha256:
            invoice.pdf = name
            invoice.pdf_sha256 = pdf_sha256
            invoice.save(update_fields=["pdf", "pdf_sha256", "updated_on"])
            tell_of_document(invoice)
            tell_of_issued(invoice)
    return invoice
