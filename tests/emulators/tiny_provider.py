"""The smallest provider that the kit can play, in a wire format of its own."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from flask import request
from flask.typing import ResponseReturnValue

from joanie.emulators.kit.acquirer import payments
from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.api import make_api
from joanie.emulators.kit.acquirer.application import create_acquirer_app
from joanie.emulators.kit.acquirer.cards import (
    ACCEPTED,
    CHALLENGED,
    TestCard,
    declined,
)
from joanie.emulators.kit.acquirer.current import (
    EXTENSION,
    current_account,
    current_provider,
    current_state,
)
from joanie.emulators.kit.acquirer.events import Event
from joanie.emulators.kit.acquirer.provider import Provider
from joanie.emulators.kit.acquirer.records import Page, Payment
from joanie.emulators.kit.acquirer.state import State
from joanie.emulators.kit.deliveries import Notification
from joanie.emulators.kit.errors import ApiError
from joanie.emulators.kit.serving import run_emulator

SECRETS = ("one", "two")
BACK = "http://shop.example/back"
NO_MONEY = declined("no_money")


class TinyProvider(Provider):
    name = "tiny"
    label = "Tiny Pay"
    test_cards = {
        "good": TestCard("good", "Visa", "4242", ACCEPTED, ACCEPTED, number="4242 4242 4242 4242"),
        "poor": TestCard("poor", "Visa", "0001", NO_MONEY, NO_MONEY),
        "late": TestCard("late", "Visa", "0002", CHALLENGED, CHALLENGED, after_challenge=NO_MONEY),
    }

    def notifications(self, event: Event) -> Iterable[Notification]:
        for word in ("begin", "end"):
            body = f"{word} {event.label}".encode()
            yield Notification(
                event.label, word, event.url, body, sign=lambda body=body: signed(event, body)
            )

    def answer(self, error: ApiError) -> ResponseReturnValue:
        return f"<no>{error.error['code']}</no>", error.status, {"Content-Type": "text/xml"}


def signed(event: Event, body: bytes) -> Mapping[str, str]:
    if event.is_unsigned:
        return {}
    message = f"{event.signed_at()} ".encode() + body
    key = event.secret(event.account.derive("webhook")).encode()
    digest = hmac.new(key, message, hashlib.sha256).hexdigest()
    return {"X-Signed": f"{event.signed_at()} {digest}"}


api = make_api(__name__, url_prefix="/tiny")


@api.post("/payments")
def create() -> ResponseReturnValue:
    payment = Payment(
        id=current_provider().new_id("payment"),
        page=Page(current_account(), request.host_url.rstrip("/"), return_url=BACK),
        amount=int(request.form["cents"]),
        currency="EUR",
        reference="order-1",
        description="A course",
        aliases=(request.form.get("alias", "the-alias"),),
    )
    return payments.create_payment(current_state(), payment).id


@api.get("/payments/<payment_id>")
def read(payment_id: str) -> ResponseReturnValue:
    payment = current_state().payment(payment_id, current_account())
    return f"{payment.status} {payment.failure_code}"


@dataclass(frozen=True)
class Running:
    """A life of the emulator, seen by the first merchant."""

    state: State
    http: httpx.Client

    @property
    def account(self) -> Account:
        return self.state.accounts.numbered(1)

    def create(self, **form: Any) -> str:
        response = self.http.post("/tiny/payments", data={"cents": 1990, **form})
        assert response.status_code == 200, response.text
        return response.text

    def read(self, payment_id: str) -> str:
        return self.http.get(f"/tiny/payments/{payment_id}").text

    def choose(self, payment_id: str, card: str, **form: str) -> httpx.Response:
        return self.http.post(f"/pay/{payment_id}", data={"card": card, **form})


@contextmanager
def run_tiny(provider: Provider | None = None, file: Path | None = None) -> Iterator[Running]:
    app = create_acquirer_app(
        provider or TinyProvider(), SECRETS, blueprints=[api], retry_base=0.01, state_file=file
    )
    with run_emulator(app) as base_url:
        bearer = {"Authorization": f"Bearer {SECRETS[0]}"}
        with httpx.Client(base_url=base_url, headers=bearer, trust_env=False) as http:
            yield Running(app.extensions[EXTENSION], http)
