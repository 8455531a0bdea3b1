"""How values are written for staff, and where the page of a row is."""

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import get_language

from joanie.common.money import Money
from joanie.payment.documents.formats import get_locale, in_money


def show_money(money: Money) -> str:
    """Write an amount in the reader's language."""
    return in_money(money, get_locale(get_language() or "en"))


def address_of(row: Model) -> str:
    """Give the address of a row's page in the admin."""
    opts = row._meta  # noqa: SLF001 - public by documentation
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])
