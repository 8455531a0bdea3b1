from django.contrib import admin

from joanie.core.admin.owners import owner_search_fields
from joanie.core.admin.read_only import ReadOnlyAdmin
from joanie.core.models import Address


@admin.register(Address)
class AddressAdmin(ReadOnlyAdmin):
    """What learners keep is theirs to change."""

    list_display = ("owner", "title", "last_name", "postcode", "city", "country", "is_main")
    list_select_related = ("owner",)
    list_filter = ("is_main",)
    search_fields = (*owner_search_fields(), "^last_name", "=postcode")
