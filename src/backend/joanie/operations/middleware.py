"""One line in the log for each request, and an id that finds all the others of it."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from joanie.common.log_context import log_context
from joanie.operations.log_addresses import name_view

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
# What proxies make: a UUID, a ULID, a trace id. Anything else is not repeated.
REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
# Asked for all the time, by machines.
QUIET = "joanie_operations"


class RequestLogMiddleware:
    """Tell how each request ended. The id is the proxy's, where it gives one, and is answered.

    It comes before all others. The line has the name of the view and not the address, which may
    hold what lets somebody in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with log_context(request_id=take_request_id(request)) as ids:
            started = time.monotonic()
            response = self._get_response(request)
            response.headers[HEADER] = ids["request_id"]
            _log(request, response, (time.monotonic() - started) * 1000)
        return response


def take_request_id(request: HttpRequest) -> str:
    given = request.headers.get(HEADER, "")
    return given if REQUEST_ID.fullmatch(given) else str(uuid.uuid4())


def _log(request: HttpRequest, response: HttpResponse, milliseconds: float) -> None:
    match = request.resolver_match
    view = name_view(request)
    is_quiet = match is not None and match.app_name == QUIET
    logger.log(
        logging.DEBUG if is_quiet else logging.INFO,
        "%s %s: %d in %.0f ms",
        request.method,
        view,
        response.status_code,
        milliseconds,
        extra={
            "method": request.method,
            "view": view,
            "status": response.status_code,
            "duration_ms": round(milliseconds, 1),
        },
    )
