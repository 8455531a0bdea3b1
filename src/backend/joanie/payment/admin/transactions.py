from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from joanie.core.admin.owners import owner_search_fields
from joanie.core.admin.read_only import ReadOnlyAdmin
from joanie.payment.admin.display import link_to
from joanie.payment.admin.filters import BackendFilter
from joanie.payment.models import Transaction
from joanie.payment.reads.display import show_money


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    list_display = (
        "created_on",
        "kind",
        "total_shown",
        "document",
        "owner",
        "backend",
        "reference",
        "is_suspense",
    )
    list_filter = ("kind", BackendFilter, "is_suspense")
    date_hierarchy = "created_on"
    ordering = ("-created_on", "id")
    search_fields = (
        "reference__exact",
        "proforma_invoice__reference__iexact",
        "payment__order__id__exact",
        *owner_search_fields("payment__order__owner"),
    )
    fields = (
        "id",
        "kind",
        "total_shown",
        "is_suspense",
        "backend",
        "reference",
        "order_link",
        "proforma_invoice",
        "payment",
        "refund",
        "created_on",
    )

    @admin.display(description=_("order"))
    def order_link(self, line: Transaction) -> str:
        return link_to(line.payment.order)

    @admin.display(description=_("document"), ordering="proforma_invoice__reference")
    def document(self, line: Transaction) -> str:
        return line.proforma_invoice.reference

    @admin.display(description=_("owner"), ordering="payment__order__owner")
    def owner(self, line: Transaction) -> str:
        return line.payment.order.owner.get_username()

    @admin.display(description=_("total"), ordering="total")
    def total_shown(self, line: Transaction) -> str:
        return show_money(line.total)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("proforma_invoice", "payment__order__owner", "refund")
