from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from joanie.common.exceptions import Refused
from joanie.core.admin.buttons import AdminWithButtons, Button, Text, write_to_history
from joanie.core.admin.read_only import ReadOnlyInline
from joanie.webhooks.enums import DeliveryState
from joanie.webhooks.models import WebhookAttempt, WebhookDelivery
from joanie.webhooks.services.deliveries import send_again

PERMISSION = "joanie_webhooks.resend_webhookdelivery"


class SendAgain(Button):
    name = "resend"
    label = _("Send again")
    permission = PERMISSION

    def is_offered(self, row: WebhookDelivery) -> bool:
        return bool(row.state != DeliveryState.PENDING)

    def explain(self, row: WebhookDelivery) -> Text:
        return _(
            "The same message is sent under the same id, and tried for three days. A receiver that"
            " took it before ignores it."
        )

    def press(self, request: HttpRequest, row: Any, form: forms.Form) -> Text:
        resend(request, row)
        return _("The message is being sent. Look again in a moment.")


def resend(request: HttpRequest, row: WebhookDelivery) -> None:
    """Send it again, and write so to its history. Raises Refused."""
    with transaction.atomic():
        send_again(delivery_id=row.pk)
        write_to_history(request, row, gettext("Asked to send it again."))


class AttemptInline(ReadOnlyInline):
    model = WebhookAttempt
    fields = ("at", "status", "duration", "error")
    readonly_fields = fields
    show_change_link = False


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(AdminWithButtons):
    buttons = (SendAgain(),)
    actions = ("resend_all",)
    list_display = (
        "queued_at",
        "event",
        "endpoint",
        "state",
        "attempts",
        "last_status",
        "last_error",
        "next_attempt_at",
    )
    list_filter = ("state", "endpoint", "message__event_type")
    date_hierarchy = "queued_at"
    search_fields = ("message__id__exact", "message__key")
    search_help_text = _(
        "Our id, or a part of the key: the id of an order, a document, a product."
    )
    fields = (
        "message",
        "endpoint",
        "state",
        "queued_at",
        "attempts",
        "next_attempt_at",
        "delivered_at",
        "last_status",
        "last_error",
    )
    inlines = (AttemptInline,)

    @admin.display(description=_("event"), ordering="message__event_type")
    def event(self, delivery: WebhookDelivery) -> str:
        return delivery.message.get_event_type_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("message", "endpoint")
        return rows.defer("message__body")

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    @admin.action(description=_("Send again"), permissions=["resend"])
    def resend_all(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Send again those that were given up, and leave the others as they are."""
        sent = refused = 0
        for row in queryset.filter(state=DeliveryState.FAILED).order_by("queued_at"):
            try:
                resend(request, row)
                sent += 1
            except Refused:
                refused += 1
        told = {"sent": sent, "refused": refused}
        text = gettext("Being sent again: %(sent)d. Refused: %(refused)d.") % told
        messages.info(request, text)
