from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from joanie.common.exceptions import JoanieError
from joanie.common.queue import enqueue
from joanie.core.admin.buttons import AdminWithButtons, Button, Text, write_to_history
from joanie.core.admin.filters import AutocompleteFilter, FilteredByAutocomplete
from joanie.core.admin.owners import owner_search_fields
from joanie.payment.admin.display import link_to, preformatted
from joanie.payment.admin.filters import DocumentFilter, PdfFilter
from joanie.payment.admin.payments import TransactionInline
from joanie.payment.documents.storage import ensure_pdf, read_pdf
from joanie.payment.models import ProformaInvoice
from joanie.payment.reads.display import address_of, show_money


class RenderDocument(Button):
    name = "render"
    label = _("Render the PDF")
    permission = "joanie_payment.view_proformainvoice"

    def is_offered(self, row: ProformaInvoice) -> bool:
        return not row.pdf_sha256

    def explain(self, row: ProformaInvoice) -> Text:
        return _("The worker renders and stores the PDF, unless that was done before.")

    def press(self, request: HttpRequest, row: Any, form: forms.Form) -> Text:
        with transaction.atomic():
            enqueue("joanie.payment.render_document", invoice_id=str(row.pk))
            write_to_history(request, row, gettext("Asked to render the PDF."))
        return _("The PDF is being made. Look again in a moment.")


@admin.register(ProformaInvoice)
class ProformaInvoiceAdmin(AdminWithButtons, FilteredByAutocomplete):
    buttons = (RenderDocument(),)
    inlines = (TransactionInline,)
    list_display = (
        "reference",
        "issued_on",
        "owner",
        "organization",
        "total_shown",
        "state",
        "pdf_link",
    )
    list_filter = (
        "state",
        DocumentFilter,
        PdfFilter,
        ("order__organization", AutocompleteFilter),
    )
    date_hierarchy = "issued_on"
    ordering = ("-created_on", "id")
    search_fields = (
        "^reference",
        "order__id__exact",
        *owner_search_fields("order__owner"),
    )
    search_help_text = _("Beginning of the reference, id of the order, user name, e-mail address.")
    fields = (
        "reference",
        "pdf_link",
        "order_link",
        "parent",
        "issued_on",
        "state",
        "total_shown",
        "vat_rate",
        "vat_shown",
        "language",
        "buyer",
        "lines",
        "pdf_sha256",
    )

    @admin.display(description=_("order"))
    def order_link(self, invoice: ProformaInvoice) -> str:
        return link_to(invoice.order)

    @admin.display(description=_("owner"), ordering="order__owner")
    def owner(self, invoice: ProformaInvoice) -> str:
        return invoice.order.owner.get_username()

    @admin.display(description=_("organization"), ordering="order__organization__code")
    def organization(self, invoice: ProformaInvoice) -> str:
        return invoice.order.organization.code

    @admin.display(description=_("total"), ordering="total")
    def total_shown(self, invoice: ProformaInvoice) -> str:
        return show_money(invoice.total)

    @admin.display(description=_("VAT"), ordering="vat_amount")
    def vat_shown(self, invoice: ProformaInvoice) -> str:
        return show_money(invoice.vat)

    @admin.display(description=_("buyer"))
    def buyer(self, invoice: ProformaInvoice) -> str:
        values = invoice.content.get("buyer", {}).values()
        return preformatted("\n".join(str(value) for value in values if value))

    @admin.display(description=_("lines"))
    def lines(self, invoice: ProformaInvoice) -> str:
        lines = invoice.content.get("lines", [])
        rows = (
            f"{line.get('quantity')} x {line.get('title')}: {line.get('total')}" for line in lines
        )
        return preformatted("\n".join(rows))

    @admin.display(description=_("PDF"))
    def pdf_link(self, invoice: ProformaInvoice) -> str:
        address = reverse("admin:joanie_payment_proformainvoice_pdf", args=[invoice.pk])
        return format_html('<a href="{}">{}</a>', address, _("Download"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related("order__owner", "order__organization", "parent")
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download_pdf)
        name = "joanie_payment_proformainvoice_pdf"
        return [path("<uuid:object_id>/pdf/", view, name=name), *super().get_urls()]

    @transaction.non_atomic_requests
    def download_pdf(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Serve the stored PDF, rendered first where that was not done yet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        invoice = self.get_object(request, str(object_id))
        if invoice is None:
            raise Http404
        try:
            pdf = read_pdf(ensure_pdf(invoice.pk))
        except JoanieError as error:
            messages.error(request, gettext(error.message))
            return HttpResponseRedirect(address_of(invoice))
        name = content_disposition_header(as_attachment=True, filename=f"{invoice.reference}.pdf")
        headers = {"Content-Disposition": str(name), "X-Content-Type-Options": "nosniff"}
        return HttpResponse(pdf, content_type="application/pdf", headers=headers)
