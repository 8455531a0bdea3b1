"""How many requests one learner, or one address, may make.

Counted in Django's cache, in windows of fixed length: where each process has a cache of its own,
each counts for itself. A cache that does not answer stops nobody.
"""

import logging
import math
import re
import time

from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from joanie.common.client_address import find_client_address, network_of
from joanie.conf import joanie_settings

logger = logging.getLogger(__name__)

SCOPES = ("learner", "address", "checkout")
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 24 * 3600}
_RATE = re.compile(r"([1-9][0-9]{0,8})/(second|minute|hour|day)")


def read_rate(rate: object) -> tuple[int, int]:
    """Read "30/minute" as requests and seconds. Raises ImproperlyConfigured."""
    parts = _RATE.fullmatch(rate) if isinstance(rate, str) else None
    if parts is None:
        raise ImproperlyConfigured(f"{rate!r} is not a rate such as “30/minute”")
    return int(parts[1]), SECONDS[parts[2]]


def count_request(scope: str, who: object, *, now: float | None = None) -> int | None:
    """Count one more; return the seconds to wait when it is one too many, None when it is not."""
    rate = (joanie_settings.THROTTLE_RATES or {}).get(scope)
    if rate is None:
        return None
    allowed, seconds = read_rate(rate)
    now = time.time() if now is None else now
    window = int(now // seconds)
    if _count(f"joanie:throttle:{scope}:{seconds}:{window}:{who}", seconds) <= allowed:
        return None
    return max(1, math.ceil((window + 1) * seconds - now))


def count_by_address(request: HttpRequest) -> int | None:
    """Count a request of nobody in particular. Without an address there is nobody to count."""
    address = find_client_address(request)
    return None if address is None else count_request("address", network_of(address))


class _Throttle(BaseThrottle):
    """Not REST framework's own: its history of moments grows with the rate, and loses some."""

    _wait: int | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        self._wait = self._count(request, view)
        return self._wait is None

    def wait(self) -> float | None:
        return self._wait

    def _count(self, request: Request, view: APIView) -> int | None:
        raise NotImplementedError


class RequestThrottle(_Throttle):
    """Counts by learner, and by address while nobody says who they are.

    A system that proved itself, and is no learner, is not counted.
    """

    def _count(self, request: Request, _view: APIView) -> int | None:
        if request.user and request.user.is_authenticated:
            return count_request("learner", request.user.pk)
        return None if request.successful_authenticator else count_by_address(request)


class CheckoutThrottle(_Throttle):
    """Counts by learner what has a provider do something: a view's ``checkout_actions``."""

    def _count(self, request: Request, view: APIView) -> int | None:
        actions: frozenset[str] = getattr(view, "checkout_actions", frozenset())
        if getattr(view, "action", None) not in actions or not request.user:
            return None
        return count_request("checkout", request.user.pk)


def _count(key: str, seconds: int) -> int:
    try:
        if cache.add(key, 1, timeout=2 * seconds):
            return 1
        return int(cache.incr(key))
    except Exception as error:  # noqa: BLE001 - whatever its client raises, sales go on
        logger.warning("Requests are not counted, the cache does not answer: %r", error)
        return 1
