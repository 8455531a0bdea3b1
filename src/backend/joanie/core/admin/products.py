from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from joanie.common.money import Money, round_to_minor_unit
from joanie.core.admin.catalogue import CatalogueAdmin
from joanie.core.admin.course_runs import CourseRunsField, CourseRunsWidget
from joanie.core.admin.filters import AutocompleteFilter
from joanie.core.admin.generic import AnyModelForm, AnyModelMultipleChoiceField, AnyStackedInline
from joanie.core.models import CourseRun, Order, Product, ProductTargetCourseRelation
from joanie.core.services.outgoing_events import ProductChange
from joanie.core.services.seats import seats_taken
from joanie.core.services.synchronization import announce_products


class TargetCourseForm(AnyModelForm):
    def clean(self) -> None:
        super().clean()
        course = self.cleaned_data.get("course")
        runs = self.cleaned_data.get("course_runs")
        if course is None or not runs:
            return
        strangers = [run.title for run in runs if run.course_id != course.pk]
        if strangers:
            text = gettext("These are not runs of the course %(course)s: %(runs)s.")
            names = {"course": course.code, "runs": ", ".join(strangers)}
            self.add_error("course_runs", text % names)


class TargetCourseInline(AnyStackedInline):
    model = ProductTargetCourseRelation
    form = TargetCourseForm
    extra = 0
    autocomplete_fields = ("course",)
    fields = ("course", ("position", "is_graded"), "course_runs")
    verbose_name = _("target course")
    verbose_name_plural = _("target courses: what the learner gets access to")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("course", "product")

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> AnyModelMultipleChoiceField:
        return CourseRunsField(
            queryset=CourseRun.objects.select_related("course"),
            widget=CourseRunsWidget(db_field, self.admin_site),
            required=False,
            label=_("Only these runs"),
            help_text=_("All of the course's when empty. Type a title, or the code of a course."),
        )


class ProductForm(AnyModelForm):
    """Shows a price with the decimals of its currency, and refuses one that is below zero."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        price = self.initial.get("price")
        if isinstance(price, Money):
            self.initial["price"] = round_to_minor_unit(price)

    def clean_price(self) -> Any:
        price = self.cleaned_data["price"]
        if price is not None and price.amount < 0:
            raise forms.ValidationError(_("A price cannot be below zero."))
        return price


@admin.register(Product)
class ProductAdmin(CatalogueAdmin):
    form = ProductForm
    change_by_deletion = ProductChange.DELETED
    list_display = ("title", "type", "price_shown", "seats", "created_on")
    list_filter = (
        "type",
        ("organizations", AutocompleteFilter),
        ("courses", AutocompleteFilter),
    )
    search_fields = ("title", "i18n", "=courses__code")
    readonly_fields = ("seats",)
    autocomplete_fields = ("courses", "organizations")
    translated_fields = ("title", "description", "call_to_action")
    inlines = (TargetCourseInline,)
    fieldsets = (
        (None, {"fields": ("title", "type", "description", "call_to_action")}),
        (_("Price"), {"fields": ("price", "vat_rate")}),
        (
            _("Seats"),
            {
                "fields": ("max_orders", "seats"),
                "description": _(
                    "With fewer of them nobody loses a seat, and nobody else gets one until"
                    " enough are free again."
                ),
            },
        ),
        (
            _("Where it is sold"),
            {
                "fields": ("courses", "organizations"),
                "description": _(
                    "It is displayed on these courses, and these organizations sell it."
                ),
            },
        ),
    )

    @admin.display(description=_("price"), ordering="price")
    def price_shown(self, product: Product) -> str:
        price = round_to_minor_unit(product.price)
        return f"{price.amount} {price.currency}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        products = super().get_queryset(request)
        counted: QuerySet[Any] = products.annotate(seats_taken=seats_taken())
        return counted

    @admin.display(description=_("seats taken"), empty_value="-")
    def seats(self, product: Any) -> str | None:
        """Show how many are taken, of how many there are."""
        taken = getattr(product, "seats_taken", None)  # None on the page that adds one
        return None if taken is None else f"{taken} / {product.max_orders}"

    def announce(self, rows: Iterable[Any]) -> None:
        announce_products(row.pk for row in rows)

    def products_of(self, rows: Iterable[Any]) -> QuerySet[Product]:
        return Product.objects.filter(pk__in=[row.pk for row in rows])

    def uses_of(self, rows: Iterable[Any]) -> Iterable[QuerySet[Any]]:
        return (Order.objects.filter(product__in=rows),)
