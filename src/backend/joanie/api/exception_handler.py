"""The one place where errors become answers.

400 is ``{field: [messages]}``; everything else ``{"detail", "code"}``.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from django.utils.translation import gettext
from rest_framework.exceptions import APIException, NotFound, ParseError
from rest_framework.exceptions import PermissionDenied as Forbidden
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler as translate_api_exception
from rest_framework.views import set_rollback

from joanie.api.parsers import RequestTooLarge
from joanie.common.card_numbers import hide_card_numbers
from joanie.common.exceptions import (
    Busy,
    DatabaseUnavailable,
    JoanieError,
    ProviderError,
    ProviderUnavailable,
)
from joanie.core.billing_address import InvalidBillingAddress
from joanie.payment.enums import publish_failure_code

logger = logging.getLogger(__name__)

# What a client may know of an error's context.
PUBLIC_CONTEXT = ("order_id", "failure_code")
# What messages are called that are about no field in particular; the host may call its own else.
OF_NO_FIELD = "non_field_errors"
# Seconds, where the error does not say when to ask again.
RETRY_AFTER = 5
# They happen, and pass by themselves.
PASSING = (Busy, ProviderUnavailable)


@dataclass(frozen=True)
class Answer:
    status: HTTPStatus
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def handle_exception(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Give REST framework its answer; None leaves an error that nobody foresaw to Django."""
    if isinstance(error, (OperationalError, InterfaceError)):
        error = _as_unavailable(error)
    if isinstance(error, JoanieError):
        set_rollback()
        answer = describe_error(error)
        body = _without_card_numbers(answer.body)
        return Response(body, status=answer.status, headers=answer.headers)
    foreseen = _as_api_exception(error)
    if foreseen is None:
        return None
    response = translate_api_exception(foreseen, dict(context))
    if response is not None:
        response.data = _without_card_numbers(_describe_api_exception(foreseen))
    return response


def _as_unavailable(error: Exception) -> DatabaseUnavailable:
    unavailable = DatabaseUnavailable(reason=type(error.__cause__ or error).__name__)
    unavailable.__cause__ = error
    return unavailable


def describe_error(error: JoanieError) -> Answer:
    """Say what one of our errors answers; those that somebody has to look at are logged."""
    if isinstance(error, InvalidBillingAddress):
        return Answer(HTTPStatus.BAD_REQUEST, {"billing_address": dict(error.errors)})
    # What a provider says is for us to read, and may tell a thief too much.
    message = gettext(error.detail if isinstance(error, ProviderError) else error.message)
    field_at_fault = getattr(error, "field", None)
    if field_at_fault is not None:
        return Answer(HTTPStatus.BAD_REQUEST, {field_at_fault: [message]})
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        level = logging.WARNING if type(error) in PASSING else logging.ERROR
        logger.log(level, "%s: %s %s", error.code, error, error.context, exc_info=error)
    body: dict[str, Any] = {"detail": message, "code": error.code}
    body |= {
        name: _publish(name, error.context[name])
        for name in PUBLIC_CONTEXT
        if name in error.context
    }
    return Answer(error.status, body, _retry_headers(error))


def _without_card_numbers(told: Any) -> Any:
    """Messages may repeat what was sent, and answers are kept for those who send it again."""
    if isinstance(told, Mapping):
        return {key: _without_card_numbers(value) for key, value in told.items()}
    if isinstance(told, (list, tuple)):
        return [_without_card_numbers(each) for each in told]
    return hide_card_numbers(told) if isinstance(told, str) else told


def _publish(name: str, value: object) -> str:
    """Give it as text; of some declines a learner is not told the reason."""
    return publish_failure_code(str(value)) if name == "failure_code" else str(value)


def _retry_headers(error: JoanieError) -> dict[str, str]:
    seconds = getattr(error, "retry_after", None)
    if seconds is None and error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        seconds = RETRY_AFTER
    return {} if seconds is None else {"Retry-After": str(seconds)}


def _as_api_exception(error: Exception) -> APIException | None:
    """Return what REST framework makes of it; None when it is not the client's doing."""
    if isinstance(error, APIException):
        return error
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return Forbidden()
    if isinstance(error, RequestDataTooBig):
        return RequestTooLarge()
    if isinstance(error, (SuspiciousOperation, UnreadablePostError)):
        return ParseError()
    return None


def _describe_api_exception(error: APIException) -> dict[str, Any]:
    detail = error.detail
    if isinstance(detail, dict):
        named: dict[str, Any] = _with_our_name(detail)
        return named
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return {OF_NO_FIELD: detail if isinstance(detail, list) else [detail]}
    return {"detail": detail, "code": error.get_codes()}


def _with_our_name(detail: Any) -> Any:
    if isinstance(detail, Mapping):
        names = {api_settings.NON_FIELD_ERRORS_KEY: OF_NO_FIELD}
        return {names.get(key, key): _with_our_name(value) for key, value in detail.items()}
    return [_with_our_name(each) for each in detail] if isinstance(detail, list) else detail
