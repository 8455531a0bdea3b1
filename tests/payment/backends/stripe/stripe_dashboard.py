"""What staff do in Stripe's dashboard, or its API: nobody here is told before the event is."""

import httpx

from joanie.payment.backends.stripe.harness import Harness


def delete_customer(stripe: Harness, customer: str) -> None:
    """Delete a customer and their cards; the event is late."""
    assert _request(stripe, "DELETE", f"/v1/customers/{customer}").json()["deleted"]


def expire_page(stripe: Harness, session: str) -> None:
    answer = _request(stripe, "POST", f"/v1/checkout/sessions/{session}/expire")
    assert answer.json()["status"] == "expired"


def _request(stripe: Harness, method: str, path: str) -> httpx.Response:
    key = stripe.configuration()["secret_key"]
    headers = {"Authorization": f"Bearer {key}"}
    return stripe.http.request(method, f"{stripe.base_url}{path}", headers=headers)
