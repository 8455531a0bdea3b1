from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from joanie.core.admin.catalogue import CatalogueAdmin
from joanie.core.admin.course_runs import CourseRunForm
from joanie.core.admin.filters import AutocompleteFilter
from joanie.core.admin.generic import AnyStackedInline
from joanie.core.models import (
    Course,
    CourseRun,
    Order,
    OrderTargetCourseRelation,
    Product,
    ProductTargetCourseRelation,
)
from joanie.core.services.outgoing_events import products_of_courses
from joanie.core.services.synchronization import announce_courses

MAX_RUNS_SHOWN = 20


class CourseRunInline(AnyStackedInline):
    """The newest runs of a course. What is posted is looked for among all of them."""

    model = CourseRun
    form = CourseRunForm
    extra = 0
    can_delete = False
    show_change_link = True
    classes = ("collapse",)
    verbose_name_plural = _("course runs (the newest)")
    fields = (
        ("title", "resource_link"),
        ("enrollment_start", "enrollment_end"),
        ("start", "end"),
        "is_listed",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        runs = super().get_queryset(request)
        match = request.resolver_match
        course_id = match.kwargs.get("object_id") if match else None
        if request.method == "POST" or not course_id:
            return runs
        newest = CourseRun.objects.filter(course=course_id).order_by("-created_on")
        return runs.filter(pk__in=newest.values("pk")[:MAX_RUNS_SHOWN])


@admin.register(Course)
class CourseAdmin(CatalogueAdmin):
    list_display = ("code", "title")
    list_filter = (("organizations", AutocompleteFilter),)
    search_fields = ("code", "title", "i18n")
    ordering = ("code",)
    autocomplete_fields = ("organizations",)
    translated_fields = ("title",)
    readonly_fields = ("all_runs",)
    inlines = (CourseRunInline,)
    fieldsets = ((None, {"fields": ("code", "title", "organizations", "all_runs")}),)

    @admin.display(description=_("course runs"))
    def all_runs(self, course: Course) -> str:
        if course._state.adding:  # noqa: SLF001 - public by documentation
            return "-"
        address = reverse("admin:joanie_core_courserun_changelist")
        count = course.course_runs.count()
        label = _("See all of them (%(count)d)") % {"count": count}
        return format_html('<a href="{}?course__id__exact={}">{}</a>', address, course.pk, label)

    def announce(self, rows: Iterable[Any]) -> None:
        announce_courses(row.pk for row in rows)

    def products_of(self, rows: Iterable[Any]) -> QuerySet[Product]:
        return products_of_courses(rows)

    def uses_of(self, rows: Iterable[Any]) -> Iterable[QuerySet[Any]]:
        return (
            CourseRun.objects.filter(course__in=rows),
            Order.objects.filter(course__in=rows),
            OrderTargetCourseRelation.objects.filter(course__in=rows),
            ProductTargetCourseRelation.objects.filter(course__in=rows),
        )
