"""Bytes over the wire to Stripe: base URL, version, key, forms, idempotency, errors."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx

from joanie.common.exceptions import ProviderProtocolError, ProviderRejected, ProviderUnavailable
from joanie.common.http import JsonClient, read_json_object
from joanie.payment.exceptions import AbortPaymentFailed, RefundPaymentFailed

logger = logging.getLogger(__name__)

BASE_URL = "https://api.stripe.com"
API_VERSION = "2026-10-28.endive"
PAGE_SIZE = 100

Wire = dict[str, Any]

# What is read with an intent, and with a session around it: four levels are Stripe's limit.
_OF_INTENT = ("latest_charge.refunds", "payment_method")
_OF_SESSION = tuple(f"payment_intent.{each}" for each in _OF_INTENT)


class CardDeclined(Exception):
    """Stripe answered 402: ``error`` says why, and has the payment intent."""

    def __init__(self, error: Wire) -> None:
        self.error = error
        super().__init__(error.get("code"))


class StripeClient:
    """Stripe's operations, with its answers as they are."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        self._http = JsonClient(
            configuration.get("base_url") or BASE_URL,
            headers={
                "Authorization": f"Bearer {configuration.get('secret_key') or ''}",
                "Stripe-Version": str(configuration.get("api_version") or API_VERSION),
            },
        )

    # Checkout sessions --------------------------------------------------------------------------

    def create_session(self, body: Wire, idempotency_key: str | None = None) -> Wire:
        return _accepted(self._post("/v1/checkout/sessions", body, idempotency_key))

    def retrieve_session(self, session_id: str, expand: tuple[str, ...] = ()) -> Wire | None:
        return self._get(_path("/v1/checkout/sessions/{}", session_id), expand or _OF_SESSION)

    def find_session(self, intent_id: str) -> Wire | None:
        """Return the session that made a payment intent."""
        sessions = self._list("/v1/checkout/sessions", _OF_SESSION, payment_intent=intent_id)
        return next(sessions, None)

    def list_sessions(self, **created: int) -> Iterator[Wire]:
        """Give the newest first, a page at a time; ``gte`` and ``lte`` are seconds since 1970."""
        return self._list("/v1/checkout/sessions", _OF_SESSION, created=created)

    def expire_session(self, session_id: str) -> Wire | None:
        """Raises AbortPaymentFailed when it is not open, or is being paid."""
        return self._abort(_path("/v1/checkout/sessions/{}/expire", session_id))

    # Payment intents ----------------------------------------------------------------------------

    def create_intent(self, body: Wire, idempotency_key: str) -> Wire:
        """Raises CardDeclined, when it is to be confirmed with a card at once."""
        body = {**body, "expand": _OF_INTENT}
        response = self._post("/v1/payment_intents", body, idempotency_key)
        if response.status_code == 402:
            raise CardDeclined(_read_error(response))
        return _accepted(response)

    def retrieve_intent(self, intent_id: str) -> Wire | None:
        return self._get(_path("/v1/payment_intents/{}", intent_id), _OF_INTENT)

    def list_intents(self, **created: int) -> Iterator[Wire]:
        """Give the newest first, a page at a time; ``gte`` and ``lte`` are seconds since 1970."""
        return self._list("/v1/payment_intents", _OF_INTENT, created=created)

    def cancel_intent(self, intent_id: str) -> Wire | None:
        """Raises AbortPaymentFailed when it is paid, or canceled before."""
        body = {"cancellation_reason": "abandoned"}
        return self._abort(_path("/v1/payment_intents/{}/cancel", intent_id), body)

    # Money back ---------------------------------------------------------------------------------

    def create_refund(self, body: Wire, idempotency_key: str) -> Wire:
        """Raises RefundPaymentFailed when Stripe refuses it."""
        response = self._post("/v1/refunds", body, idempotency_key)
        if response.status_code in {400, 402, 404}:
            error = _read_error(response)
            if not _is_our_fault(error):
                raise RefundPaymentFailed(reason=error.get("code"))
        return _accepted(response)

    def list_refunds(self, intent_id: str) -> Iterator[Wire]:
        return self._list("/v1/refunds", (), payment_intent=intent_id)

    def list_disputes(self, intent_id: str) -> Iterator[Wire]:
        return self._list("/v1/disputes", (), payment_intent=intent_id)

    # Learners and their cards -------------------------------------------------------------------

    def create_customer(self, body: Wire, idempotency_key: str) -> Wire:
        return _accepted(self._post("/v1/customers", body, idempotency_key))

    def retrieve_card(self, token: str) -> Wire | None:
        return self._get(_path("/v1/payment_methods/{}", token), ())

    def detach_card(self, token: str) -> None:
        """Make Stripe forget a card; 400 and 404 say that it has."""
        response = self._post(_path("/v1/payment_methods/{}/detach", token), {})
        if response.status_code not in {400, 404}:
            _accepted(response)

    # --------------------------------------------------------------------------------------------

    def _abort(self, path: str, body: Wire | None = None) -> Wire | None:
        """Return it then; None when it is unknown there."""
        response = self._post(path, body or {})
        if response.status_code == 400:
            raise AbortPaymentFailed(reason=_read_error(response).get("code"))
        return None if _is_unknown(response) else _accepted(response)

    def _get(self, path: str, expand: tuple[str, ...]) -> Wire | None:
        """Return None when Stripe does not know it."""
        response = self._request("GET", path, params=flatten({"expand": expand}))
        return None if _is_unknown(response) else _accepted(response)

    def _list(self, path: str, expand: tuple[str, ...], **filters: Any) -> Iterator[Wire]:
        expand = tuple(f"data.{each}" for each in expand)
        params = {**filters, "limit": PAGE_SIZE, "expand": expand}
        while True:
            page = _accepted(self._request("GET", path, params=flatten(params)))
            found = page.get("data")
            if not isinstance(found, list) or (page.get("has_more") and not found):
                raise ProviderProtocolError("A list without what is listed")
            yield from found
            if not page.get("has_more"):
                return
            params["starting_after"] = found[-1]["id"]

    def _post(self, path: str, body: Wire, idempotency_key: str | None = None) -> httpx.Response:
        return self._request("POST", path, form=flatten(body), idempotency_key=idempotency_key)

    def _request(self, method: str, path: str, **content: Any) -> httpx.Response:
        response = self._http.request(method, path, **content)
        request_id = response.headers.get("Request-Id", "")
        logger.info("Stripe answered %d to request %s", response.status_code, request_id)
        if response.status_code == 409:
            # The same key is being used at this moment, or something is locked.
            raise ProviderUnavailable(reason="status 409")
        return response


