"""A shop whose provider is a running emulator, with notifications over real HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from tests.provider import Provider

from joanie.core.factories import ProductFactory, UserFactory
from joanie.core.models import Order, Product
from joanie.emulators.dummy import create_app
from joanie.emulators.kit.serving import run_emulator
from joanie.payment.factories import BillingAddressDictFactory
from joanie.payment.models import CreditCard, Payment
from joanie.payment.services.checkout import Checkout, pay_order, place_order
from joanie.payment.services.payment_request import PaymentRequest

SECRET = "the secret of the shop"


@pytest.fixture(scope="session")
def emulator_url() -> Iterator[str]:
    with run_emulator(create_app([SECRET], retry_base=0.05)) as base_url:
        yield base_url


@pytest.fixture
def provider(emulator_url: str, settings: Settings) -> Iterator[Provider]:
    """Give the provider, forgetful of earlier tests, as the account “dummy” of the settings."""
    configuration = {"base_url": emulator_url, "secret": SECRET}
    entry = {
        "backend": "joanie.payment.backends.dummy.DummyPaymentBackend",
        "configuration": configuration,
    }
    settings.JOANIE = {
        **settings.JOANIE,
        "PAYMENT_BACKENDS": {"dummy": entry, "other": entry},
        "PROVIDER_TIMEOUT": 2,
    }
    provider = Provider(emulator_url, SECRET)
    with provider.http:
        yield provider
        provider.http.delete("/control")
        provider.http.delete("/control/state")


@dataclass
class Shop:
    """What a learner does there, by way of the services that the API calls."""

    base_url: str
    owner: Any = field(default_factory=UserFactory)
    product: Product = field(default_factory=ProductFactory)

    def request(self, **changes: Any) -> PaymentRequest:
        return PaymentRequest(
            billing_address=BillingAddressDictFactory(),
            **{"base_url": self.base_url, "payment_method": "dummy", **changes},
        )

    def order(self, **changes: Any) -> Checkout:
        course = self.product.courses.get()
        return place_order(
            owner=self.owner,
            course=course,
            product=self.product,
            language="en",
            payment=self.request(**changes),
        )

    def pay(self, order: Order, **changes: Any) -> Checkout:
        return pay_order(order=fresh(order), payment=self.request(**changes))

    def one_click(self, card: CreditCard, **changes: Any) -> Checkout:
        return self.order(credit_card_id=card.pk, payment_method="", **changes)


@pytest.fixture
def shop(provider: Provider, live_server: LiveServer) -> Shop:
    """Give a shop that the provider can notify."""
    return Shop(live_server.url)


@pytest.fixture
def deaf_shop(provider: Provider, transactional_db: None) -> Shop:
    """Give a shop that notifications do not reach."""
    return Shop("http://127.0.0.1:9")


def fresh(instance: Any) -> Any:
    """Read a row again: states are protected, so instances are not refreshed."""
    return type(instance)._default_manager.get(pk=instance.pk)


def last_payment(order: Order) -> Payment:
    payment = order.payments.order_by("-created_on").first()
    assert payment is not None
    return payment


@pytest.fixture
def card(shop: Shop, provider: Provider) -> CreditCard:
    """Give a card that the shop's owner saved while buying something else."""
    return save_card(shop, provider)


def save_card(shop: Shop, provider: Provider, test_card: str = "success") -> CreditCard:
    """Buy another product on the hosted page and tick “save my card”."""
    elsewhere = Shop(shop.base_url, owner=shop.owner)
    url = elsewhere.order(save_card=True).payment_info["url"]
    response = provider.pay(url, card=test_card, save_card=True)
    if "challenge" in response.headers["location"]:
        provider.confirm(response.headers["location"])
    provider.deliver()
    saved = CreditCard.objects.order_by("-created_on").first()
    assert saved is not None
    return saved
