from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from joanie.core.admin.buttons import AdminWithButtons, Button, Text, write_to_history
from joanie.core.admin.filters import AutocompleteFilter, FilteredByAutocomplete
from joanie.core.admin.owners import owner_search_fields
from joanie.core.models import Enrollment
from joanie.core.services.enrollments import resend_enrollment


class ResendEnrollment(Button):
    name = "resend"
    label = _("Tell the LMS again")
    permission = "joanie_core.resend_enrollment"

    def explain(self, row: Enrollment) -> Text:
        if row.is_active:
            return _("The LMS is told that this learner is enrolled.")
        return _("The LMS is told that this learner is not enrolled any more.")

    def press(self, request: HttpRequest, row: Any, form: forms.Form) -> Text:
        with transaction.atomic():
            resend_enrollment(row.pk)
            write_to_history(request, row, _("Asked to tell the LMS again."))
        return _("The LMS is being told. Look again in a moment.")


@admin.register(Enrollment)
class EnrollmentAdmin(AdminWithButtons, FilteredByAutocomplete):
    buttons = (ResendEnrollment(),)
    list_display = ("owner", "course_run", "is_active", "state", "created_on")
    fields = (
        "id",
        "owner",
        "course_run",
        "is_active",
        "state",
        "failure",
        "created_on",
        "updated_on",
    )
    list_filter = ("state", "is_active", ("course_run", AutocompleteFilter))
    list_select_related = ("owner", "course_run")
    search_fields = (*owner_search_fields(), "=course_run__resource_link")
    date_hierarchy = "created_on"
