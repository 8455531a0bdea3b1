"""The HTTP calls of a replay: the learner's to the shop and, in the browser, to the provider."""

import time
import uuid
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import httpx

from joanie.common.money import to_minor_units
from joanie.demo.bearer_token import sign_token
from joanie.demo.exceptions import UnexpectedAnswer
from joanie.demo.learner import API
from joanie.demo.replay.plan import Purchase, idempotency_key
from joanie.demo.replay.sight import Attempt, Seen
from joanie.demo.replay.steps import Step

Json = dict[str, Any]

TIMEOUT = 30
TOKEN_LASTS = timedelta(minutes=10)
CARD = "success"
# Seconds before a call of the shop whose connection was cut is made again.
PAUSES = (0.1, 0.5, 2.0)
# What passes by itself. A conflict is a state that somebody else, or our last try, is changing.
PASSING = (
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


class NotNow(Exception):
    """Nothing is lost: the same step is to be taken again a little later."""


class KeyInUse(NotNow):
    """A request with this key did not end; its web server may have been killed."""


class CutOff(NotNow):
    """The connection ended before an answer came: whether anything was done is not known."""


class Clerk:
    """Any thread may call it. Every call is safe to repeat. Raises NotNow, UnexpectedAnswer.

    When it ``is_hasty``, nobody comes back from the provider's page to the shop, and money is
    given back before the shop has heard of the payment. ``repeated`` are the calls of the shop
    that were cut off and made again, with the same key where they have one.
    """

    def __init__(self, site: str, provider: str, *, is_hasty: bool = False) -> None:
        self._is_hasty = is_hasty
        self._site = f"{site}{API}"
        self._provider = provider
        self._http = httpx.Client(timeout=TIMEOUT, trust_env=False)
        self.repeated: list[str] = []

    def close(self) -> None:
        self._http.close()

    def take(self, step: Step, purchase: Purchase, seen: Seen | None, tries: int) -> None:
        """Take a step, and those that follow at once. What came of it is seen in the shop.

        ``tries``: how many keys are known to be in use.
        """
        attempt = seen.attempt if seen else None
        if step == Step.ORDER:
            self._order(purchase, f"{seen.order_id if seen else ''}/{tries}")
        elif step == Step.PAY and seen and attempt:
            self._pay(purchase, seen, attempt, tries)
        elif step == Step.PAY_AGAIN and seen:
            self._pay_again(purchase, seen, tries)
        elif step == Step.REFUND and attempt:
            self._give_back(purchase, attempt.reference)
        else:
            raise UnexpectedAnswer(f"There is no payment for the step “{step}”.")

    def references(self, purchase: Purchase, order_id: uuid.UUID) -> list[str]:
        """Give the references of an order's documents, the pro forma invoice first."""
        answer = self._call(purchase, "GET", f"/orders/{order_id}/").json()
        return [each["reference"] for each in answer["proforma_invoices"]]

    def document(self, purchase: Purchase, order_id: uuid.UUID, reference: str) -> httpx.Response:
        path = f"/orders/{order_id}/proforma_invoice/"
        return self._call(purchase, "GET", path, params={"reference": reference})

    def _order(self, purchase: Purchase, follows: str) -> None:
        body = {"course": purchase.registration.module, "product": str(purchase.product_id)}
        key = idempotency_key(purchase, Step.ORDER, follows)
        self._check_out(purchase, "/orders/", body, key)

    def _pay(self, purchase: Purchase, seen: Seen, attempt: Attempt, tries: int) -> None:
        """Pay on the page of the attempt, or do what a learner does where it is closed or gone."""
        status = self._press_pay(purchase, attempt.url)
        if status == HTTPStatus.CONFLICT and not self._is_hasty:
            self._call(purchase, "GET", f"/payments/{attempt.id}/return/")
        elif status == HTTPStatus.NOT_FOUND:
            self._pay_again(purchase, seen, tries)

    def _pay_again(self, purchase: Purchase, seen: Seen, tries: int) -> None:
        follows = f"{seen.attempt.id if seen.attempt else seen.order_id}/{tries}"
        key = idempotency_key(purchase, Step.PAY_AGAIN, follows)
        self._check_out(purchase, f"/orders/{seen.order_id}/payments/", {}, key)

    def _check_out(self, purchase: Purchase, path: str, body: Json, key: str) -> None:
        if not purchase.is_free:
            body = {**body, "billing_address": _billing_address(purchase)}
        answer = self._call(purchase, "POST", path, json=body, key=key).json()
        if payment := answer.get("payment_info"):
            self._press_pay(purchase, payment["url"])

    def _press_pay(self, purchase: Purchase, page: str) -> int:
        """Return the status: a redirect when it was paid, 409 on a closed page, 404 on none."""
        answer = self._send("POST", page, data={"action": "pay", "card": CARD})
        status = _redirect_or(answer, HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND)
        if self._is_hasty and answer.has_redirect_location and purchase.is_given_back_at_once:
            self._give_back(purchase, page.rpartition("/")[2])
        return status

    def _give_back(self, purchase: Purchase, reference: str) -> None:
        """Press Refund on the provider's dashboard. Having been pressed before is fine."""
        url = f"{self._provider}/dashboard/payments/{reference}/refund"
        answer = self._send("POST", url, data={"amount": str(to_minor_units(purchase.price))})
        _redirect_or(answer, HTTPStatus.CONFLICT)

    def _call(
        self, purchase: Purchase, method: str, path: str, *, key: str = "", **content: Any
    ) -> httpx.Response:
        token = sign_token(purchase.username, lasts=TOKEN_LASTS)
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        if key:
            headers["Idempotency-Key"] = key
        answer = self._insist(method, f"{self._site}{path}", headers=headers, **content)
        if answer.status_code in PASSING:
            is_in_use = "idempotency_key_in_use" in answer.text
            raise (KeyInUse if is_in_use else NotNow)(_describe(answer))
        if not answer.is_success:
            raise UnexpectedAnswer(_describe(answer))
        return answer

    def _insist(self, method: str, url: str, **content: Any) -> httpx.Response:
        """Make the same call again while its connection is cut, as a catalogue would."""
        for pause in PAUSES:
            try:
                return self._send(method, url, **content)
            except CutOff as error:
                self.repeated.append(str(error))
                time.sleep(pause)
        return self._send(method, url, **content)

    def _send(self, method: str, url: str, **content: Any) -> httpx.Response:
        try:
            return self._http.request(method, url, **content)
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise CutOff(f"{method} {url}: {error!r}") from error
        except httpx.TransportError as error:
            raise NotNow(f"{method} {url}: {error!r}") from error


def _billing_address(purchase: Purchase) -> Json:
    """Bill a student without a name: the dataset has numbers, and rightly so."""
    return {
        "first_name": "Student",
        "last_name": purchase.registration.student,
        "address": "5 rue des Exemples",
        "postcode": "75000",
        "city": "Paris",
        "country": "FR",
    }


def _redirect_or(answer: httpx.Response, *statuses: int) -> int:
    if not answer.has_redirect_location and answer.status_code not in statuses:
        raise UnexpectedAnswer(_describe(answer))
    return answer.status_code


def _describe(answer: httpx.Response) -> str:
    request = answer.request
    return f"{request.method} {request.url} answered {answer.status_code}: {answer.text[:300]}"
