from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from joanie.core.admin.read_only import ReadOnlyAdmin, ReadOnlyInline
from joanie.webhooks.models import WebhookDelivery, WebhookMessage


class DeliveryInline(ReadOnlyInline):
    model = WebhookDelivery
    fields = ("endpoint", "state", "attempts", "last_status", "next_attempt_at", "delivered_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("endpoint")


@admin.register(WebhookMessage)
class WebhookMessageAdmin(ReadOnlyAdmin):
    list_display = ("created_on", "event_type", "webhook_id", "occurred_at")
    list_filter = ("event_type",)
    date_hierarchy = "created_on"
    search_fields = ("id__exact", "key")
    search_help_text = _(
        "Our id, or a part of the key: the id of an order, a document, a product."
    )
    fields = ("webhook_id", "event_type", "key", "occurred_at", "created_on", "body_shown")
    inlines = (DeliveryInline,)

    @admin.display(description=_("body"))
    def body_shown(self, message: WebhookMessage) -> str:
        return format_html('<pre class="joanie-pre">{}</pre>', message.body)
