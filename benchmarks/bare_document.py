"""WeasyPrint alone: what the page of a document costs, wherever it is rendered."""

import time

from django.template.loader import render_to_string
from django.utils import translation
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration

from joanie.payment.documents.logos import read_logo
from joanie.payment.documents.pdf_engine import PackagedFiles
from joanie.payment.documents.printout import Printout
from joanie.payment.documents.rendering import template_of
from joanie.payment.models import ProformaInvoice

OPTIONS = {"pdf_variant": "pdf/a-3b", "pdf_tags": True, "dpi": 300}
_fonts = FontConfiguration()


def page_of(invoice: ProformaInvoice) -> str:
    printout = Printout.of(invoice, logo=read_logo(invoice))
    with translation.override(printout.language):
        return render_to_string(template_of(invoice), {"document": printout})


def measure(html: str, *, seconds: int) -> list[float]:
    """Print the page again and again; say how many seconds each time took."""
    taken: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        page = HTML(string=html, base_url="packaged:", url_fetcher=PackagedFiles())
        page.write_pdf(font_config=_fonts, **OPTIONS)
        taken.append(time.monotonic() - start)
    return taken
