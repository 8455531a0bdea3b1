"""Finding what people own, whatever the host's user model looks like."""

from django.contrib.auth import get_user_model


def owner_search_fields(path: str = "owner") -> tuple[str, ...]:
    """Search the beginning of user names and of addresses, where users have one."""
    user = get_user_model()
    names = {user.USERNAME_FIELD, user.get_email_field_name()}
    known = {field.name for field in user._meta.get_fields()}  # noqa: SLF001 - public by documentation
    return tuple(f"^{path}__{name}" for name in sorted(names & known))
