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
from joanie.core.admin.filters import AutocompleteFilter, FilteredByAutocomplete
from joanie.core.admin.owners import owner_search_fields
from joanie.core.admin.read_only import ReadOnlyInline
from joanie.payment.admin.display import link_to, preformatted
from joanie.payment.admin.filters import AttentionFilter, BackendFilter
from joanie.payment.models import Payment, Refund, Transaction
from joanie.payment.reads.display import show_money
from joanie.payment.services.review import settle_flag


class SettleFlag(Button):
    name = "settle"
    label = _("Mark as settled")
    permission = "joanie_payment.review_payment"
    form_class = ReasonForm

    def is_offered(self, row: Payment) -> bool:
        return bool(row.flag)

    def explain(self, row: Payment) -> Text:
        return _(
            "This payment was flagged: %(flag)s. The flag goes when no money of it is left that"
            " the order has no use for."
        ) % {"flag": row.get_flag_display() or "-"}

    def press(self, request: HttpRequest, row: Any, form: forms.Form) -> Text:
        with transaction.atomic():
            if settle_flag(row):
                reason = {"reason": form.cleaned_data["reason"]}
                write_to_history(request, row, gettext("Settled: %(reason)s") % reason)
        return _("The payment is settled.")


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = ("created_on", "amount_shown", "state", "origin", "reason", "failure")
    readonly_fields = fields

    @admin.display(description=_("amount"))
    def amount_shown(self, refund: Refund) -> str:
        return show_money(refund.amount)


class TransactionInline(ReadOnlyInline):
    model = Transaction
    fields = ("created_on", "kind", "total_shown", "reference", "is_suspense")
    readonly_fields = fields

    @admin.display(description=_("total"))
    def total_shown(self, line: Transaction) -> str:
        return show_money(line.total)


@admin.register(Payment)
class PaymentAdmin(AdminWithButtons, FilteredByAutocomplete):
    buttons = (SettleFlag(),)
    inlines = (TransactionInline, RefundInline)
    list_display = (
        "created_on",
        "owner",
        "amount_shown",
        "state",
        "backend",
        "provider_reference",
        "failure_code",
        "flag",
    )
    list_filter = (
        AttentionFilter,
        "state",
        "flag",
        BackendFilter,
        "method",
        ("order__organization", AutocompleteFilter),
    )
    date_hierarchy = "created_on"
    search_fields = (
        "provider_reference__exact",
        "id__exact",
        "order__id__exact",
        *owner_search_fields("order__owner"),
    )
    search_help_text = _(
        "The provider's reference, id of the payment or order, user name, e-mail address."
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id",
                    "order_link",
                    "owner",
                    "state",
                    "amount_shown",
                    "backend",
                    "provider_reference",
                    "method",
                    "credit_card",
                    "failure_code",
                    "flag",
                    "is_unmatched",
                )
            },
        ),
        (
            _("Details"),
            {
                "fields": (
                    "created_on",
                    "settled_at",
                    "pulled_at",
                    "language",
                    "billing_address_shown",
                    "client_address",
                    "url",
                )
            },
        ),
    )

    @admin.display(description=_("order"))
    def order_link(self, payment: Payment) -> str:
        return link_to(payment.order)

    @admin.display(description=_("owner"), ordering="order__owner")
    def owner(self, payment: Payment) -> str:
        return payment.order.owner.get_username()

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, payment: Payment) -> str:
        return show_money(payment.amount)

    @admin.display(description=_("billing address"))
    def billing_address_shown(self, payment: Payment) -> str:
        values = payment.billing_address.values() if payment.billing_address else ()
        return preformatted("\n".join(str(value) for value in values if value))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("order__owner", "credit_card")
