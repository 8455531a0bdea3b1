import logging

from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import render_to_string
from django.utils import translation

from joanie.payment.documents.exceptions import DocumentNotRendered
from joanie.payment.documents.logos import read_logo
from joanie.payment.documents.printout import Printout
from joanie.payment.models import ProformaInvoice

logger = logging.getLogger(__name__)


def render_pdf(invoice: ProformaInvoice) -> bytes:
    """Make the PDF of a pro forma invoice or credit note, in its language.

    Reads the row and no other table, and its seller's logo from the storage. Raises
    NetworkInTransaction, and DocumentNotRendered when a template that a host overrides is broken
    or asks for more.
    """
    return print_pdf(invoice, Printout.of(invoice, logo=read_logo(invoice)))


def print_pdf(invoice: ProformaInvoice, printout: Printout) -> bytes:
    """Lay out what a document says. Raises DocumentNotRendered, and logs which template it is."""
    from joanie.payment.documents.pdf_engine import html_to_pdf  # noqa: PLC0415 - loads Pango

    template = template_of(invoice)
    try:
        with translation.override(printout.language):
            html = render_to_string(template, {"document": printout})
        return html_to_pdf(html)
    except (TemplateDoesNotExist, TemplateSyntaxError, DocumentNotRendered) as error:
        refused = (
            getattr(error, "context", {}).get("refused") or f"{type(error).__name__}: {error}"
        )
        logger.error(  # noqa: TRY400 - raised again
            "Template %s cannot be printed (%s): %s", template, invoice.reference, refused
        )
        raise DocumentNotRendered(template=template, refused=refused) from error


def template_of(invoice: ProformaInvoice) -> str:
    if invoice.is_credit_note:
        return "joanie/documents/credit_note.html"
    if invoice.parent_id:
        return "joanie/documents/credit_note_reversal.html"
    return "joanie/documents/proforma_invoice.html"
