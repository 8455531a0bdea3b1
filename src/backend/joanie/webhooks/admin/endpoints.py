from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from joanie.common.exceptions import Busy, JoanieError
from joanie.core.admin.buttons import AdminWithButtons, Button, Text, write_to_history
from joanie.core.admin.generic import AnyModelAdmin, AnyModelForm
from joanie.webhooks.enums import CHOSEN_EVENT_TYPES, EventType
from joanie.webhooks.models import WebhookDelivery, WebhookEndpoint
from joanie.webhooks.services.endpoints import (
    EndpointInUse,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    refuse_unless_deletable,
    rotate_secret,
    send_test_event,
)

LONGEST_OVERLAP_IN_DAYS = 30


class RevealSecret(Button):
    name = "secret"
    label = _("See the secret")
    permission = "joanie_webhooks.reveal_webhook_secret"

    def explain(self, row: WebhookEndpoint) -> Text:
        return _("The receiver needs it. That you looked is written to the history.")


class OverlapForm(forms.Form):
    days = forms.IntegerField(
        label=_("Days for which the present secret stays good"),
        min_value=0,
        max_value=LONGEST_OVERLAP_IN_DAYS,
        initial=1,
        help_text=_("0 when somebody else may know it: whoever has the present one is cut off."),
    )


class RotateSecret(Button):
    name = "rotate"
    label = _("Rotate the secret")
    permission = "joanie_webhooks.rotate_webhook_secret"
    form_class = OverlapForm

    def explain(self, row: WebhookEndpoint) -> Text:
        return _(
            "A new secret is made, and messages are signed with both for as long as you say. Give"
            " the new one to the receiver in that time."
        )

    def make_form(self, row: Any, data: Any = None) -> forms.Form:
        return OverlapForm(data)

    def press(self, request: HttpRequest, row: Any, form: forms.Form) -> Text:
        overlap = timedelta(days=form.cleaned_data["days"])
        with transaction.atomic():
            rotate_secret(endpoint_id=row.pk, overlap=overlap)
            write_to_history(request, row, gettext("Rotated the secret."))
        return _("There is a new secret: give it to the receiver.")


class SendTest(Button):
    name = "test"
    label = _("Send a test event")
    permission = "joanie_webhooks.test_webhookendpoint"

    def is_offered(self, row: WebhookEndpoint) -> bool:
        return row.is_enabled

    def explain(self, row: WebhookEndpoint) -> Text:
        text = gettext("The endpoint is sent “%(event)s”, whatever it asks for.")
        return text % {"event": EventType.TEST.value}

    def press(self, request: HttpRequest, row: Any, form: forms.Form) -> Text:
        with transaction.atomic():
            send_test_event(endpoint_id=row.pk)
            write_to_history(request, row, gettext("Sent a test event."))
        return _("It is being sent. See the deliveries in a moment.")


class SwitchOff(Button):
    name = "disable"
    label = _("Switch off")
    permission = "joanie_webhooks.switch_webhookendpoint"

    def is_offered(self, row: WebhookEndpoint) -> bool:
        return row.is_enabled

    def explain(self, row: WebhookEndpoint) -> Text:
        return _(
            "Nothing more is sent to it. What happens meanwhile is not written down for it; what"
            " waits already goes on waiting."
        )

    def press(self, request: HttpRequest, row: Any, form: forms.Form) -> Text:
        with transaction.atomic():
            disable_endpoint(endpoint_id=row.pk)
            write_to_history(request, row, gettext("Switched off."))
        return _("The endpoint is switched off.")


class SwitchOn(Button):
    name = "enable"
    label = _("Switch on again")
    permission = "joanie_webhooks.switch_webhookendpoint"

    def is_offered(self, row: WebhookEndpoint) -> bool:
        return not row.is_enabled

    def explain(self, row: WebhookEndpoint) -> Text:
        return _("What waits for it is sent at once. Send again by hand what was given up.")

    def press(self, request: HttpRequest, row: Any, form: forms.Form) -> Text:
        with transaction.atomic():
            enable_endpoint(endpoint_id=row.pk)
            write_to_history(request, row, gettext("Switched on again."))
        return _("The endpoint is switched on again.")


