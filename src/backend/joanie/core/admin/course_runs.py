from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from joanie.core.admin.catalogue import CatalogueAdmin
from joanie.core.admin.filters import AutocompleteFilter
from joanie.core.admin.generic import AnyModelForm, AnyModelMultipleChoiceField
from joanie.core.course_run_rules import (
    MOMENTS,
    find_wrong_dates,
    validate_moment,
    validate_resource_link,
)
from joanie.core.models import (
    CourseRun,
    Enrollment,
    OrderTargetCourseRelation,
    Product,
    ProductTargetCourseRelation,
)
from joanie.core.services.outgoing_events import products_of_courses
from joanie.core.services.synchronization import announce_course_runs


class CourseRunForm(AnyModelForm):
    """Says what is wrong with a run beside the field to change."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name == "resource_link":
                field.validators.append(validate_resource_link)
            elif name in MOMENTS:
                field.validators.append(validate_moment)

    def clean(self) -> None:
        super().clean()
        dates: Any = SimpleNamespace(**{name: self.cleaned_data.get(name) for name in MOMENTS})
        for field, problems in find_wrong_dates(dates).items():
            self.add_error(field, [str(problem) for problem in problems])


def name_course_run(run: CourseRun) -> str:
    """Tell a run from the other ones of its course. ``course`` is loaded."""
    start = f", {date_format(run.start, 'SHORT_DATE_FORMAT')}" if run.start else ""
    return f"{run.course.code}: {run.title}{start}"


class CourseRunSearch(AutocompleteJsonView):
    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        return {**super().serialize_result(obj, to_field_name), "text": name_course_run(obj)}


class CourseRunsWidget(AutocompleteSelectMultiple):
    url_name = "%s:joanie_core_courserun_search"


class CourseRunsField(AnyModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return name_course_run(obj)


@admin.register(CourseRun)
class CourseRunAdmin(CatalogueAdmin):
    form = CourseRunForm
    list_display = ("title", "course", "start", "end", "enrollment_end", "is_listed")
    list_filter = (("course", AutocompleteFilter), "is_listed")
    list_select_related = ("course",)
    search_fields = ("title", "i18n", "resource_link", "=course__code")
    date_hierarchy = "start"
    autocomplete_fields = ("course",)
    translated_fields = ("title",)
    fieldsets = (
        (None, {"fields": ("course", "title", "resource_link", "is_listed")}),
        (
            _("Dates"),
            {
                "fields": ("enrollment_start", "enrollment_end", "start", "end"),
                "description": _("A missing end means for ever. Times are those of this site."),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep a run in its course: products and orders may name it as one of that course."""
        return () if obj is None else ("course",)

    def announce(self, rows: Iterable[Any]) -> None:
        announce_course_runs(row.pk for row in rows)

    def products_of(self, rows: Iterable[Any]) -> QuerySet[Product]:
        return products_of_courses(row.course_id for row in rows)

    def uses_of(self, rows: Iterable[Any]) -> Iterable[QuerySet[Any]]:
        """A run that is the only one of something sold may not go: all others would be given."""
        return (
            Enrollment.objects.filter(course_run__in=rows),
            OrderTargetCourseRelation.objects.filter(course_runs__in=rows).distinct(),
            ProductTargetCourseRelation.objects.filter(course_runs__in=rows).distinct(),
        )

    def get_urls(self) -> list[URLPattern]:
        search = self.admin_site.admin_view(CourseRunSearch.as_view(admin_site=self.admin_site))
        name = "joanie_core_courserun_search"
        return [path("search/", search, name=name), *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset.select_related("course"), search_term)
