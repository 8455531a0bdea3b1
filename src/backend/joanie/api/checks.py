"""System checks of who may come in, and how often."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from rest_framework.authentication import BaseAuthentication

from joanie.api.authentication import JWTAuthentication
from joanie.api.throttling import SCOPES, read_rate
from joanie.common.public_url import LOOPBACK_HOSTS
from joanie.conf import joanie_settings

# Of HS256: RFC 7518, §3.2.
SHORTEST_KEY = 32
CACHES_OF_ONE_PROCESS = tuple(
    f"django.core.cache.backends.{name}" for name in ("locmem.LocMemCache", "dummy.DummyCache")
)


@register()
def check_authentication(**_: Any) -> list[CheckMessage]:
    if not joanie_settings.is_readable:
        return []
    return [*_check_keys(), *_check_authentication_classes()]


@register()
def check_limits(**_: Any) -> list[CheckMessage]:
    if not joanie_settings.is_readable:
        return []
    return [*_check_rates(), *_check_proxy_count()]


@register(Tags.security, deploy=True)
def check_deployed_api(**_: Any) -> list[CheckMessage]:
    if not joanie_settings.is_readable:
        return []
    messages: list[CheckMessage] = []
    if (
        not joanie_settings.JWT_SIGNING_KEY
        and not joanie_settings.JWKS_URL
        and _path_of(JWTAuthentication) in list(joanie_settings.AUTHENTICATION_CLASSES or ())
    ):
        messages.append(
            Warning(
                "Neither JOANIE['JWT_SIGNING_KEY'] nor JOANIE['JWKS_URL'] is set: every learner's "
                "token is refused.",
                id="joanie.W020",
            )
        )
    messages += [] if settings.DEBUG else [*_check_weak_key(), *_check_counting()]
    if not joanie_settings.PROXY_COUNT and (
        settings.SECURE_PROXY_SSL_HEADER or settings.USE_X_FORWARDED_HOST
    ):
        messages.append(
            Warning(
                "The site is behind a proxy, and JOANIE['PROXY_COUNT'] is 0: nobody knows "
                "learners' addresses, or all of them have the proxy's, and share its limits.",
                hint="Set it to the number of your proxies that add to X-Forwarded-For.",
                id="joanie.W035",
            )
        )
    return messages


def _check_weak_key() -> Iterator[CheckMessage]:
    key = joanie_settings.JWT_SIGNING_KEY
    if key and len(str(key).encode()) < SHORTEST_KEY:
        yield Warning(
            f"JOANIE['JWT_SIGNING_KEY'] has less than {SHORTEST_KEY} bytes: it can be guessed, "
            "and whoever has it is any learner.",
            hint="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
            id="joanie.W065",
        )


def _check_counting() -> Iterator[CheckMessage]:
    rates = joanie_settings.THROTTLE_RATES
    if rates is not None and not isinstance(rates, Mapping):
        return
    if not any((rates or {}).values()):
        yield Warning(
            "JOANIE['THROTTLE_RATES'] limits nothing: thieves may try stolen cards as fast as "
            "they can.",
            hint="Leave it out to have the default, unless something before the site limits them.",
            id="joanie.W066",
        )
    elif settings.CACHES.get("default", {}).get("BACKEND") in CACHES_OF_ONE_PROCESS:
        yield Warning(
            "Requests are counted in the memory of each process: limits are as many times higher.",
            hint="Set CACHES to one that processes share: a database, Redis or memcached.",
            id="joanie.W067",
        )


def _check_keys() -> Iterator[CheckMessage]:
    url = joanie_settings.JWKS_URL
    if not url:
        return
    if joanie_settings.JWT_SIGNING_KEY:
        yield Error(
            "JOANIE['JWT_SIGNING_KEY'] and JOANIE['JWKS_URL'] are both set.",
            hint="Tokens are signed in one way: set the one that their issuer uses.",
            id="joanie.E030",
        )
    if not _is_safe(url):
        yield Error(
            f"JOANIE['JWKS_URL'] is {url!r}: whoever is on the way could replace the keys.",
            hint="Use an absolute https URL; http is for this machine, or DEBUG.",
            id="joanie.E031",
        )


def _is_safe(url: object) -> bool:
    try:
        parts = urlsplit(str(url))
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.scheme not in {"http", "https"}:
        return False
    return parts.scheme == "https" or settings.DEBUG or host in LOOPBACK_HOSTS


def _check_authentication_classes() -> Iterator[CheckMessage]:
    paths = joanie_settings.AUTHENTICATION_CLASSES
    if not isinstance(paths, (list, tuple)) or not paths:
        yield Error(
            "JOANIE['AUTHENTICATION_CLASSES'] must be a list of dotted paths, one at least.",
            hint=f"By default it is [“{_path_of(JWTAuthentication)}”].",
            id="joanie.E032",
        )
        return
    for path in paths:
        try:
            found = import_string(path)
        except (ImportError, AttributeError, TypeError, ValueError) as error:
            yield Error(f"JOANIE['AUTHENTICATION_CLASSES']: {path!r}: {error}", id="joanie.E032")
            continue
        if not isinstance(found, type) or not issubclass(found, BaseAuthentication):
            yield Error(
                f"JOANIE['AUTHENTICATION_CLASSES']: {path!r} does not extend REST framework's "
                "BaseAuthentication.",
                id="joanie.E032",
            )


def _check_rates() -> Iterator[CheckMessage]:
    rates = joanie_settings.THROTTLE_RATES
    if rates is None:
        return
    if not isinstance(rates, Mapping):
        yield Error("JOANIE['THROTTLE_RATES'] must be a dictionary, or None.", id="joanie.E033")
        return
    for scope, rate in rates.items():
        if scope not in SCOPES:
            yield Error(
                f"JOANIE['THROTTLE_RATES'] has an unknown key {scope!r}.",
                hint=f"Known keys: {', '.join(SCOPES)}.",
                id="joanie.E033",
            )
        try:
            if rate is not None:
                read_rate(rate)
        except ImproperlyConfigured as error:
            yield Error(
                f"JOANIE['THROTTLE_RATES'][{scope!r}]: {error}.",
                hint="Write NUMBER/second, /minute, /hour or /day; None means any number.",
                id="joanie.E033",
            )


def _check_proxy_count() -> Iterator[CheckMessage]:
    count = joanie_settings.PROXY_COUNT
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        yield Error(
            "JOANIE['PROXY_COUNT'] must be a number of proxies, 0 or more.", id="joanie.E034"
        )


def _path_of(found: type) -> str:
    return f"{found.__module__}.{found.__qualname__}"
