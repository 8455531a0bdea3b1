"""Every route of the site, as its URL configuration has it."""

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, get_resolver

API, ADMIN = "api/v1.0/", "admin/"
OUR_PAGES = ("joanie_core/", "joanie_payment/")


def api_routes() -> set[str]:
    return {route.removeprefix(API) for route in _routes() if route.startswith(API)}


def admin_routes() -> set[str]:
    """The admin's pages of our own models; Django answers for the rest."""
    routes = {route.removeprefix(ADMIN) for route in _routes() if route.startswith(ADMIN)}
    return {route for route in routes if route.startswith(OUR_PAGES)}


def _routes() -> Iterator[str]:
    for pattern in _walk(get_resolver(), ""):
        plain = re.sub(r"\(\?P<(\w+)>[^)]+\)", r"{\1}", pattern)
        yield re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", plain).replace("^", "").replace("$", "")


def _walk(resolver: Any, before: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _walk(pattern, route)
