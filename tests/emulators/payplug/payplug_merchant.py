"""A merchant's server at PayPlug's emulator, and the person who buys there."""

from typing import Any

import httpx

Json = dict[str, Any]

KEY = "sk_test_of_the_shop"
OTHER_KEY = "sk_live_of_the_shop"
VERSION = "2019-08-06"
BUYER = {
    "title": None,
    "first_name": "Grace",
    "last_name": "Hopper",
    "address1": "10 rue de la Paix",
    "postcode": "75002",
    "city": "Paris",
    "country": "FR",
    "language": "en",
}


class PayplugMerchant:
    """The calls of one account; what is given back assumes success."""

    def __init__(self, base_url: str, key: str, notification_url: str) -> None:
        self.base_url = base_url
        self.notification_url = notification_url
        headers = {"Authorization": f"Bearer {key}", "PayPlug-Version": VERSION}
        self.http = httpx.Client(base_url=base_url, headers=headers, trust_env=False, timeout=15)

    def body(self, **changes: Any) -> Json:
        return {
            "amount": 12000,
            "currency": "EUR",
            "billing": BUYER,
            "shipping": {**BUYER, "delivery_type": "DIGITAL_GOODS"},
            "hosted_payment": {
                "return_url": "https://shop.example.org/return",
                "cancel_url": "https://shop.example.org/cancel",
            },
            "notification_url": self.notification_url,
            "metadata": {"order": "1", "attempt": "1-1"},
            **changes,
        }

    def post(self, **changes: Any) -> httpx.Response:
        return self.http.post("/v1/payments", json=self.body(**changes))

    def create(self, **changes: Any) -> Json:
        return success(self.post(**changes))

    def retrieve(self, payment: Json) -> Json:
        return success(self.http.get(f"/v1/payments/{payment['id']}"))

    def choose(self, payment: Json, card: str = "success", **form: str) -> httpx.Response:
        """Press Pay on the hosted page."""
        url = payment["hosted_payment"]["payment_url"]
        return self.http.post(url, data={"card": card, **form})

    def pay(self, card: str = "success", **changes: Any) -> Json:
        payment = self.create(**changes)
        assert self.choose(payment, card).status_code == 303
        return self.retrieve(payment)

    def saved_card(self, card: str = "success") -> str:
        return str(self.pay(card, save_card=True)["card"]["id"])

    def charge(self, card: str, **changes: Any) -> httpx.Response:
        return self.post(payment_method=card, initiator="PAYER", **changes)

    def abort(self, payment: Json) -> httpx.Response:
        return self.http.patch(f"/v1/payments/{payment['id']}", json={"aborted": True})

    def refund(self, payment: Json, **body: Any) -> httpx.Response:
        return self.http.post(f"/v1/payments/{payment['id']}/refunds", json=body)

    def instruct(self, **instructions: Any) -> None:
        success(self.http.put("/control", json=instructions))


def success(response: httpx.Response) -> Json:
    assert response.is_success, response.text
    content: Json = response.json()
    return content


def refusal(response: httpx.Response, status: int = 400) -> Json:
    assert response.status_code == status, response.text
    content: Json = response.json()
    assert content["object"] == "error"
    return content
