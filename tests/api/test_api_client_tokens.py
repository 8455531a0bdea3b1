"""Tokens for the widgets of providers that want one."""

import logging
from typing import Any

import pytest
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from pytest_django import Settings
from tests.api.api_client import Api
from tests.api.backends import PageBackend

from joanie.common.transactions import NetworkInTransaction
from joanie.payment.backends.types import Capability, Flow
from joanie.payment.services.card_setup import make_client_token

PATH = "/payment-methods/widget/client-token/"
TOKEN = "client-token-of"


class WidgetBackend(PageBackend):
    """Its widget wants a token before it shows itself."""

    name = "widget"
    flow = Flow.CLIENT_TOKEN
    capabilities = PageBackend.capabilities | {Capability.CLIENT_TOKEN}

    def create_client_token(self, user: AbstractBaseUser) -> str:
        self._misbehave()
        if self.configuration.get("misbehaves") == "bug":
            raise ZeroDivisionError("sk_live_1")
        return "" if self.configuration.get("misbehaves") == "empty" else f"{TOKEN} {user.pk}"


@pytest.fixture
def widget(settings: Settings) -> Any:
    def configure(**configuration: str) -> None:
        entry = {"backend": f"{__name__}.WidgetBackend", "configuration": configuration}
        backends = {**settings.JOANIE["PAYMENT_BACKENDS"], "widget": entry}
        settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": backends}

    configure()
    return configure


@pytest.mark.usefixtures("widget")
def test_a_token_is_made_for_the_learner(
    api: Api, owner: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    response = api.post(PATH)
    assert (response.status_code, response.json()) == (
        200,
        {"client_token": f"{TOKEN} {owner.pk}"},
    )
    assert response.headers["Cache-Control"] == "private, no-store"
    assert TOKEN not in caplog.text


@pytest.mark.usefixtures("widget")
def test_a_token_needs_a_learner(anonymous: Api) -> None:
    assert anonymous.post(PATH).status_code == 401


@pytest.mark.usefixtures("widget")
def test_a_token_is_not_read(api: Api) -> None:
    assert api.get(PATH).status_code == 405


@pytest.mark.parametrize("name", ["unknown", "..", "%00", "widget "])
@pytest.mark.usefixtures("widget")
def test_a_payment_method_that_is_not_there(api: Api, name: str) -> None:
    assert api.post(f"/payment-methods/{name}/client-token/").status_code == 404


def test_a_payment_method_that_needs_none(api: Api) -> None:
    response = api.post("/payment-methods/page/client-token/")
    assert response.status_code == 409
    assert response.json()["code"] == "client_token_not_needed"


def test_the_dummy_where_money_counts_is_not_there(api: Api, settings: Settings) -> None:
    entry = {"backend": "joanie.payment.backends.dummy.DummyPaymentBackend"}
    changes = {"PAYMENT_BACKENDS": {"dummy": entry}, "ALLOW_DUMMY": False}
    settings.JOANIE = {**settings.JOANIE, **changes}
    assert api.post("/payment-methods/dummy/client-token/").status_code == 404


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("down", 503, "payment_provider_unavailable"),
        ("misconfigured", 502, "payment_provider_misconfigured"),
        ("bug", 503, "payment_provider_unavailable"),
        ("empty", 503, "payment_provider_unavailable"),
    ],
)
def test_a_provider_that_makes_none(
    api: Api, widget: Any, how: str, status: int, code: str
) -> None:
    widget(misbehaves=how)
    response = api.post(PATH)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert "sk_live" not in response.content.decode()
    assert ("Retry-After" in response.headers) is (status == 503)


@pytest.mark.usefixtures("widget")
@pytest.mark.django_db(transaction=True)
def test_asking_inside_a_transaction_is_a_bug_that_shows(owner: Any) -> None:
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        make_client_token(owner=owner, payment_method="widget")
