"""What a list of the catalogue can be narrowed down to."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet

from joanie.api.filters.kinds import (
    AmountFilter,
    CurrencyFilter,
    OpenFilter,
    ReferenceFilter,
    SearchFilter,
    StateFilter,
)
from joanie.core.course_run_state import is_course_in, is_run_in
from joanie.core.enums import ProductType
from joanie.core.models import Course, Organization


class CatalogueFilters(FilterSet):
    """``now`` is the moment of the answer: rows are chosen and shown by the same clock."""

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        self.now = now
        super().__init__(*args, **options)

    def find_unknown_names(self) -> dict[str, list[str]]:
        """Say which of the named rows are not there: one statement for each name."""
        given = self.form.cleaned_data if self.is_valid() else {}
        return {
            name: [str(chosen.missing)]
            for name, chosen in self.filters.items()
            if isinstance(chosen, ReferenceFilter)
            and given.get(name)
            and not chosen.is_known(given[name])
        }


def _by_course(field_name: str) -> ReferenceFilter:
    return ReferenceFilter(
        Course,
        field_name,
        missing=_("There is no such course."),
        help_text="The code of a course.",
    )


def _by_organization(field_name: str) -> ReferenceFilter:
    return ReferenceFilter(
        Organization,
        field_name,
        takes_id=True,
        missing=_("There is no such organization."),
        help_text="The code or the id of an organization.",
    )


class OrganizationFilters(CatalogueFilters):
    query = SearchFilter("code", "title_i18n")


class CourseFilters(CatalogueFilters):
    query = SearchFilter("code", "title_i18n")
    organization = _by_organization("organizations")
    state = StateFilter(is_course_in)
    is_open = OpenFilter(is_course_in)


class CourseRunFilters(CatalogueFilters):
    query = SearchFilter("title_i18n", "course__code", "course__title_i18n")
    course = _by_course("course")
    organization = _by_organization("course__organizations")
    state = StateFilter(is_run_in)
    is_open = OpenFilter(is_run_in)


class PriceForm(forms.Form):
    def clean(self) -> dict[str, Any]:
        """Amounts of several currencies cannot be compared."""
        values = self.cleaned_data
        has_limit = values.get("price_min") is not None or values.get("price_max") is not None
        if has_limit and not values.get("currency") and "currency" not in self.errors:
            self.add_error("currency", ValidationError(_("Say the currency of the price too.")))
        return values


class ProductFilters(CatalogueFilters):
    query = SearchFilter("title_i18n", "description_i18n")
    type = ChoiceFilter(
        lookup_expr="exact",
        choices=ProductType.choices,
        null_label=None,
        help_text="What the product gives.",
    )
    course = _by_course("courses")
    organization = _by_organization("organizations")
    currency = CurrencyFilter("price_currency")
    price_min = AmountFilter("price", "gte", "The lowest price, in the currency that is given.")
    price_max = AmountFilter("price", "lte", "The highest price, in the currency that is given.")

    class Meta:
        form = PriceForm
