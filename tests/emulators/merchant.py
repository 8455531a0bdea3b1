"""A merchant's server, and the person who buys there."""

from typing import Any, cast

import httpx

RETURN_URL = "http://shop.example/return"
CANCEL_URL = "http://shop.example/cancel"

Json = dict[str, Any]


class Merchant:
    """The calls of one account. ``payment`` and the like assume success; ``http`` does not."""

    def __init__(self, base_url: str, secret: str, notification_url: str) -> None:
        self.notification_url = notification_url
        self.http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {secret}"},
            trust_env=False,
            verify=False,
        )

    def payment_body(self, **changes: Any) -> Json:
        return {
            "amount": 12000,
            "currency": "EUR",
            "reference": "attempt-1",
            "description": "Introduction to statistics",
            "language": "en",
            "customer": "customer-1",
            "billing_address": {"first_name": "Ada", "country": "FR"},
            "return_url": RETURN_URL,
            "cancel_url": CANCEL_URL,
            "notification_url": self.notification_url,
            "save_card": False,
            "card": None,
            **changes,
        }

    def post_payment(self, **changes: Any) -> httpx.Response:
        return self.http.post("/v1/payments", json=self.payment_body(**changes))

    def create_payment(self, **changes: Any) -> Json:
        return success(self.post_payment(**changes))

    def retrieve(self, payment: Json) -> Json:
        return success(self.http.get(f"/v1/payments/{payment['id']}"))

    def choose(self, payment: Json, card: str = "success", **form: str) -> httpx.Response:
        """Press Pay on the hosted page."""
        return self.http.post(f"/pay/{payment['id']}", data={"card": card, **form})

    def paid_payment(self, **changes: Any) -> Json:
        payment = self.create_payment(**changes)
        assert self.choose(payment).status_code == 303
        return self.retrieve(payment)

    def saved_card(self, card: str = "success") -> str:
        """Have the card of a paid payment saved; gives its token."""
        payment = self.create_payment()
        settled = self.settle(payment, status="succeeded", card=card, save_card=True, notify=False)
        return str(settled["card"]["token"])

    def post_refund(self, payment: Json, amount: int, **changes: Any) -> httpx.Response:
        body = {"amount": amount, "reference": "refund-1", **changes}
        return self.http.post(f"/v1/payments/{payment['id']}/refunds", json=body)

    def cancel(self, payment: Json) -> httpx.Response:
        return self.http.post(f"/v1/payments/{payment['id']}/cancel")

    def instruct(self, **instructions: Any) -> Json:
        return success(self.http.put("/control", json=instructions))

    def settle(self, payment: Json, **body: Any) -> Json:
        return success(self.http.post(f"/control/payments/{payment['id']}/settle", json=body))

    def notifications(self) -> list[Json]:
        """List what was sent, once nothing is on its way any more."""
        listed = success(self.http.get("/control/notifications?wait=5"))
        assert listed["idle"]
        return cast("list[Json]", listed["data"])


def success(response: httpx.Response) -> Json:
    assert response.is_success, response.text
    return cast("Json", response.json())


def error(response: httpx.Response) -> Json:
    assert response.is_error
    return cast("Json", response.json()["error"])