def flatten(content: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Write nested content in the fields of a form: ``metadata[order]``, ``expand[0]``.

    What is None is left out.
    """
    fields: dict[str, str] = {}
    for name, value in content.items():
        key = f"{prefix}[{name}]" if prefix else name
        if isinstance(value, Mapping):
            fields |= flatten(value, key)
        elif isinstance(value, (list, tuple)):
            fields |= flatten({str(place): each for place, each in enumerate(value)}, key)
        elif isinstance(value, bool):
            fields[key] = str(value).lower()
        elif value is not None:
            fields[key] = str(value)
    return fields


def _path(template: str, reference: str) -> str:
    return template.format(quote(reference, safe=""))


def _read_error(response: httpx.Response) -> Wire:
    error = read_json_object(response).get("error")
    if not isinstance(error, dict):
        raise ProviderProtocolError("A refusal without an error", status=response.status_code)
    return error


def _is_unknown(response: httpx.Response) -> bool:
    """Say whether Stripe knows no such object: its error says so, not any 404 on the way."""
    return response.status_code == 404 and bool(_read_error(response))


def _is_our_fault(error: Wire) -> bool:
    code = error.get("code") or ""
    return error.get("type") == "idempotency_error" or code.startswith("parameter_")


def _accepted(response: httpx.Response) -> Wire:
    """Return the body of a 2xx answer. Raises ProviderRejected with Stripe's own code."""
    if response.is_success:
        return read_json_object(response)
    error = _read_error(response)
    raise ProviderRejected(
        reason=error.get("code") or error.get("type"),
        param=error.get("param"),
        status=response.status_code,
    )
