"""A shop whose provider is the emulated Stripe: its page, and its form."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from tests.shop import Shop

from joanie.payment.backends.stripe.harness import Harness


@dataclass
class StripeShop(Shop):
    def request(self, **changes: Any) -> Any:
        return super().request(**{"payment_method": "stripe", **changes})


@pytest.fixture(scope="session")
def _stripe() -> Iterator[Harness]:
    harness = Harness()
    with harness.running():
        yield harness


@pytest.fixture
def stripe(_stripe: Harness, settings: Settings, live_server: LiveServer) -> Iterator[Harness]:
    """Give Stripe, forgetful of earlier tests, as two entries of one account."""
    configuration = _stripe.configuration()
    backends = {"stripe": "StripeBackend", "stripe_form": "StripePaymentIntentBackend"}
    settings.JOANIE = {
        **settings.JOANIE,
        "PAYMENT_BACKENDS": {
            alias: {
                "backend": f"joanie.payment.backends.stripe.{name}",
                "configuration": configuration,
            }
            for alias, name in backends.items()
        },
        "DEFAULT_PAYMENT_BACKEND": "stripe",
    }
    _stripe.reset()
    _stripe.notify_at(0, f"{live_server.url}/api/v1.0/payments/notifications/stripe/")
    yield _stripe
    _stripe.reset()


@pytest.fixture
def shop(stripe: Harness, live_server: LiveServer) -> StripeShop:
    return StripeShop(live_server.url)
