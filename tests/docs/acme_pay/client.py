"""Bytes over the wire to Acme Pay: base URL, key, idempotency, errors."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from joanie.common.exceptions import ProviderRejected
from joanie.common.http import JsonClient, read_json_object
from joanie.payment.exceptions import AbortPaymentFailed, RefundPaymentFailed

DEFAULT_BASE_URL = "https://api.acme-pay.example"


class AcmeClient:
    """Acme Pay's operations, with its answers as they are."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        self._http = JsonClient(
            configuration.get("base_url") or DEFAULT_BASE_URL,
            headers={"Authorization": f"Bearer {configuration['secret_key']}"},
        )

    def create_payment(self, body: dict[str, Any], idempotency_key: str) -> dict[str, Any]:
        return accepted(
            self._http.request("POST", "/payments", json=body, idempotency_key=idempotency_key)
        )

    def charge_card(
        self, token: str, body: dict[str, Any], idempotency_key: str
    ) -> dict[str, Any] | None:
        """Return the payment, which may have failed; None when the card is unknown there."""
        body = {**body, "card": token}
        response = self._http.request(
            "POST", "/payments", json=body, idempotency_key=idempotency_key
        )
        return None if response.status_code == 404 else accepted(response)

    def retrieve_payment(self, payment_id: str) -> dict[str, Any] | None:
        response = self._http.request("GET", f"/payments/{quote(payment_id, safe='')}")
        return None if response.status_code == 404 else accepted(response)

    def cancel_payment(self, payment_id: str) -> None:
        """Raises AbortPaymentFailed when it is paid."""
        response = self._http.request("POST", f"/payments/{quote(payment_id, safe='')}/cancel")
        if response.status_code == 409:
            raise AbortPaymentFailed
        accepted(response)

    def refund_payment(
        self, payment_id: str, body: dict[str, Any], idempotency_key: str
    ) -> dict[str, Any]:
        """Raises RefundPaymentFailed when there is not that much left."""
        path = f"/payments/{quote(payment_id, safe='')}/refunds"
        response = self._http.request("POST", path, json=body, idempotency_key=idempotency_key)
        if response.status_code == 409:
            raise RefundPaymentFailed
        return accepted(response)

    def delete_card(self, token: str) -> None:
        response = self._http.request("DELETE", f"/cards/{quote(token, safe='')}")
        if response.status_code not in {204, 404}:  # gone already is gone
            accepted(response)


def accepted(response: httpx.Response) -> dict[str, Any]:
    """Return what a 2xx answer holds. Raises ProviderRejected: our key or request is wrong."""
    if response.is_success:
        return read_json_object(response)
    raise ProviderRejected(reason="our request is refused", status=response.status_code)
