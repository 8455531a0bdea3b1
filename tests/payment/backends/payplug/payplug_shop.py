"""A shop at PayPlug's emulator, with notifications over real HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from tests.shop import Shop

from joanie.emulators.kit.serving import run_emulator
from joanie.emulators.payplug import create_app
from joanie.payment.backends.payplug import PayplugBackend
from joanie.payment.backends.registry import build_backend

KEY, LIVE_KEY = "sk_test_of_the_shop", "sk_live_of_the_shop"
TEST_ALIAS, LIVE_ALIAS = "payplug", "payplug-live"

Json = dict[str, Any]


class PayplugPeople:
    """Who is at PayPlug's end: the learner on its page, its staff, the saboteur."""

    def __init__(self, base_url: str, key: str = KEY) -> None:
        self.base_url = base_url
        headers = {"Authorization": f"Bearer {key}", "PayPlug-Version": "2019-08-06"}
        self.http = httpx.Client(base_url=base_url, headers=headers, trust_env=False, timeout=15)

    def payment(self, reference: str) -> Json:
        return _success(self.http.get(f"/v1/payments/{reference}"))

    def payments(self) -> list[Json]:
        """List them, the newest first."""
        listed: list[Json] = _success(self.http.get("/v1/payments?per_page=100"))["data"]
        return listed

    def refunds(self, reference: str) -> list[Json]:
        listed: list[Json] = _success(self.http.get(f"/v1/payments/{reference}/refunds"))["data"]
        return listed

    def pay(self, url: str, card: str = "success") -> httpx.Response:
        return self.http.post(url, data={"card": card})

    def settle(self, reference: str, **outcome: Any) -> None:
        _success(self.http.post(f"/control/payments/{reference}/settle", json=outcome))

    def refund_in_portal(self, reference: str, amount: int) -> None:
        path = f"/dashboard/payments/{reference}/refund"
        assert self.http.post(path, data={"amount": str(amount)}).status_code == 303

    def instruct(self, **instructions: Any) -> None:
        _success(self.http.put("/control", json=instructions))

    def fail(self, operation: str, mode: str, **details: Any) -> None:
        fault = {"operation": operation, "mode": mode, "times": 1, **details}
        self.instruct(api={"fail": [fault]})

    def deliver(self) -> list[Json]:
        """Wait until nothing is on its way any more; give what was sent."""
        sent: list[Json] = _success(self.http.get("/control/notifications?wait=10"))["data"]
        return sent


class PayplugShop(Shop):
    def request(self, **changes: Any) -> Any:
        return super().request(**{"payment_method": TEST_ALIAS, **changes})

    def notify(self, content: object, alias: str = TEST_ALIAS) -> int:
        """Say something to the shop in PayPlug's place."""
        url = f"{self.base_url}/api/v1.0/payments/notifications/{alias}/"
        return httpx.post(url, json=content, trust_env=False).status_code


@contextmanager
def payplug_running() -> Iterator[str]:
    with run_emulator(create_app([KEY, LIVE_KEY], retry_base=0.05)) as base_url:
        yield base_url


def backend(alias: str = TEST_ALIAS) -> PayplugBackend:
    built = build_backend(alias)
    assert isinstance(built, PayplugBackend)
    return built


def entry(base_url: str, key: str) -> Json:
    return {
        "backend": "joanie.payment.backends.payplug.PayplugBackend",
        "configuration": {"base_url": base_url, "secret_key": key},
    }


def _success(response: httpx.Response) -> Json:
    assert response.is_success, response.text
    content: Json = response.json()
    return content
