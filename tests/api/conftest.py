from typing import Any

import pytest
from pytest_django import Settings
from tests.api.api_client import Api

from joanie.core.factories import UserFactory


@pytest.fixture(autouse=True)
def _shop_settings(_joanie_settings: None, settings: Settings) -> None:
    settings.JOANIE = {
        **settings.JOANIE,
        "PAYMENT_BACKENDS": {
            "page": {"backend": "tests.api.backends.PageBackend"},
            "euros": {
                "backend": "tests.api.backends.EurosBackend",
                "configuration": {"publishable_key": "pk_1", "secret_key": "sk_1"},
            },
        },
        "DEFAULT_PAYMENT_BACKEND": "page",
        "ALLOWED_RETURN_URLS": ["https://shop.example.org/orders/"],
        "JWT_SIGNING_KEY": "a key of at least thirty-two bytes",
    }


@pytest.fixture
def misbehave(settings: Settings) -> Any:
    """Make the provider go wrong from now on: ``misbehave("down")``."""

    def configure(how: str, **configuration: str) -> None:
        backends = settings.JOANIE["PAYMENT_BACKENDS"]
        page = {**backends["page"], "configuration": {"misbehaves": how, **configuration}}
        settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": {**backends, "page": page}}

    return configure


@pytest.fixture
def owner(db: None) -> Any:
    return UserFactory(username="grace")


@pytest.fixture
def api(owner: Any) -> Api:
    """Give the owner's way in."""
    return Api(owner)


@pytest.fixture
def other(db: None) -> Api:
    """Give somebody else's."""
    return Api(UserFactory(username="alan"))


@pytest.fixture
def anonymous(db: None) -> Api:
    return Api()
