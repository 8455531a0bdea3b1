from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from joanie.core.admin.owners import owner_search_fields
from joanie.core.admin.read_only import ReadOnlyAdmin
from joanie.payment.admin.display import link_to
from joanie.payment.admin.filters import FailedLatelyFilter
from joanie.payment.models import Refund
from joanie.payment.reads.display import show_money


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = (
        "created_on",
        "owner",
        "amount_shown",
        "state",
        "origin",
        "requested_by",
        "reason",
        "failure",
    )
    list_filter = (FailedLatelyFilter, "state", "origin")
    date_hierarchy = "created_on"
    ordering = ("-created_on", "id")
    search_fields = (
        "provider_reference__exact",
        "payment__provider_reference__exact",
        "payment__order__id__exact",
        *owner_search_fields("payment__order__owner"),
    )
    fields = (
        "id",
        "order_link",
        "payment",
        "amount_shown",
        "state",
        "origin",
        "requested_by",
        "reason",
        "provider_reference",
        "failure",
        "created_on",
        "updated_on",
    )

    @admin.display(description=_("order"))
    def order_link(self, refund: Refund) -> str:
        return link_to(refund.payment.order)

    @admin.display(description=_("owner"), ordering="payment__order__owner")
    def owner(self, refund: Refund) -> str:
        return refund.payment.order.owner.get_username()

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, refund: Refund) -> str:
        return show_money(refund.amount)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("payment__order__owner", "requested_by")
