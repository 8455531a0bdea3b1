"""System checks of what is shared with LMSs and catalogues."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from joanie.conf import joanie_settings


@register()
def check_synchronization(**_: Any) -> list[CheckMessage]:
    if not joanie_settings.is_readable:
        return []
    return [*_check_secrets(), *_check_hooks()]


def _check_secrets() -> Iterator[CheckMessage]:
    secrets = joanie_settings.COURSE_RUN_SYNC_SECRETS
    if not isinstance(secrets, (list, tuple)) or not all(map(_is_text, secrets)):
        yield Error(
            "JOANIE['COURSE_RUN_SYNC_SECRETS'] must be a list of texts, none of them empty.",
            hint="An empty list refuses every course run that is sent.",
            id="joanie.E050",
        )


def _check_hooks() -> Iterator[CheckMessage]:
    hooks = joanie_settings.CATALOGUE_HOOKS
    if not isinstance(hooks, (list, tuple)):
        yield Error("JOANIE['CATALOGUE_HOOKS'] must be a list.", id="joanie.E051")
        return
    for place, hook in enumerate(hooks):
        yield from _check_hook(f"JOANIE['CATALOGUE_HOOKS'][{place}]", hook)
    urls = [
        hook["url"] for hook in hooks if isinstance(hook, Mapping) and _is_text(hook.get("url"))
    ]
    for url, times in Counter(urls).items():
        if times > 1:
            yield Error(f"JOANIE['CATALOGUE_HOOKS'] has {url!r} {times} times.", id="joanie.E054")


def _check_hook(where: str, hook: object) -> Iterator[CheckMessage]:
    if not isinstance(hook, Mapping) or not _is_text(hook.get("secret")):
        yield Error(
            f"{where} must be a dictionary with a “url” and a “secret”, a text that is not empty.",
            id="joanie.E052",
        )
        return
    if not _is_address(hook.get("url")):
        yield Error(
            f"{where}: the “url” is not one that can be called.",
            hint="Write https://…, without a user name. http is for development, with DEBUG.",
            id="joanie.E053",
        )


def _is_address(url: object) -> bool:
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        _ = parts.port
    except ValueError:
        return False
    is_safe = parts.scheme == "https" or (settings.DEBUG and parts.scheme == "http")
    return is_safe and bool(parts.hostname) and parts.username is None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
