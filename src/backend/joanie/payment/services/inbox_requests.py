"""From an HTTP request to a row of the inbox, and back."""

import io
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request

from joanie.payment.models import PaymentNotification

PARSERS = (JSONParser, FormParser, MultiPartParser)


def keep_request(alias: str, request: HttpRequest) -> PaymentNotification:
    """Put a request, less its cookies, into an unsaved row."""
    return PaymentNotification(
        backend=alias,
        method=request.method or "POST",
        path=request.path,
        query_string=request.META.get("QUERY_STRING", ""),
        headers={
            name: value for name, value in request.headers.items() if name.lower() != "cookie"
        },
        body=request.body,
    )


def rebuild_request(notification: PaymentNotification) -> HttpRequest:
    """Make the request again: ``.body``, ``.data``, ``.POST``, ``.GET`` and ``.headers`` all work.

    First deliveries and replays both go through here, so a backend sees the same thing each time.
    """
    body = bytes(notification.body)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": notification.method,
        "PATH_INFO": notification.path,
        "QUERY_STRING": notification.query_string,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in notification.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    environ["CONTENT_LENGTH"] = str(len(body))
    django_request = WSGIRequest(environ)
    # Read once now: Django keeps it, and DRF parses the kept copy.
    _ = django_request.body
    request: Any = Request(django_request, parsers=[parser() for parser in PARSERS])
    typed: HttpRequest = request
    return typed
