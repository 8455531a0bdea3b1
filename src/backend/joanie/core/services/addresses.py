"""The addresses that a learner keeps: whoever has one has a main one."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import Refused
from joanie.common.transactions import short_transaction
from joanie.core.billing_address import FIELDS as POSTAL_FIELDS
from joanie.core.models import Address
from joanie.core.services.owners import lock_owner

MAX_ADDRESSES = 100
# What an owner writes; which row it is, and whose, is not theirs to say.
FIELDS = frozenset({"title", *POSTAL_FIELDS})


class MainAddressNeeded(Refused):
    code = "main_address_needed"
    status = HTTPStatus.BAD_REQUEST
    field = "is_main"
    detail = _("Make another address the main one instead.")


class TooManyAddresses(Refused):
    code = "too_many_addresses"
    detail = _("You cannot keep more addresses. Delete one first.")


def create_address(
    *, owner: AbstractBaseUser, fields: Mapping[str, str], is_main: bool = False
) -> Address:
    """Keep an address (valid ``fields``). The first is the main one; a new main one demotes it.

    Raises TooManyAddresses, TypeError for what is not one of FIELDS.
    """
    _refuse_unknown(fields)
    with short_transaction():
        lock_owner(owner.pk)
        kept = Address.objects.filter(owner=owner.pk).count()
        if kept >= MAX_ADDRESSES:
            raise TooManyAddresses
        if is_main and kept:
            _demote_main_address(owner.pk)
        return Address.objects.create(owner_id=owner.pk, is_main=is_main or not kept, **fields)


def update_address(
    *, address: Address, fields: Mapping[str, str], is_main: bool | None = None
) -> Address:
    """Change an address (valid ``fields``), or make it the main one; the other then is not.

    Raises MainAddressNeeded when the main one would be demoted, Address.DoesNotExist when it was
    deleted meanwhile, TypeError for what is not one of FIELDS.
    """
    _refuse_unknown(fields)
    with short_transaction():
        lock_owner(address.owner_id)
        address = Address.objects.get(pk=address.pk)
        if is_main is False and address.is_main:
            raise MainAddressNeeded
        if is_main and not address.is_main:
            _demote_main_address(address.owner_id)
            address.is_main = True
        for name, value in fields.items():
            setattr(address, name, value)
        address.save()
    return address


def delete_address(*, address: Address) -> None:
    """Forget an address; the newest other becomes the main one. Safe to repeat."""
    with short_transaction():
        lock_owner(address.owner_id)
        owned = Address.objects.filter(owner=address.owner_id)
        owned.filter(pk=address.pk).delete()
        if not owned.filter(is_main=True).exists():
            newest = owned.order_by("-created_on").first()
            if newest is not None:
                newest.is_main = True
                newest.save(update_fields=["is_main", "updated_on"])


def _demote_main_address(owner_id: Any) -> None:
    Address.objects.filter(owner=owner_id, is_main=True).update(is_main=False)


def _refuse_unknown(fields: Mapping[str, str]) -> None:
    if unknown := fields.keys() - FIELDS:
        raise TypeError(f"An address has no {', '.join(sorted(unknown))} that its owner writes")
