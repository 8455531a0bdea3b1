"""Filters of lists that never load the table they choose from."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest
from django.utils.safestring import SafeString

from joanie.core.admin.generic import AnyModelAdmin


class AutocompleteFilter(admin.RelatedFieldListFilter):
    """Choose a row by typing: ``list_filter = [("organization", AutocompleteFilter)]``.

    The list's admin is a ``FilteredByAutocomplete``, and the admin of what is chosen from has
    ``search_fields``.
    """

    template = "admin/joanie_core/autocomplete_filter.html"
    parent_path = "../"

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        self.admin_site = model_admin.admin_site
        return []

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        chosen = (self.lookup_val or [None])[0]
        yield {
            "selected": chosen is None,
            "query_string": changelist.get_query_string(remove=[str(self.lookup_kwarg)]),
            "widget": self._render_widget(chosen),
        }

    def _render_widget(self, chosen: Any) -> SafeString:
        widget = AutocompleteSelect(
            self.field, self.admin_site, attrs={"data-parameter": self.lookup_kwarg}
        )
        model: Any = self.field.related_model
        rows = model._default_manager.all()  # noqa: SLF001 - public by documentation
        field = forms.ModelChoiceField(rows, required=False, widget=widget)
        name = f"filter-{self.field_path}"
        rendered: SafeString = field.widget.render(name, chosen, {"id": name})
        return rendered


class FilteredByAutocomplete(AnyModelAdmin):
    """A list that has an ``AutocompleteFilter``."""

    @property
    def media(self) -> forms.Media:
        script = forms.Media(js=["admin/js/jquery.init.js", "joanie_core/autocomplete_filter.js"])
        return super().media + AutocompleteSelect(None, self.admin_site).media + script
