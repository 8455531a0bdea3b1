from collections.abc import Iterator

import pytest
from flask import Flask
from pytest_django import Settings
from tests.provider import Provider
from tests.shop import SECRET, provider
from tests.system.stateful.world import World

from joanie.emulators.dummy import create_app
from joanie.emulators.kit.serving import run_emulator

__all__ = ["provider"]

# So that pytest says what differs.
pytest.register_assert_rewrite("tests.system.stateful.books", "tests.system.stateful.the_end")


@pytest.fixture(scope="session")
def emulator() -> Flask:
    return create_app([SECRET])


@pytest.fixture(scope="session")
def emulator_url(emulator: Flask) -> Iterator[str]:
    with run_emulator(emulator) as base_url:
        yield base_url


@pytest.fixture
def world(
    transactional_db: None, emulator: Flask, provider: Provider, settings: Settings
) -> Iterator[World]:
    """Give a world with one account at one provider, where nobody is slow."""
    accounts = settings.JOANIE["PAYMENT_BACKENDS"]
    settings.JOANIE = {
        **settings.JOANIE,
        "PAYMENT_BACKENDS": {"dummy": accounts["dummy"]},
        "PROVIDER_TIMEOUT": 20,
        "LOCK_TIMEOUT": 20,
        "MAX_DECLINES_PER_HOUR": 1000,
    }
    world = World(provider, emulator)
    with world.watched():
        yield world
