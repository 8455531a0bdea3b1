from django.template.loader import render_to_string
from django.utils import translation

from joanie.payment.documents.printout import Printout
from joanie.payment.models import ProformaInvoice


def render_pdf(invoice: ProformaInvoice) -> bytes:
    """Make the PDF of a pro forma invoice or credit note, in its language.

    Reads the row and no other table, and fetches nothing. Raises DocumentNotRendered when a
    template that a host overrides asks for more.
    """
    from joanie.payment.documents.pdf_engine import html_to_pdf  # noqa: PLC0415 - loads Pango

    with translation.override(invoice.language):
        html = render_to_string(_template_name(invoice), {"document": Printout.of(invoice)})
    return html_to_pdf(html)


def _template_name(invoice: ProformaInvoice) -> str:
    if invoice.is_credit_note:
        return "joanie/documents/credit_note.html"
    if invoice.parent_id:
        return "joanie/documents/credit_note_reversal.html"
    return "joanie/documents/proforma_invoice.html"
