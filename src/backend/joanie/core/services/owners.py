from typing import Any

from django.contrib.auth import get_user_model


def lock_owner(owner_id: Any) -> None:
    """Serialise what decides which card or address of a learner is the main one.

    In the caller's transaction; taken after the order's lock when both are.
    """
    users = get_user_model()._default_manager  # noqa: SLF001 - public by documentation
    users.select_for_update(no_key=True).only("pk").get(pk=owner_id)
