"""Rows that people look at, and that only services write."""

from typing import Any, ClassVar

from django.contrib.admin import ShowFacets
from django.contrib.auth import get_permission_codename
from django.http import HttpRequest

from joanie.core.admin.generic import AnyModelAdmin, AnyTabularInline


class ReadOnlyAdmin(AnyModelAdmin):
    """Who may view the rows sees them. Nobody writes one, superusers included."""

    list_per_page = 50
    # Counting a whole table beside the rows that were found takes as long as finding them.
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    # What is not shown must not be guessed either, a letter at a time, by filtering a list.
    secret_fields: ClassVar[tuple[str, ...]] = ()

    class Media:
        css = {"all": ["joanie_core/admin.css"]}

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse secret fields: Django allows any field of the model's own."""
        is_secret = lookup.partition("__")[0] in self.secret_fields
        return not is_secret and super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse it, except where somebody deletes what the rows belong to.

        Of a user who may go Django asks who may delete their addresses; of one who may not, it
        would say that a permission is missing in place of what hinders.
        """
        match = request.resolver_match
        page = (match and match.url_name) or ""
        is_own = page.startswith(f"{self.opts.app_label}_{self.opts.model_name}_")
        is_elsewhere = page.endswith(("_delete", "_changelist")) and not is_own
        return is_elsewhere and super().has_delete_permission(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the permission to view: the one to change counts for nothing here."""
        codename = get_permission_codename("view", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")


class ReadOnlyInline(AnyTabularInline):
    """Rows shown on the page of another one; for pages that are read-only themselves."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
