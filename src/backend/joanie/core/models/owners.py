"""What happens to what a user has when the host deletes the user."""

from typing import Any

from django.db.models import RestrictedError


def keep_with_owner(_collector: Any, field: Any, rows: Any, _using: str) -> None:
    """Refuse to delete somebody of whom the books, a provider or an LMS know: an ``on_delete``.

    Does what ``models.PROTECT`` does, which cannot say what to do instead. Raises RestrictedError.
    """
    raise RestrictedError(
        f"Users whom {field.model.__name__}.{field.name} refers to are not deleted: Joanie keeps "
        "what they bought. “manage.py erase_learner” erases who they are.",
        rows,
    )
