"""A system check of secrets that everybody knows, since they stand in an example."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from joanie.common.public_url import LOOPBACK_HOSTS
from joanie.conf import joanie_settings

# What secrets are in the examples of env.d.
PLACEHOLDER = "to-be-replaced"
OF_DJANGO = ("DATABASES", "EMAIL_HOST_PASSWORD", "SECRET_KEY", "SECRET_KEY_FALLBACKS")


@register(Tags.security, deploy=True)
def check_secrets_of_examples(**_: Any) -> list[CheckMessage]:
    """Say nothing of a site that only its own machine reaches: it is a demonstration."""
    if not joanie_settings.is_readable or settings.DEBUG or _is_of_this_machine():
        return []
    return [
        Error(
            f"{name} has a secret of the examples, which everybody can read.",
            hint='Make another one: python -c "import secrets; print(secrets.token_urlsafe(50))"',
            id="joanie.E082",
        )
        for name, value in _list_settings()
        if PLACEHOLDER in repr(value)
    ]


def _list_settings() -> Iterator[tuple[str, Any]]:
    for name in OF_DJANGO:
        yield name, getattr(settings, name)
    for name, value in getattr(settings, "JOANIE", {}).items():
        yield f"JOANIE[{name!r}]", value


def _is_of_this_machine() -> bool:
    try:
        host = urlsplit(str(joanie_settings.PUBLIC_BASE_URL or "")).hostname or ""
    except ValueError:
        return False
    return host in LOOPBACK_HOSTS or host.endswith(".localhost")
