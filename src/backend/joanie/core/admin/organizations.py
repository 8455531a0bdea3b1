from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from joanie.core.admin.catalogue import CatalogueAdmin
from joanie.core.models import Order, Organization, Product
from joanie.core.services.outgoing_events import products_of_organizations


@admin.register(Organization)
class OrganizationAdmin(CatalogueAdmin):
    list_display = ("code", "title", "city", "country", "contact_email")
    search_fields = ("code", "title", "i18n", "city")
    ordering = ("code",)
    translated_fields = ("title", "legal_mentions")
    fieldsets = (
        (None, {"fields": ("code", "title")}),
        (
            _("On documents"),
            {
                "fields": (
                    "address",
                    ("postcode", "city"),
                    "country",
                    ("registration_number", "vat_number"),
                    "contact_email",
                    "logo",
                    "legal_mentions",
                )
            },
        ),
    )

    def products_of(self, rows: Iterable[Any]) -> QuerySet[Product]:
        return products_of_organizations(rows)

    def uses_of(self, rows: Iterable[Any]) -> Iterable[QuerySet[Any]]:
        return (Order.objects.filter(organization__in=rows),)