def _find_hindrance(endpoint: WebhookEndpoint) -> str | None:
    """Say why it cannot be deleted."""
    try:
        refuse_unless_deletable(endpoint)
    except EndpointInUse as refusal:
        return f"{endpoint}: {gettext(refusal.message)}"
    return None


class EndpointForm(AnyModelForm):
    event_types = forms.MultipleChoiceField(
        label=_("Events"),
        choices=CHOSEN_EVENT_TYPES,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("All of them when none is chosen."),
    )


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(AdminWithButtons):
    """Unlike most rows with buttons, these are written by people."""

    form = EndpointForm
    buttons = (RevealSecret(), RotateSecret(), SendTest(), SwitchOff(), SwitchOn())
    secret_fields = ("secret", "previous_secret")
    list_display = ("__str__", "origin", "is_enabled", "disabled_because", "failures_in_a_row")
    list_filter = ("is_enabled", "disabled_because")
    search_fields = ("description", "url")
    fieldsets = (
        (None, {"fields": ("url", "description", "event_types")}),
        (
            _("How it goes"),
            {
                "fields": (
                    "is_enabled",
                    "disabled_because",
                    "disabled_at",
                    "failures_in_a_row",
                    "previous_secret_until",
                    "created_on",
                )
            },
        ),
    )
    readonly_fields = (
        "is_enabled",
        "disabled_because",
        "disabled_at",
        "failures_in_a_row",
        "previous_secret_until",
        "created_on",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return AnyModelAdmin.has_add_permission(self, request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return AnyModelAdmin.has_change_permission(self, request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return AnyModelAdmin.has_delete_permission(self, request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return AnyModelAdmin.has_view_permission(self, request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Say nothing yet of how it goes with one that is being added."""
        return self.fieldsets[:1] if obj is None else self.fieldsets

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the page that adds one as well: it has no buttons."""
        if context["original"] is None:
            return AnyModelAdmin.render_change_form(self, request, context, *args, **kwargs)
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Lead on to the secret, which the receiver needs now."""
        response = super().response_add(request, obj, post_url_continue)
        if request.user.has_perm(RevealSecret.permission):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{RevealSecret.name}"
            return HttpResponseRedirect(reverse(name, args=[obj.pk]))
        return response

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Refuse what something may be told to at this moment; count the deliveries that go along.

        Of those there may be many thousands.
        """
        rows = list(objs)
        hindrances = [*filter(None, map(_find_hindrance, rows))]
        if hindrances:
            return [], {}, set(), hindrances
        deliveries = WebhookDelivery.objects.filter(endpoint__in=rows).count()
        counts = {
            self.opts.verbose_name_plural: len(rows),
            WebhookDelivery._meta.verbose_name_plural: deliveries,  # noqa: SLF001 - public
        }
        return [str(row) for row in rows], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_endpoint(endpoint_id=obj.pk)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            delete_endpoint(endpoint_id=row.pk)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say so when one was switched on again since the page asked whether to delete it."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except (EndpointInUse, Busy) as error:
            return self._ask_again(request, error)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().changelist_view(request, extra_context)
        except (EndpointInUse, Busy) as error:
            return self._ask_again(request, error)

    def _ask_again(self, request: HttpRequest, error: JoanieError) -> HttpResponse:
        messages.error(request, gettext(error.message))
        return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write what the person changed, and nothing that was written since the page was read."""
        obj.save(update_fields=form.changed_data if change else None)

    def _ask_or_press(self, request: HttpRequest, object_id: str, button: Button) -> HttpResponse:
        if isinstance(button, RevealSecret) and request.method == "POST":
            return self._reveal(request, object_id)
        return super()._ask_or_press(request, object_id, button)

    def _reveal(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the secret on a page that no cache and no message keeps."""
        may_see = request.user.has_perm(RevealSecret.permission)
        if not (self.has_view_permission(request) and may_see):
            raise PermissionDenied
        row = cast("WebhookEndpoint | None", self.get_object(request, object_id))
        if row is None:
            raise Http404
        write_to_history(request, row, gettext("Looked at the secret."))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": RevealSecret.label,
            "original": row,
            "address": self._address_of(row),
            "media": self.media,
        }
        page = TemplateResponse(request, "admin/joanie_webhooks/secret.html", context)
        add_never_cache_headers(page)
        return page
