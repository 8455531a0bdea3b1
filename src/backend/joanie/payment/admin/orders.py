from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from joanie.core.admin.buttons import AdminWithButtons
from joanie.core.admin.filters import AutocompleteFilter, FilteredByAutocomplete
from joanie.core.admin.owners import owner_search_fields
from joanie.core.models import Order
from joanie.payment.admin.order_buttons import CancelOrder, RefundOrder
from joanie.payment.reads.display import show_money
from joanie.payment.reads.order_file import OrderFile
from joanie.payment.reads.timeline import timeline_of


@admin.register(Order)
class OrderAdmin(AdminWithButtons, FilteredByAutocomplete):
    """An order's page shows all that hangs on it to whoever may view orders."""

    change_form_template = "admin/joanie_core/order/change_form.html"
    buttons = (RefundOrder(), CancelOrder())
    list_display = (
        "created_on",
        "owner",
        "product",
        "total_shown",
        "state",
        "course_code",
        "organization_code",
    )
    list_filter = (
        "state",
        ("organization", AutocompleteFilter),
        ("product", AutocompleteFilter),
        ("course", AutocompleteFilter),
    )
    date_hierarchy = "created_on"
    search_fields = (
        "id__exact",
        *owner_search_fields(),
        "proforma_invoices__reference__iexact",
        "payments__provider_reference__exact",
    )
    search_help_text = _(
        "Id of the order, user name, e-mail address, reference of a document or of a payment."
    )
    fields = (
        "id",
        "state",
        "owner",
        "product",
        "course",
        "organization",
        "total_shown",
        "vat_rate",
        "language",
        "created_on",
    )

    @admin.display(description=_("total"), ordering="total")
    def total_shown(self, order: Order) -> str:
        return show_money(order.total)

    @admin.display(description=_("course"), ordering="course__code")
    def course_code(self, order: Order) -> str:
        return order.course.code

    @admin.display(description=_("organization"), ordering="organization__code")
    def organization_code(self, order: Order) -> str:
        return order.organization.code

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related("owner", "product", "course", "organization")
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        file = OrderFile.of(context["original"])
        context["file"] = file
        context["timeline"] = timeline_of(file)
        return super().render_change_form(request, context, *args, **kwargs)
