"""System checks of what operators look at."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.urls import NoReverseMatch, reverse

from joanie.conf import joanie_settings

SHORTEST_TOKEN = 16


@register()
def check_metrics_token(**_: Any) -> list[CheckMessage]:
    if not joanie_settings.is_readable:
        return []
    token = joanie_settings.METRICS_TOKEN
    is_token = isinstance(token, str) and token.isascii() and len(token) >= SHORTEST_TOKEN
    if not token or is_token:
        return []
    return [
        Error(
            f"JOANIE['METRICS_TOKEN'] must have {SHORTEST_TOKEN} ASCII characters or more.",
            hint='Make one: python -c "import secrets; print(secrets.token_urlsafe())"',
            id="joanie.E080",
        )
    ]


@register(Tags.security, deploy=True)
def check_metrics_are_reachable(**_: Any) -> list[CheckMessage]:
    if not joanie_settings.is_readable or joanie_settings.METRICS_TOKEN or not _has_metrics():
        return []
    return [
        Warning(
            "JOANIE['METRICS_TOKEN'] is not set: the page of metrics answers 404.",
            hint="Set it, and give it to Prometheus as “bearer_token”; or silence this.",
            id="joanie.W081",
        )
    ]


def _has_metrics() -> bool:
    """Say whether the host includes the URLs; under another namespace nobody can tell."""
    try:
        reverse("joanie_operations:metrics")
    except NoReverseMatch:
        return False
    return True
