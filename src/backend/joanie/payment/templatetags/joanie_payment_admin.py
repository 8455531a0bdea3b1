"""What the admin's templates ask for. A host without the admin loads this too."""

from collections.abc import Iterator
from typing import Any

from django import template
from django.contrib.auth import get_permission_codename
from django.db.models import Model
from django.urls import reverse

from joanie.common.money import Money
from joanie.payment.reads.attention import matters
from joanie.payment.reads.display import address_of, show_money

register = template.Library()


@register.filter
def money(value: Money | None) -> str:
    return "" if value is None else show_money(value)


@register.filter
def admin_address(row: Model) -> str:
    return address_of(row)


@register.simple_tag(takes_context=True)
def may_view(context: Any, row: Model) -> bool:
    """Say whether the person may open the page of such a row."""
    return _may_view(context["request"].user, type(row))


@register.simple_tag(takes_context=True)
def matters_to_look_at(context: Any) -> list[dict[str, Any]]:
    """Give what waits for a person, as far as this one may see it, with the address of a list."""
    return list(_listed(context["request"].user))


def _listed(user: Any) -> Iterator[dict[str, Any]]:
    for matter in matters():
        opts = matter.model._meta  # noqa: SLF001 - public by documentation
        if _may_view(user, matter.model):
            page = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
            yield {
                "label": matter.label,
                "count": matter.count,
                "address": f"{page}?{matter.query}",
            }


def _may_view(user: Any, model: type[Model]) -> bool:
    opts = model._meta  # noqa: SLF001 - public by documentation
    is_permitted: bool = user.has_perm(f"{opts.app_label}.{get_permission_codename('view', opts)}")
    return is_permitted
