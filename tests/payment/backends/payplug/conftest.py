from collections.abc import Iterator

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from tests.payment.backends.payplug.payplug_shop import (
    KEY,
    LIVE_ALIAS,
    LIVE_KEY,
    TEST_ALIAS,
    PayplugPeople,
    PayplugShop,
    entry,
    payplug_running,
)


@pytest.fixture(scope="session")
def payplug_url() -> Iterator[str]:
    with payplug_running() as base_url:
        yield base_url


@pytest.fixture
def people(payplug_url: str, settings: Settings) -> Iterator[PayplugPeople]:
    settings.JOANIE = {
        **settings.JOANIE,
        "PAYMENT_BACKENDS": {
            TEST_ALIAS: entry(payplug_url, KEY),
            LIVE_ALIAS: entry(payplug_url, LIVE_KEY),
        },
        "DEFAULT_PAYMENT_BACKEND": TEST_ALIAS,
        "PROVIDER_TIMEOUT": 2,
    }
    people = PayplugPeople(payplug_url)
    with people.http:
        yield people
        people.http.delete("/control")
        people.http.delete("/control/state")


@pytest.fixture
def shop(people: PayplugPeople, live_server: LiveServer) -> PayplugShop:
    """Give a shop that PayPlug can notify."""
    return PayplugShop(live_server.url)


@pytest.fixture
def deaf_shop(people: PayplugPeople, transactional_db: None) -> PayplugShop:
    """Give a shop that notifications do not reach."""
    return PayplugShop("http://127.0.0.1:9")
