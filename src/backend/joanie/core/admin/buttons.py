"""Buttons on the page of a row: each asks first, and has a service do it."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from joanie.common.exceptions import JoanieError
from joanie.core.admin.read_only import ReadOnlyAdmin
from joanie.core.models.addresses import validate_printable

Text = str | Promise


class ReasonForm(forms.Form):
    """Why somebody does it, for whoever reads the history later."""

    reason = forms.CharField(label=_("Reason"), max_length=255, validators=[validate_printable])


class Button:
    """Something that staff can have done. ``name`` is the last part of its page's address."""

    name: ClassVar[str]
    label: ClassVar[Text]
    permission: ClassVar[str]
    form_class: ClassVar[type[forms.Form]] = forms.Form

    def is_offered(self, row: Any) -> bool:
        """Say whether there is any use in it now. The service decides when it is pressed."""
        return True

    def explain(self, row: Any) -> Text:
        """Say what will happen."""
        raise NotImplementedError

    def make_form(self, row: Any, data: Any = None) -> forms.Form:
        return self.form_class(data)

    def find_outcome(self, row: Any, data: Any) -> Text | None:
        """Return what to tell when this very form was sent before; None for a new one."""
        return None

    def press(self, request: HttpRequest, row: Any, form: forms.Form) -> Text:
        """Call the service with the valid form; return what to tell. Raises JoanieError."""
        raise NotImplementedError


class AdminWithButtons(ReadOnlyAdmin):
    """Shows the buttons that a person is permitted to press, on the page of a row."""

    buttons: Sequence[Button] = ()
    change_form_template = "admin/joanie_core/change_form_with_buttons.html"

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path(
                f"<uuid:object_id>/{button.name}/",
                self.admin_site.admin_view(self._page_of(button)),
                name=self._name_of(button),
            )
            for button in self.buttons
        ]
        return [*pages, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context["original"]
        context["buttons"] = [
            (button.label, reverse(f"admin:{self._name_of(button)}", args=[row.pk]))
            for button in self.buttons
            if request.user.has_perm(button.permission) and button.is_offered(row)
        ]
        return super().render_change_form(request, context, *args, **kwargs)

    def _name_of(self, button: Button) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{button.name}"

    def _page_of(self, button: Button) -> Callable[..., HttpResponse]:
        @transaction.non_atomic_requests
        def page(request: HttpRequest, object_id: Any) -> HttpResponse:
            return self._ask_or_press(request, str(object_id), button)

        return page

    def _ask_or_press(self, request: HttpRequest, object_id: str, button: Button) -> HttpResponse:
        if not (self.has_view_permission(request) and request.user.has_perm(button.permission)):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if request.method != "POST":
            return self._ask(request, row, button, button.make_form(row))
        told = button.find_outcome(row, request.POST)
        form = button.make_form(row, request.POST)
        if told is None and form.is_valid():
            try:
                told = button.press(request, row, form)
            except JoanieError as error:
                form.add_error(None, gettext(error.message))
        if told is None:
            return self._ask(request, row, button, form)
        messages.success(request, str(told))
        return HttpResponseRedirect(self._address_of(row))

    def _address_of(self, row: Any) -> str:
        view = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(view, args=[row.pk], current_app=self.admin_site.name)

    def _ask(
        self, request: HttpRequest, row: Any, button: Button, form: forms.Form
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": button.label,
            "button": button,
            "explanation": button.explain(row),
            "form": form,
            "original": row,
            "address": self._address_of(row),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/joanie_core/button.html", context)


def write_to_history(request: HttpRequest, row: Model, text: Text) -> None:
    """Add a line to the history that the admin keeps of a row, in the caller's transaction."""
    user: Any = request.user
    LogEntry.objects.log_actions(
        user_id=user.pk,
        queryset=[row],
        action_flag=CHANGE,
        change_message=str(text),
        single_object=True,
    )
