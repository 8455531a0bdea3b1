"""A learner in front of a course catalogue: every call that a catalogue makes for them.

A reference for who connects one: nothing here but public HTTP and a bearer token.
"""

import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from joanie.demo.exceptions import DemoFailed, UnexpectedAnswer

Json = dict[str, Any]

API = "/api/v1.0"
# Seconds until a notification and what it sets off must have had their effect, and between looks.
PATIENCE = 60
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0


class Learner:
    """``watch`` is told about every answer; ``check`` raises when waiting has become pointless."""

    def __init__(
        self,
        site: str,
        token: str,
        *,
        watch: Callable[[httpx.Response], None],
        check: Callable[[], None],
    ) -> None:
        self._check = check
        self._http = httpx.Client(
            base_url=f"{site}{API}",
            headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"},
            event_hooks={"response": [httpx.Response.read, watch]},
            timeout=30,
            trust_env=False,
        )

    def close(self) -> None:
        self._http.close()

    def courses(self) -> list[Json]:
        return self._list("/courses/", page_size="100")

    def product(self, product_id: str, *, course: str, language: str) -> Json:
        response = self._http.get(
            f"/products/{product_id}/",
            params={"course": course},
            headers={"Accept-Language": language},
        )
        return _content(response)

    def payment_methods(self, product_id: str) -> list[Json]:
        return self._list("/payment-methods/", product=product_id)

    def client_token(self, method: str) -> str:
        """Get what the provider's form in the browser begins with."""
        path = f"/payment-methods/{method}/client-token/"
        return str(_content(self._http.post(path))["client_token"])

    def save_address(self, address: Json) -> Json:
        return _content(self._post("/addresses/", address), 201)

    def credit_cards(self) -> list[Json]:
        cards: list[Json] = _accepted(self._http.get("/credit-cards/")).json()
        return cards

    def order(self, *, course: str, product: str, **payment: Any) -> Json:
        """Place an order. ``payment``: the billing address, and how it is to be paid."""
        return _content(self._post("/orders/", {"course": course, "product": product, **payment}))

    def pay_again(self, order: Json, **payment: Any) -> Json:
        """Make another attempt to pay the same order."""
        return _content(self._post(f"/orders/{order['id']}/payments/", payment))

    def abort(self, order: Json, payment_id: str) -> None:
        _accepted(self._post(f"/orders/{order['id']}/abort/", {"payment_id": payment_id}), 204)

    def orders(self) -> list[Json]:
        return self._list("/orders/", page_size="100")

    def document(self, order: Json, reference: str) -> bytes:
        response = self._http.get(
            f"/orders/{order['id']}/proforma_invoice/", params={"reference": reference}
        )
        return _accepted(response).content

    def wait_for(self, order: Json, what: str, is_so: Callable[[Json], bool]) -> Json:
        """Look at the order until it is so, less and less often.

        Raises DemoFailed, saying what was waited for, when it does not get there in time.
        """
        deadline, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
        while not is_so(seen := _content(self._http.get(f"/orders/{order['id']}/"))):
            self._check()
            if time.monotonic() > deadline:
                raise DemoFailed(
                    f"The order {order['id']} is {seen['state']} after {PATIENCE} seconds; "
                    f"it should be {what}."
                )
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        return seen

    def _post(self, path: str, body: Json) -> httpx.Response:
        """Send a key along: should no answer come, the same request may be sent again."""
        return self._http.post(path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())})

    def _list(self, path: str, **params: str) -> list[Json]:
        results: list[Json] = _content(self._http.get(path, params=params))["results"]
        return results


def _content(response: httpx.Response, *statuses: int) -> Json:
    content: Json = _accepted(response, *statuses).json()
    return content


def _accepted(response: httpx.Response, *statuses: int) -> httpx.Response:
    is_accepted = response.status_code in statuses if statuses else response.is_success
    if not is_accepted:
        request = response.request
        raise UnexpectedAnswer(
            f"{request.method} {request.url} answered {response.status_code}:\n"
            f"{response.text[:1000]}"
        )
    return response
