"""The ways to choose rows of a list that django-filter does not have by itself."""

import uuid
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import (
    CharFilter,
    NumberFilter,
    TypedChoiceFilter,
    TypedMultipleChoiceFilter,
)
from drf_spectacular.utils import extend_schema_field

from joanie.common.money import MINOR_UNITS
from joanie.core.course_run_state import OPEN_PRIORITIES, TO_BE_SCHEDULED
from joanie.core.search import search

Rows = QuerySet[Any]
# Chooses rows in one of the states, by their priorities, at a moment.
IsIn = Callable[[Collection[int], datetime], Q]


class SearchFilter(CharFilter):
    """Keeps the rows whose texts hold every word, as the reader sees them."""

    def __init__(self, *names: str) -> None:
        self.names = names
        super().__init__(
            max_length=100,
            help_text="Words that must all be found, in any case, in the reader's language.",
        )

    def filter(self, rows: Rows, value: str) -> Rows:
        return search(rows, value, *self.names) if value else rows


class ReferenceFilter(CharFilter):
    """Keeps what belongs to one row of another model, named by its code (or by its id).

    Filtering does not ask whether there is such a row: ``is_known`` does.
    """

    def __init__(
        self,
        related: type[Model],
        field_name: str,
        *,
        missing: Any,
        takes_id: bool = False,
        help_text: str,
    ) -> None:
        self.related = related
        self.missing = missing
        self.takes_id = takes_id
        super().__init__(field_name, max_length=100, help_text=help_text)

    def filter(self, rows: Rows, value: str) -> Rows:
        if not value:
            return rows
        field, name = self._read(value)
        return rows.filter(**{f"{self.field_name}__{field}": name})

    def is_known(self, value: str) -> bool:
        """Say whether there is such a row. One statement."""
        field, name = self._read(value)
        rows = self.related._default_manager  # noqa: SLF001 - public by documentation
        return rows.filter(**{field: name}).exists()

    def _read(self, value: str) -> tuple[str, str | uuid.UUID]:
        try:
            return ("pk", uuid.UUID(value)) if self.takes_id else ("code", value)
        except ValueError:
            return "code", value


class _PrioritiesField(forms.TypedMultipleChoiceField):
    def to_python(self, value: Any) -> list[str]:
        """Read an empty value as no choice, as the other filters do."""
        return [each for each in super().to_python(value) if each]


@extend_schema_field(
    {
        "type": "integer",
        "minimum": 0,
        "maximum": TO_BE_SCHEDULED,
        "description": "The priority of its state. Give it several times to see several states.",
    }
)
class StateFilter(TypedMultipleChoiceFilter):
    """Keeps the rows in one of the states, by their priorities."""

    field_class = _PrioritiesField

    def __init__(self, is_in: IsIn) -> None:
        self.is_in = is_in
        super().__init__(
            choices=[(priority, priority) for priority in range(TO_BE_SCHEDULED + 1)],
            coerce=int,
        )

    def filter(self, rows: Rows, value: Collection[int]) -> Rows:
        if not value:
            return rows
        return rows.filter(self.is_in(value, self.parent.now))


@extend_schema_field({"type": "boolean", "description": "Whether one can enroll now."})
class OpenFilter(TypedChoiceFilter):
    """Keeps what one can enroll in, or what one cannot."""

    def __init__(self, is_in: IsIn) -> None:
        self.is_in = is_in
        super().__init__(
            choices=[("true", "true"), ("false", "false")],
            coerce=lambda value: value == "true",
            empty_value=None,
        )

    def filter(self, rows: Rows, value: bool | None) -> Rows:
        if value is None:
            return rows
        is_open = self.is_in(OPEN_PRIORITIES, self.parent.now)
        return rows.filter(is_open if value else ~is_open)


class CurrencyFilter(CharFilter):
    def __init__(self, field_name: str) -> None:
        super().__init__(
            field_name,
            "exact",
            validators=[_validate_currency],
            help_text="ISO 4217, in capitals.",
        )


class AmountFilter(NumberFilter):
    """Compares an amount in major units, whatever its currency: another filter chooses that."""

    def __init__(self, field_name: str, lookup_expr: str, help_text: str) -> None:
        super().__init__(
            field_name,
            lookup_expr,
            min_value=0,
            max_digits=15,
            decimal_places=3,
            help_text=help_text,
        )


def _validate_currency(value: str) -> None:
    if value not in MINOR_UNITS:
        raise ValidationError(_("There is no such currency."))
