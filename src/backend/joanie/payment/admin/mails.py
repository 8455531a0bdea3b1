from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from joanie.core.admin.buttons import AdminWithButtons, Button, Text, write_to_history
from joanie.core.admin.owners import owner_search_fields
from joanie.payment.admin.display import link_to
from joanie.payment.admin.filters import SendingFilter
from joanie.payment.mails.sending import resend_mail
from joanie.payment.models import Mail


class ResendMail(Button):
    name = "resend"
    label = _("Send again")
    permission = "joanie_payment.resend_mail"

    def explain(self, row: Mail) -> Text:
        return _(
            "The mail is written anew, with what is true by now, and sent to the address that the"
            " learner has now."
        )

    def press(self, request: HttpRequest, row: Any, form: forms.Form) -> Text:
        with transaction.atomic():
            resend_mail(row.pk)
            write_to_history(request, row, gettext("Asked to send the mail again."))
        return _("The mail is being sent. Look again in a moment.")


@admin.register(Mail)
class MailAdmin(AdminWithButtons):
    buttons = (ResendMail(),)
    list_display = ("created_on", "kind", "owner", "sent_at", "sent_to", "dropped_because")
    list_filter = (SendingFilter, "kind")
    date_hierarchy = "created_on"
    search_fields = (*owner_search_fields(), "sent_to__iexact", "order__id__exact")
    fields = (
        "kind",
        "owner",
        "order_link",
        "payment",
        "proforma_invoice",
        "credit_card",
        "language",
        "created_on",
        "sent_at",
        "sent_to",
        "dropped_because",
    )

    @admin.display(description=_("order"))
    def order_link(self, mail: Mail) -> str:
        return link_to(mail.order)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("owner", "order", "payment", "proforma_invoice", "credit_card")
