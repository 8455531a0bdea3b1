"""Nobody's browser is sent to a page that is not ours: not when it is asked for, not later."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from tests.api.api_client import ADDRESS, Api
from tests.common import test_public_url
from tests.security.world import SETTINGS, World, undone

from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Payment

SHOP = "https://shop.example.org/courses/"
# What the rule refuses is written once, beside the tests of the rule.
(CORPUS,) = (
    mark.args[1]
    for mark in test_public_url.test_every_other_page_is_refused.pytestmark
    if mark.name == "parametrize"
)
EVIL = [
    *(url for url in CORPUS if url),
    "https://xn--shp-0na.example.org/courses/",
    "https://[::ffff:127.0.0.1]/courses/",
    "https://[fe80::1%25eth0]/courses/",
    "http://169.254.169.254/latest/meta-data/",
    f"{SHOP}{'a' * 2000}",
]


@pytest.fixture
def world(db: None, settings: Settings) -> World:
    settings.JOANIE = {
        **settings.JOANIE,
        **SETTINGS,
        "JWT_SIGNING_KEY": "a key of at least thirty-two bytes",
        "ALLOWED_RETURN_URLS": [SHOP, "http://localhost:3000"],
    }
    return World()


def doors(world: World) -> list[tuple[str, Any]]:
    offer = {"course": world.offer.courses.get().code, "product": str(world.offer.pk)}
    means = {"billing_address": ADDRESS}
    return [
        ("/orders/", {**offer, **means}),
        (f"/orders/{world.failed.order_id}/payments/", means),
        ("/credit-cards/setup/", {}),
    ]


def test_no_door_takes_a_page_that_is_not_ours(world: World) -> None:
    api, taken = Api(world.owner), []
    with undone() as written:
        for path, body in doors(world):
            answers = {url: api.post(path, {**body, "return_url": url}) for url in EVIL}
            taken += [
                (path, url, answer.status_code)
                for url, answer in answers.items()
                if answer.status_code != 400 or list(answer.json()) != ["return_url"]
            ]
    # REST framework takes white space around a text away before anybody looks at it.
    assert {url for _, url, _ in taken} <= {url for url in EVIL if url != url.strip()}
    assert len(written) <= len(taken) * 20


def test_every_door_takes_a_page_of_ours(world: World) -> None:
    api = Api(world.owner)
    for path, body in doors(world):
        answer = api.post(path, {**body, "return_url": f"{SHOP}done"})
        assert answer.status_code in {200, 201}, (path, answer.content)


def test_a_page_that_is_stored_and_not_allowed_any_more_is_not_gone_to(world: World) -> None:
    payments = [
        PaymentFactory(state="failed", order__state="failed", return_url=url)
        for url in EVIL
        if len(url) <= 2000 and "\x00" not in url
    ]
    for payment in payments:
        answer = Client().get(f"/api/v1.0/payments/{payment.pk}/return/")
        assert (answer.status_code, answer.get("Location")) == (200, None), payment.return_url


def test_a_page_of_the_query_is_not_gone_to(world: World) -> None:
    payment: Payment = PaymentFactory(state="failed", order__state="failed")
    address = f"/api/v1.0/payments/{payment.pk}/return/"
    for name in ("return_url", "next", "url"):
        assert Client().get(address, {name: SHOP}).status_code == 200
