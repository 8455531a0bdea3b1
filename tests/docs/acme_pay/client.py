"""Bytes over the wire to Acme Pay."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from joanie.common.exceptions import ProviderRejected
from joanie.common.http import JsonClient, read_json_object


class AcmeClient:
    """Acme Pay's operations, with its answers as they are."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        self._http = JsonClient(
            configuration.get("base_url") or "https://api.acme-pay.example",
            headers={"Authorization": f"Bearer {configuration['secret_key']}"},
        )

    def create_payment(self, body: dict[str, Any], idempotency_key: str) -> dict[str, Any]:
        return _accepted(
            self._http.request("POST", "/payments", json=body, idempotency_key=idempotency_key)
        )

    def retrieve_payment(self, payment_id: str) -> dict[str, Any] | None:
        response = self._http.request("GET", f"/payments/{quote(payment_id, safe='')}")
        return None if response.status_code == 404 else _accepted(response)

    def cancel_payment(self, payment_id: str) -> bool:
        """Say whether it can no longer be paid."""
        response = self._http.request("DELETE", f"/payments/{quote(payment_id, safe='')}")
        return response.status_code != 409 and bool(_accepted(response))

    def delete_card(self, token: str) -> None:
        response = self._http.request("DELETE", f"/cards/{quote(token, safe='')}")
        if response.status_code != 404:  # gone already is gone
            _accepted(response)


def _accepted(response: httpx.Response) -> dict[str, Any]:
    if response.is_success:
        return read_json_object(response)
    raise ProviderRejected(reason="Acme Pay refuses our request", status=response.status_code)
