from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError


def find_owner(owner_id: str) -> AbstractBaseUser | None:
    """Return the learner whose id another system repeats to us as text; None when it is none."""
    users = get_user_model()._default_manager  # noqa: SLF001 - public by documentation
    try:
        return users.filter(pk=owner_id).first()
    except (ValueError, ValidationError):
        return None


def email_of(owner: AbstractBaseUser) -> str:
    """Return the address in the field that the host's user model has for it; empty without one."""
    return str(getattr(owner, owner.get_email_field_name(), None) or "")


def lock_owner(owner_id: Any, *, excludes_orders: bool = False) -> AbstractBaseUser:
    """Serialise what decides a learner's course runs, and which card or address is the main one.

    In the caller's transaction; taken after the order's lock when both are. Returns the row as it
    is now. With ``excludes_orders`` whoever is writing an order or a mail of theirs is waited for.
    """
    users = get_user_model()._default_manager  # noqa: SLF001 - public by documentation
    return users.select_for_update(no_key=not excludes_orders).get(pk=owner_id)
