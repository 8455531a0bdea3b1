"""What the pages of the catalogue have in common."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.admin import ShowFacets
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext

from joanie.core.admin.filters import FilteredByAutocomplete
from joanie.core.admin.languages import fieldsets_of_translations
from joanie.core.models import Product
from joanie.core.services.outgoing_events import ProductChange, tell_of_products

MAX_USES_SHOWN = 10


class CatalogueAdmin(FilteredByAutocomplete):
    """A part of the catalogue: translated, announced when it changes, kept once it was sold."""

    translated_fields: ClassVar[tuple[str, ...]] = ()
    # What becomes of the products of rows that are deleted.
    change_by_deletion: ClassVar[ProductChange] = ProductChange.CHANGED
    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER

    class Media:
        css = {"all": ["joanie_core/admin.css"]}

    def announce(self, rows: Iterable[Any]) -> None:
        """Tell other catalogues, in the transaction of the change. Nothing unless overridden."""

    def products_of(self, rows: Iterable[Any]) -> QuerySet[Product]:
        """Give the products of which the API says another thing when these rows change."""
        return Product.objects.none()

    def uses_of(self, rows: Iterable[Any]) -> Iterable[QuerySet[Any]]:
        """Give what would be wrong without these rows, which are therefore kept."""
        return ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [
            *(self.fieldsets or ()),
            *fieldsets_of_translations(self.translated_fields),
        ]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Announce what the row led to before, and what it leads to now."""
        if change:
            self.announce([form.instance])
        super().save_related(request, form, formsets, change)
        self.announce([form.instance])
        tell_of_products(self.products_of([form.instance]))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            self._announce_deletion([obj])
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            self._announce_deletion(queryset)
            super().delete_queryset(request, queryset)

    def _announce_deletion(self, rows: Iterable[Any]) -> None:
        self.announce(rows)
        tell_of_products(self.products_of(rows), change=self.change_by_deletion)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Refuse what is in use, naming a few of the uses however many there are."""
        in_use = [_describe(row) for row in self._first_uses(list(objs))]
        if len(in_use) > MAX_USES_SHOWN:
            in_use = [*in_use[:MAX_USES_SHOWN], gettext("… and more")]
        if in_use:
            return [], {}, set(), in_use
        return super().get_deleted_objects(objs, request)

    def _first_uses(self, rows: list[Any]) -> list[Model]:
        found: list[Model] = []
        for uses in self.uses_of(rows):
            found += uses[: MAX_USES_SHOWN + 1 - len(found)]
        return found


def _describe(row: Model) -> str:
    return format_html("{}: {}", row._meta.verbose_name, row)  # noqa: SLF001 - public by documentation
