"""A shop in front of Braintree, which is played on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from joanie.payment.backends.braintree import BraintreeBackend
from joanie.payment.backends.braintree.harness import Harness
from joanie.payment.conformance.candidates import Candidate
from joanie.payment.conformance.shop import ALIASES, Shop


@pytest.fixture(scope="session")
def _played() -> Iterator[Harness]:
    harness = Harness()
    with harness.running():
        yield harness


@pytest.fixture
def braintree(_played: Harness) -> Iterator[Harness]:
    """Give the provider, forgetful of earlier tests."""
    _played.reset()
    yield _played
    _played.reset()


@pytest.fixture
def shop(
    braintree: Harness,
    settings: Settings,
    live_server: LiveServer,
    transactional_db: None,
    tmp_path: Path,
) -> Iterator[Shop]:
    """Give a shop with two accounts; what is on its way to it arrives before it closes."""
    settings.JOANIE = {
        **settings.JOANIE,
        "PAYMENT_BACKENDS": {
            alias: {
                "backend": "joanie.payment.backends.braintree.BraintreeBackend",
                "configuration": braintree.configuration(number),
            }
            for number, alias in enumerate(ALIASES)
        },
        "DEFAULT_PAYMENT_BACKEND": ALIASES[0],
    }
    candidate = Candidate("braintree", BraintreeBackend, "EUR")
    shop = Shop(candidate, braintree, live_server.url, settings)
    for number, alias in enumerate(ALIASES):
        braintree.notify_at(number, shop.notification_url(alias))
    yield shop
    braintree.deliver()
