from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from joanie.core.admin.owners import owner_search_fields
from joanie.core.admin.read_only import ReadOnlyAdmin
from joanie.payment.admin.display import mask
from joanie.payment.admin.filters import BackendFilter
from joanie.payment.models import CreditCard


@admin.register(CreditCard)
class CreditCardAdmin(ReadOnlyAdmin):
    """What may be shown of a card: its token pays, so it is not."""

    secret_fields = ("token", "provider_customer")
    list_display = ("owner", "brand", "last_numbers", "expiry", "backend", "state", "is_main")
    list_filter = ("state", BackendFilter, "is_main")
    list_select_related = ("owner",)
    search_fields = (*owner_search_fields(), "=last_numbers")
    fields = (
        "owner",
        "title",
        "brand",
        "last_numbers",
        "expiry",
        "backend",
        "token_shown",
        "state",
        "is_main",
        "created_on",
    )

    @admin.display(description=_("expires"), ordering=("expiration_year"))
    def expiry(self, card: CreditCard) -> str:
        return f"{card.expiration_month:02}/{card.expiration_year}"

    @admin.display(description=_("token"))
    def token_shown(self, card: CreditCard) -> str:
        return mask(card.token)
