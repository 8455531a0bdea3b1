"""Reads the errors that Joanie answers out of its classes, whichever application they are in."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[1] / "src/backend/joanie"
# What is for development raises errors of its own, at nobody's request.
NOT_SERVED = {"conformance", "demo", "emulators", "factories", "harness", "migrations"}

STATUSES = {
    200: "It is as you see: read, changed, or done before.",
    201: "It was made.",
    202: "A notification is kept, and will be understood later.",
    204: "It is done, and there is nothing to tell.",
    303: "The browser is sent on, to the page that the purchase named.",
    304: "It has not changed since the `ETag` that was sent.",
    400: "What was sent is not valid; the answer says what is wrong with it.",
    401: "There is no token or signature, or it is not good.",
    403: "You may not do this.",
    404: "It is not there, or not yours.",
    405: "The address does not know this method.",
    409: "It cannot be done as things are now: read them again.",
    413: "It is too large.",
    415: "It is not JSON.",
    422: "The payment was refused, or the `Idempotency-Key` belongs to another request.",
    429: "Too much within a short time. `Retry-After` says when to come back.",
    500: "The site is not set up rightly, or has a fault: the log says which.",
    502: "A payment provider refuses the site's account or request.",
    503: "Something does not answer, or is held by somebody else: come back after `Retry-After`.",
}

# Codes of a token that is good, whose learner may not come in: one class raises all of them.
NOT_LET_IN = {
    "inactive_user": "This account is disabled.",
    "no_account": "No account can be made of this token.",
    "staff_token": "Staff cannot use a token.",
}

# Errors whose answer names the fields itself.
FIELDS = {
    "invalid_billing_address": "`billing_address`, and what is wrong in it",
    "invalid_course_runs": "each run's keys; in a list, by its place",
    "not_sold_here": "the one that does not fit",
    "payment_method_unusable": "the one that chose it",
}
# What those say that have another sentence each time.
SENTENCES = {
    "not_sold_here": "Course, product and organization do not belong together.",
    "payment_method_unusable": "This method or card cannot pay for it.",
}


@dataclass(frozen=True, order=True)
class ErrorCode:
    """``field`` is what the answer names in place of the code; else it is empty."""

    code: str
    status: int
    detail: str
    field: str


def find_error_codes() -> list[ErrorCode]:
    """List what the API answers, by code."""
    return sorted({*_own_errors(), *_framework_errors(), *_not_let_in()})


def _own_errors() -> Iterator[ErrorCode]:
    from joanie.common.exceptions import JoanieError

    _import_all()
    for error in (JoanieError, *_subclasses(JoanieError)):
        if "code" in vars(error):
            field = f"`{error.field}`" if hasattr(error, "field") else FIELDS.get(error.code, "")
            detail = SENTENCES.get(error.code, error.detail)
            yield ErrorCode(error.code, int(error.status), detail, field)


def _subclasses(error: type[Any]) -> Iterator[type[Any]]:
    for subclass in error.__subclasses__():
        if is_served(subclass.__module__):
            yield subclass
        yield from _subclasses(subclass)


def is_served(module: str) -> bool:
    parts = module.split(".")
    return parts[0] == "joanie" and not NOT_SERVED & set(parts)


def _import_all() -> None:
    """Load every module that may define an error: a class that is not loaded is not found."""
    from django.apps import apps

    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        is_usable = not (SOURCE / parts[1] / "apps.py").exists() or apps.is_installed(
            ".".join(parts[:2])
        )
        if is_usable and is_served(name) and 'code = "' in path.read_text(encoding="utf-8"):
            import_module(name)


def _framework_errors() -> Iterator[ErrorCode]:
    """Give those that REST framework raises for us, and ours that extend its own."""
    from rest_framework import exceptions

    for error in (
        *_subclasses(exceptions.APIException),
        exceptions.ParseError,
        exceptions.NotAuthenticated,
        exceptions.PermissionDenied,
        exceptions.NotFound,
        exceptions.MethodNotAllowed,
        exceptions.UnsupportedMediaType,
        exceptions.Throttled,
    ):
        detail = str(error.default_detail).format(method="PUT", media_type="text/plain")
        field = "`non_field_errors`" if error.status_code == 400 else ""
        yield ErrorCode(error.default_code, int(error.status_code), detail, field)


def _not_let_in() -> Iterator[ErrorCode]:
    for code, detail in NOT_LET_IN.items():
        yield ErrorCode(code, 401, detail, "")
