"""No card number and no security code reaches our database or a log, wherever it is typed."""

import json
import logging
from typing import Any

import pytest
from pytest_django import Settings
from tests.api.api_client import ADDRESS, Api
from tests.security.secrets_in_text import SecretFinder
from tests.security.world import SETTINGS, World, undone

from joanie.common.card_numbers import find_card_number

NUMBERS = [
    "4242424242424242",
    "4242 4242 4242 4242",
    "5555-5555-5555-4444",
    "378282246310005",
    "3782 822463 10005",
    "6011111111111117",
    "2223003122003222",
    "4000000000006",
    "my card: 4242424242424242, please",
]
OTHERS = [
    "",
    "4242424242424241",
    "4242",
    "0033 6 12 34 56 78 90",
    "1795233395123",
    "00000000-0000-4000-8000-424242424242",
    "x4242424242424242",
    "4444444444444444",
    "42424242424242424242424",
    "10 rue de la Paix, 75002 Paris",
    "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢",
]
NUMBER = NUMBERS[0]
PRINTED = ("first_name", "last_name", "address", "postcode", "city")


@pytest.fixture
def world(db: None, settings: Settings) -> World:
    settings.JOANIE = {
        **settings.JOANIE,
        **SETTINGS,
        "JWT_SIGNING_KEY": "a key of at least thirty-two bytes",
    }
    return World()


@pytest.mark.parametrize("text", NUMBERS)
def test_a_card_number_is_seen(text: str) -> None:
    assert find_card_number(text)


@pytest.mark.parametrize("text", OTHERS)
def test_another_number_is_none(text: str) -> None:
    assert find_card_number(text) is None


def attacks(world: World) -> list[tuple[str, str, Any]]:
    """Put a card number into every text that a learner sends."""
    offer = {"course": world.offer.courses.get().code, "product": str(world.offer.pk)}
    means = {"billing_address": ADDRESS}
    card, address = world.row("joanie_payment.creditcard"), world.row("joanie_core.address")
    paying = [
        *({**means, name: NUMBER} for name in ("payment_method_nonce", "device_data")),
        *({**means, name: NUMBER} for name in ("payment_method", "return_url", "credit_card_id")),
        *({"billing_address": {**ADDRESS, name: NUMBER}} for name in [*PRINTED, "country"]),
    ]
    kept = [{**ADDRESS, "title": "Home", name: NUMBER} for name in [*PRINTED, "title", "country"]]
    return [
        *(("POST", "/orders/", {**offer, **body}) for body in paying),
        *(("POST", "/orders/", {**offer, **means, name: NUMBER}) for name in offer),
        *(("POST", f"/orders/{world.failed.order_id}/payments/", body) for body in paying),
        *(("POST", "/addresses/", body) for body in kept),
        *(("PUT", f"/addresses/{address.pk}/", body) for body in kept),
        *(("PATCH", f"/credit-cards/{card.pk}/", {"title": text}) for text in NUMBERS[:3]),
        ("POST", "/credit-cards/setup/", {"payment_method": NUMBER}),
        ("POST", "/credit-cards/setup/", {"return_url": NUMBER}),
        ("POST", "/enrollments/", {"course_run": NUMBER, "is_active": True}),
    ]


def test_a_card_number_in_any_text_is_refused_and_left_nowhere(
    world: World, caplog: pytest.LogCaptureFixture, secrets_of_tests: SecretFinder
) -> None:
    caplog.set_level(logging.DEBUG)
    api = Api(world.owner)
    for method, path, body in attacks(world):
        with undone() as written:
            answer = api.send(method, path, body)
        assert answer.status_code == 400, (path, body, answer.content)
        assert NUMBER not in answer.content.decode(), (path, body)
        assert not written, (path, body)
    assert secrets_of_tests.find(caplog.text) is None


def test_fields_of_a_card_that_nobody_asked_for_are_kept_nowhere(world: World) -> None:
    card = {"number": NUMBER, "cvc": "123", "card": {"number": NUMBER, "cvv": "123"}}
    offer = {"course": world.offer.courses.get().code, "product": str(world.offer.pk)}
    body = {**offer, "billing_address": {**ADDRESS, **card}, **card}
    answer = Api(world.owner).post("/orders/", body)
    assert answer.status_code == 201
    order = world.owner.joanie_orders.get(product=world.offer)
    payment = order.payments.get()
    kept = json.dumps([payment.billing_address, vars(payment), vars(order)], default=str)
    assert NUMBER not in kept
    assert "cvc" not in kept
    assert NUMBER not in answer.content.decode()


def test_the_reason_of_a_refund_is_no_place_for_one(world: World, boss: Any) -> None:
    order = world.row("joanie_core.order")
    form = {
        "payment": str(world.row("joanie_payment.payment").pk),
        "refund_id": str(world.refund_id),
        "reason": f"Paid with {NUMBER}",
    }
    with undone() as written:
        page = boss.post(f"/admin/joanie_core/order/{order.pk}/refund/", form)
    assert "looks like a card number" in page.content.decode()
    assert not written
