"""Bytes over the wire to the dummy provider: base URL, key, idempotency, errors."""

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
from django.conf import settings

from joanie.common.exceptions import ProviderRejected
from joanie.common.http import JsonClient, read_json_object
from joanie.payment.exceptions import CreatePaymentFailed

DEFAULT_BASE_URL = "http://127.0.0.1:8072"


def get_secret(configuration: Mapping[str, Any]) -> str:
    """Return the account's secret; by default the one that the emulator derives too."""
    configured = configuration.get("secret")
    if configured:
        return str(configured)
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, b"joanie.payment.backends.dummy", "sha256").hexdigest()


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
        payments: list[dict[str, Any]] = _accepted(response)["data"]
        return payments

    def cancel_payment(self, payment_id: str) -> bool:
        """Say whether it can no longer be paid; one that is unknown there never could."""
        response = self._http.request("POST", f"/v1/payments/{quote(payment_id, safe='')}/cancel")
        if response.status_code == 409:
            return False
        if response.status_code != 404:
            _accepted(response)
        return True

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


def _accepted(response: httpx.Response) -> dict[str, Any]:
    """Return the body of a 2xx answer. Raises ProviderRejected with the provider's own code."""
    content = read_json_object(response)
    if response.is_success:
        return content
    error = content.get("error", {})
    raise ProviderRejected(reason=error.get("code"), status=response.status_code)
