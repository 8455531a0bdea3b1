"""``POST /credit-cards/setup/``."""

import logging
from typing import Any

import pytest
from django.contrib.auth.base_user import AbstractBaseUser
from pytest_django import Settings
from tests.api.api_client import ADDRESS, Api
from tests.api.backends import PageBackend

from joanie.core.factories import ProductFactory
from joanie.payment.backends.types import Capability
from joanie.payment.models import Payment

PATH = "/credit-cards/setup/"
PAGE = "https://pay.example.org/save/secret-page"
ALLOWED = "https://shop.example.org/orders/cards"


class VaultBackend(PageBackend):
    """Saves cards: on a page, or in a widget when its configuration has a client secret."""

    name = "vault"
    capabilities = PageBackend.capabilities | {Capability.TOKENIZE}

    def tokenize_card(self, user: AbstractBaseUser) -> dict[str, Any]:
        self._misbehave()
        assert self.card_setup is not None
        if self.configuration.get("misbehaves") == "empty":
            return {"url": "", "token": "sk_live_1"}
        if "client_secret" in self.configuration:
            return {"client": {"client_secret": self.configuration["client_secret"]}}
        urls = self.card_setup.urls
        language = self.card_setup.language
        return {"url": f"{PAGE}?{language}&{urls.return_}&{urls.notification}", "internal": user}


@pytest.fixture(autouse=True)
def vault(_shop_settings: None, settings: Settings) -> Any:
    def configure(**configuration: str) -> None:
        entry = {"backend": f"{__name__}.VaultBackend", "configuration": configuration}
        backends = {**settings.JOANIE["PAYMENT_BACKENDS"], "vault": entry}
        changes = {"PAYMENT_BACKENDS": backends, "DEFAULT_PAYMENT_BACKEND": "vault"}
        settings.JOANIE = {**settings.JOANIE, **changes}

    configure()
    return configure


def test_the_learner_is_sent_to_a_page(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    response = api.post(PATH, {"return_url": ALLOWED, "payment_method": "vault"})
    notification = "http://testserver/api/v1.0/payments/notifications/vault/"
    assert response.status_code == 200
    assert response.json() == {"url": f"{PAGE}?en&{ALLOWED}&{notification}"}
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "secret-page" not in caplog.text


def test_the_default_method_and_a_page_of_ours_without_a_word(owner: Any) -> None:
    url = Api(owner, language="fr").post(PATH).json()["url"]
    assert "?fr&http://testserver/api/v1.0/credit-cards/setup/return/&" in url


def test_a_widget_gets_what_it_needs(api: Api, vault: Any) -> None:
    vault(client_secret="cs_1")
    assert api.post(PATH).json() == {"client": {"client_secret": "cs_1"}}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"return_url": "https://evil.example/"}, "return_url"),
        ({"return_url": "javascript:alert(1)"}, "return_url"),
        ({"return_url": ["https://shop.example.org/orders/"]}, "return_url"),
        ({"return_url": "https://shop.example.org/orders/" + "x" * 2000}, "return_url"),
        ({"payment_method": "unknown"}, "payment_method"),
        ({"payment_method": "x" * 51}, "payment_method"),
        ({"payment_method": {"a": 1}}, "payment_method"),
        ({"payment_method": "page"}, "payment_method"),
        ([], "non_field_errors"),
    ],
)
def test_a_bad_request_says_what_to_change(api: Api, body: Any, field: str) -> None:
    response = api.post(PATH, body)
    assert response.status_code == 400
    assert list(response.json()) == [field]


def test_a_method_that_saves_cards_while_paying_says_so(owner: Any) -> None:
    response = Api(owner, language="fr").post(PATH, {"payment_method": "page"})
    assert "en payant" in response.json()["payment_method"][0]


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("down", 503, "payment_provider_unavailable"),
        ("misconfigured", 502, "payment_provider_misconfigured"),
        ("empty", 503, "payment_provider_unavailable"),
        ("declines", 422, "create_payment_failed"),
    ],
)
def test_a_provider_that_does_not_do_it(
    api: Api, vault: Any, how: str, status: int, code: str
) -> None:
    vault(misbehaves=how)
    response = api.post(PATH)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert "sk_live" not in response.content.decode()


def test_a_set_up_needs_a_learner(anonymous: Api, api: Api) -> None:
    assert anonymous.post(PATH).status_code == 401
    assert api.get(PATH).status_code == 405


def test_a_purchase_knows_the_address_it_was_asked_from(api: Api, settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "PROXY_COUNT": 1}
    api.client.defaults["HTTP_X_FORWARDED_FOR"] = "1.1.1.1, 93.184.216.34"
    order = api.order(ProductFactory(), payment_method="page").json()
    again = {"billing_address": ADDRESS, "payment_method": "page"}
    assert api.post(f"/orders/{order['id']}/payments/", again).status_code == 201
    assert set(Payment.objects.values_list("client_address", flat=True)) == {"93.184.216.34"}
