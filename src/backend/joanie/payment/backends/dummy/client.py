"""Bytes over the wire to the dummy provider: base URL, key, idempotency, errors."""

import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
from django.conf import settings

from joanie.common.exceptions import ProviderProtocolError, ProviderRejected
from joanie.common.http import JsonClient, read_json_object
from joanie.payment.exceptions import AbortPaymentFailed, CreatePaymentFailed

DEFAULT_BASE_URL = "http://127.0.0.1:8072"


def get_secret(configuration: Mapping[str, Any]) -> str:
    """Return the account's secret; by default the one that the emulator derives too."""
    configured = configuration.get("secret")
    if configured:
        return str(configured)
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, b"joanie.payment.backends.dummy", "sha256").hexdigest()


def get_signing_secrets(configuration: Mapping[str, Any]) -> list[str]:
    """Return the secrets that notifications may be signed with: the account's, and others.

    There are others while the account's secret is being changed.
    """
    others = configuration.get("other_secrets") or ()
    # A text where a list belongs would be many secrets of one character.
    listed = () if isinstance(others, str) else others
    return [get_secret(configuration), *(str(secret) for secret in listed if secret)]


class DummyClient:
    """The provider's operations, with its answers as they are."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        self._http = JsonClient(
            configuration.get("base_url") or DEFAULT_BASE_URL,
            headers={"Authorization": f"Bearer {get_secret(configuration)}"},
        )

    def create_payment(self, body: dict[str, Any], idempotency_key: str) -> dict[str, Any]:
        """Raises CreatePaymentFailed on a decline, ProviderRejected on any other refusal."""
        response = self._http.request(
            "POST", "/v1/payments", json=body, idempotency_key=idempotency_key
        )
        if response.status_code == 402:
            error = read_json_object(response)["error"]
            raise CreatePaymentFailed(failure_code=error.get("failure_code"))
        return _accepted(response)

    def retrieve_payment(self, payment_id: str) -> dict[str, Any] | None:
        response = self._http.request("GET", f"/v1/payments/{quote(payment_id, safe='')}")
        return None if response.status_code == 404 else _accepted(response)

    def find_payments(self, reference: str) -> list[dict[str, Any]]:
        response = self._http.request("GET", "/v1/payments", params={"reference": reference})
        return _listed(_accepted(response))

    def list_payments(self, since: datetime) -> Iterator[dict[str, Any]]:
        """Give what changed since, the oldest first, a page at a time."""
        params = {"since": str(max(0, int(since.timestamp())))}
        while True:
            page = _accepted(self._http.request("GET", "/v1/changed-payments", params=params))
            yield from _listed(page)
            if not page.get("has_more"):
                return
            params["after"] = _listed(page)[-1]["id"]

    def cancel_payment(self, payment_id: str) -> dict[str, Any] | None:
        """Return the payment then; None when it is unknown there. Raises AbortPaymentFailed."""
        response = self._http.request("POST", f"/v1/payments/{quote(payment_id, safe='')}/cancel")
        if response.status_code == 409:
            raise AbortPaymentFailed
        return None if response.status_code == 404 else _accepted(response)

    def refund_payment(
        self, payment_id: str, body: dict[str, Any], idempotency_key: str
    ) -> dict[str, Any] | None:
        """Return the refund; None when the provider refuses it."""
        response = self._http.request(
            "POST",
            f"/v1/payments/{quote(payment_id, safe='')}/refunds",
            json=body,
            idempotency_key=idempotency_key,
        )
        return None if response.status_code in {404, 409} else _accepted(response)

    def create_card_setup(self, body: dict[str, Any]) -> dict[str, Any]:
        return _accepted(self._http.request("POST", "/v1/card-setups", json=body))

    def delete_card(self, token: str) -> None:
        response = self._http.request("DELETE", f"/v1/cards/{quote(token, safe='')}")
        if response.status_code not in {204, 404}:
            _accepted(response)


def _listed(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Raises ProviderProtocolError when it is no list, or an empty one that promises more."""
    payments = page.get("data")
    if not isinstance(payments, list) or (page.get("has_more") and not payments):
        raise ProviderProtocolError("A list without its payments")
    return payments


def _accepted(response: httpx.Response) -> dict[str, Any]:
    """Return the body of a 2xx answer. Raises ProviderRejected with the provider's own code."""
    content = read_json_object(response)
    if response.is_success:
        return content
    error = content.get("error", {})
    raise ProviderRejected(reason=error.get("code"), status=response.status_code)
