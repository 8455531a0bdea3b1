import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from joanie.core.admin.buttons import AdminWithButtons, Button, Text, write_to_history
from joanie.core.admin.read_only import ReadOnlyAdmin
from joanie.payment.admin.display import MASK, preformatted
from joanie.payment.admin.filters import BackendFilter
from joanie.payment.enums import UNSETTLED_NOTIFICATION_STATES, NotificationState
from joanie.payment.models import NotificationRejection, PaymentNotification
from joanie.payment.services.intake import process_notification

MAX_BODY_SHOWN = 20_000
# Each is given to its backend at once, while the browser waits.
MAX_REPLAYED_AT_ONCE = 50
SECRET_HEADER = re.compile(
    r"auth|cookie|sig|token|secret|key|hmac|pass|cred|session", re.IGNORECASE
)
PERMISSION = "joanie_payment.replay_paymentnotification"


class Replay(Button):
    name = "replay"
    label = _("Process again")
    permission = PERMISSION

    def is_offered(self, row: PaymentNotification) -> bool:
        return row.state in UNSETTLED_NOTIFICATION_STATES

    def explain(self, row: PaymentNotification) -> Text:
        return _(
            "The notification is given to its backend as it came. What it told already is not"
            " booked again."
        )

    def press(self, request: HttpRequest, row: Any, form: forms.Form) -> Text:
        return gettext("Processed again: %(state)s.") % {"state": replay(request, row)}


def replay(request: HttpRequest, row: PaymentNotification) -> str:
    """Process a notification now, write so to its history, and say how it stands."""
    state = NotificationState(process_notification(row)).label
    write_to_history(request, row, gettext("Processed again: %(state)s") % {"state": state})
    return str(state)


@admin.register(PaymentNotification)
class PaymentNotificationAdmin(AdminWithButtons):
    buttons = (Replay(),)
    secret_fields = ("headers",)
    actions = ("replay_all",)
    list_display = (
        "created_on",
        "backend",
        "event_id",
        "state",
        "attempts",
        "is_authenticated",
        "last_error_shown",
    )
    list_filter = ("state", BackendFilter, "is_authenticated")
    date_hierarchy = "created_on"
    search_fields = ("event_id__exact", "id__exact", "last_error")
    search_help_text = _("The provider's id of the event, our id, or a part of the error.")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id",
                    "backend",
                    "event_id",
                    "state",
                    "is_authenticated",
                    "created_on",
                    "attempts",
                    "next_attempt_at",
                    "processed_at",
                    "last_error",
                )
            },
        ),
        (
            _("As it came"),
            {"fields": ("method", "path", "query_string", "headers_shown", "body_shown")},
        ),
    )

    @admin.display(description=_("error"))
    def last_error_shown(self, notification: PaymentNotification) -> str:
        return notification.last_error[:100]

    @admin.display(description=_("headers"))
    def headers_shown(self, notification: PaymentNotification) -> str:
        lines = (
            f"{name}: {MASK if SECRET_HEADER.search(name) else value}"
            for name, value in sorted(notification.headers.items())
        )
        return preformatted("\n".join(lines))

    @admin.display(description=_("body"))
    def body_shown(self, notification: PaymentNotification) -> str:
        body = bytes(notification.body)
        text = body[:MAX_BODY_SHOWN].decode(errors="replace")
        if len(body) > MAX_BODY_SHOWN:
            more = {"count": len(body) - MAX_BODY_SHOWN}
            text += "\n" + gettext("… and %(count)d more bytes") % more
        return preformatted(text)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave what is long to the page of one row."""
        rows = super().get_queryset(request)
        match = request.resolver_match
        is_list = (
            match is not None and match.url_name == "joanie_payment_paymentnotification_changelist"
        )
        return rows.defer("headers", "body") if is_list else rows

    @transaction.non_atomic_requests
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, extra_context)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    @admin.action(description=_("Process again"), permissions=["replay"])
    def replay_all(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Process those that are not settled, the oldest first, some at a time."""
        unsettled = queryset.filter(state__in=UNSETTLED_NOTIFICATION_STATES).order_by("created_on")
        rows = PaymentNotification.objects.filter(pk__in=unsettled.values("pk"))
        taken = list(rows.order_by("created_on")[:MAX_REPLAYED_AT_ONCE])
        states = [replay(request, row) for row in taken]
        told = {"count": len(taken), "states": ", ".join(sorted(set(states))) or "-"}
        text = gettext("Notifications processed again: %(count)d (%(states)s).") % told
        messages.info(request, text)


@admin.register(NotificationRejection)
class NotificationRejectionAdmin(ReadOnlyAdmin):
    list_display = ("day", "backend", "count")
    list_filter = (BackendFilter,)
    date_hierarchy = "day"
