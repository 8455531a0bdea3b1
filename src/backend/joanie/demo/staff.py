"""Somebody to look at the back office as."""

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import NoReverseMatch, reverse

USERNAME = "demo-staff"


def admin_path() -> str | None:
    """None where the host project has no Django admin."""
    try:
        return reverse("admin:index")
    except NoReverseMatch:
        return None


def open_staff_account() -> str:
    """Make the account, or give it a new password; return both."""
    users = get_user_model()._default_manager  # noqa: SLF001 - public by documentation
    identity: dict[str, Any] = {get_user_model().USERNAME_FIELD: USERNAME}
    password = secrets.token_urlsafe(9)
    staff, _ = users.get_or_create(**identity)
    staff.is_staff = staff.is_superuser = True
    staff.set_password(password)
    staff.save()
    return f"{USERNAME} / {password}"
