"""Bytes over the wire to PayPlug: base URL, key, version, errors.

There are no idempotency keys, so a POST is never repeated: two of them are two payments.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from joanie.common.exceptions import ProviderProtocolError, ProviderRejected
from joanie.common.http import JsonClient, read_json_object
from joanie.payment.exceptions import RefundPaymentFailed

DEFAULT_BASE_URL = "https://api.payplug.com"
# Without one, the answers have the shape of an older time.
API_VERSION = "2019-08-06"
PER_PAGE = 100
REFUSED_REFUNDS = {400, 403, 404, 409, 422}

Wire = dict[str, Any]


class PayplugClient:
    """The provider's operations, with its answers as they are."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        self._http = JsonClient(
            configuration.get("base_url") or DEFAULT_BASE_URL,
            headers={
                "Authorization": f"Bearer {configuration.get('secret_key')}",
                "PayPlug-Version": str(configuration.get("api_version") or API_VERSION),
            },
        )

    def create_payment(self, body: Wire) -> Wire:
        """Not safe to repeat. Raises ProviderRejected, with ``status`` and ``fields``."""
        return _accepted(self._http.request("POST", "/v1/payments", json=body))

    def retrieve_payment(self, payment_id: str) -> Wire | None:
        response = self._http.request("GET", _path(payment_id))
        return None if _is_unknown(response) else _accepted(response)

    def list_payments(self, since: datetime) -> Iterator[Wire]:
        """Give what was made since, the newest first, a page at a time."""
        moment = since.timestamp()
        for page in self._pages("/v1/payments"):
            made_at = [_made_at(each) for each in page]
            yield from (each for each, made in zip(page, made_at, strict=True) if made >= moment)
            # Older ones follow, unless the list turns out to begin with the oldest.
            if made_at[0] >= made_at[-1] and made_at[-1] < moment:
                return

    def abort_payment(self, payment_id: str) -> Wire | None:
        """Return the payment then; None when it is unknown there. Raises ProviderRejected."""
        response = self._http.request("PATCH", _path(payment_id), json={"aborted": True})
        return None if _is_unknown(response) else _accepted(response)

    def refund_payment(self, payment_id: str, body: Wire) -> Wire:
        """Not safe to repeat. Raises RefundPaymentFailed, with what PayPlug says."""
        response = self._http.request("POST", f"{_path(payment_id)}/refunds", json=body)
        if response.status_code in REFUSED_REFUNDS:
            message = _content(response).get("message")
            raise RefundPaymentFailed(str(message)[:500] if message else None)
        return _accepted(response)

    def list_refunds(self, payment_id: str) -> list[Wire]:
        """Return none of a payment that is unknown there."""
        try:
            pages = self._pages(f"{_path(payment_id)}/refunds")
            return [refund for page in pages for refund in page]
        except ProviderRejected as error:
            if error.context.get("status") != 404:
                raise
            return []

    def delete_card(self, token: str) -> None:
        """Make it forget a card; one that is gone already is. The answer may be empty."""
        response = self._http.request("DELETE", f"/v1/cards/{quote(token, safe='')}")
        is_silent = response.is_success and not response.content
        if not is_silent and not _is_unknown(response):
            _accepted(response)

    def _pages(self, path: str) -> Iterator[list[Wire]]:
        """Give the pages of a list, none of them empty, and nothing twice.

        What is made meanwhile moves the rest to later pages, so the same may be listed again.
        """
        seen: set[Any] = set()
        number = 0
        while True:
            params = {"per_page": str(PER_PAGE), "page": str(number)}
            content = _accepted(self._http.request("GET", path, params=params))
            listed = _listed(content)
            page = [each for each in listed if each.get("id") not in seen]
            if not page:
                return
            yield page
            seen.update(each.get("id") for each in page)
            # It may give fewer at a time than it was asked for, and says so.
            per_page = content.get("per_page")
            if len(listed) < (per_page if isinstance(per_page, int) else PER_PAGE):
                return
            number += 1


def _path(payment_id: str) -> str:
    return f"/v1/payments/{quote(payment_id, safe='')}"


def _listed(content: Mapping[str, Any]) -> list[Wire]:
    listed = content.get("data")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise ProviderProtocolError("A list without its members")
    return listed


def _made_at(wire: Mapping[str, Any]) -> float:
    """Without a moment it is taken for new: it is left to whoever reads it."""
    made_at = wire.get("created_at")
    return float(made_at) if isinstance(made_at, (int, float)) else float("inf")


def _is_unknown(response: httpx.Response) -> bool:
    """Say whether PayPlug does not know what it was asked about. Raises what ``_content`` does."""
    return response.status_code == 404 and bool(_content(response))


def _content(response: httpx.Response) -> Wire:
    """Return the body. Raises ProviderProtocolError for a 404 of anybody else.

    A proxy on the way, or another address than PayPlug's, does not know what exists there.
    """
    content = read_json_object(response)
    if response.status_code == 404 and content.get("object") != "error":
        raise ProviderProtocolError("A 404 that is not PayPlug's", status=404)
    return content


def _accepted(response: httpx.Response) -> Wire:
    """Return the body of a 2xx answer.

    Raises ProviderRejected with the names of the fields that PayPlug complains of: what it says of
    them may quote the learner.
    """
    content = _content(response)
    if response.is_success:
        return content
    details = content.get("details")
    fields = sorted(map(str, details)) if isinstance(details, dict) else []
    raise ProviderRejected(
        reason=" ".join([f"status {response.status_code}", *fields]),
        status=response.status_code,
        fields=fields,
    )
