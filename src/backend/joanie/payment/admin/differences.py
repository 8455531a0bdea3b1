from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from joanie.core.admin.buttons import (
    AdminWithButtons,
    Button,
    ReasonForm,
    Text,
    write_to_history,
)
from joanie.payment.admin.display import link_to
from joanie.payment.admin.filters import BackendFilter
from joanie.payment.enums import DifferenceState
from joanie.payment.models import Difference
from joanie.payment.services.reconciliation import settle_difference


class SettleDifference(Button):
    name = "settle"
    label = _("Mark as settled")
    permission = "joanie_payment.settle_difference"
    form_class = ReasonForm

    def is_offered(self, row: Difference) -> bool:
        return row.state == DifferenceState.OPEN

    def explain(self, row: Difference) -> Text:
        return _(
            "Nothing is booked by this: it says that somebody has dealt with the difference. It"
            " comes back when what differs changes."
        )

    def press(self, request: HttpRequest, row: Any, form: forms.Form) -> Text:
        with transaction.atomic():
            if settle_difference(row):
                reason = {"reason": form.cleaned_data["reason"]}
                write_to_history(request, row, gettext("Settled: %(reason)s") % reason)
        return _("The difference is settled.")


@admin.register(Difference)
class DifferenceAdmin(AdminWithButtons):
    buttons = (SettleDifference(),)
    list_display = (
        "updated_on",
        "backend",
        "kind",
        "subject",
        "ours",
        "theirs",
        "owner",
        "state",
    )
    list_filter = ("state", "kind", BackendFilter)
    date_hierarchy = "updated_on"
    search_fields = (
        "subject__exact",
        "payment__provider_reference__exact",
        "payment__id__exact",
        "payment__order__id__exact",
    )
    search_help_text = _("The provider's reference, id of the payment or order.")
    fields = (
        "id",
        "backend",
        "kind",
        "subject",
        "ours",
        "theirs",
        "state",
        "payment_link",
        "order_link",
        "created_on",
        "updated_on",
        "settled_at",
    )

    @admin.display(description=_("payment"))
    def payment_link(self, difference: Difference) -> str:
        return link_to(difference.payment)

    @admin.display(description=_("order"))
    def order_link(self, difference: Difference) -> str:
        return link_to(difference.payment.order if difference.payment else None)

    @admin.display(description=_("owner"))
    def owner(self, difference: Difference) -> str:
        payment = difference.payment
        return payment.order.owner.get_username() if payment else "-"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("payment__order__owner")
