"""What errors look like. The 400s differ from one operation to the next and are with them."""

from collections.abc import Mapping
from typing import Any

from joanie.api.examples import story


def _error(code: str, detail: str, **context: str) -> dict[str, str]:
    return {"detail": detail, "code": code, **context}


_DECLINED = "The payment was refused. Try again, or use another means of payment."
_MISCONFIGURED = "The payment provider refuses our account. We have been told."
_UNAVAILABLE = "The payment provider does not answer. Try again in a moment."

ERRORS: Mapping[str, Any] = {
    "token_expired": _error("token_expired", "This token has expired."),
    "not_signed": _error("not_signed", "This request is not signed by anyone we know."),
    "not_found": _error("not_found", "Not found."),
    "invalid_page": _error("not_found", "Invalid page."),
    "unknown_payment_method": _error("unknown_payment_method", "There is no such payment method."),
    "too_many_addresses": _error(
        "too_many_addresses", "You cannot keep more addresses. Delete one first."
    ),
    "order_already_bought": _error(
        "order_already_bought", "You have already bought this.", order_id=story.ORDER_ID
    ),
    "order_not_payable": _error(
        "order_not_payable", "This order can no longer be paid.", order_id=story.ORDER_ID
    ),
    "order_not_abortable": _error(
        "order_not_abortable", "This order can no longer be aborted.", order_id=story.ORDER_ID
    ),
    "client_token_not_needed": _error(
        "client_token_not_needed", "This payment method needs no client token."
    ),
    "idempotency_key_in_use": _error(
        "idempotency_key_in_use",
        "The first request with this Idempotency-Key is still running. Try again.",
    ),
    "request_too_large": _error("request_too_large", "This request is too large."),
    "unsupported_media_type": _error(
        "unsupported_media_type", 'Unsupported media type "text/plain" in request.'
    ),
    "idempotency_key_reused": _error(
        "idempotency_key_reused",
        "This Idempotency-Key was used for another request. Use a new one.",
    ),
    "declined": _error("create_payment_failed", _DECLINED, failure_code="declined"),
    "declined_order": _error(
        "create_payment_failed", _DECLINED, failure_code="declined", order_id=story.ORDER_ID
    ),
    "throttled": _error("throttled", "Request was throttled. Expected available in 60 seconds."),
    "misconfigured": _error("payment_provider_misconfigured", _MISCONFIGURED),
    "misconfigured_order": _error(
        "payment_provider_misconfigured", _MISCONFIGURED, order_id=story.ORDER_ID
    ),
    "unavailable": _error("payment_provider_unavailable", _UNAVAILABLE),
    "unavailable_order": _error(
        "payment_provider_unavailable", _UNAVAILABLE, order_id=story.ORDER_ID
    ),
    "busy": _error("busy", "The system is busy with the same thing. Try again in a few seconds."),
}
# What a status means where an operation does not say otherwise.
USUAL_ERRORS: Mapping[int, str] = {
    401: "token_expired",
    404: "not_found",
    413: "request_too_large",
    415: "unsupported_media_type",
    429: "throttled",
    502: "misconfigured",
    503: "busy",
}
CHECKOUT_ERRORS: Mapping[int, str] = {
    422: "declined_order",
    502: "misconfigured_order",
    503: "unavailable_order",
}
PROVIDER_ERRORS: Mapping[int, str] = {422: "declined", 503: "unavailable"}
