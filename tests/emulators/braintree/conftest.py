"""Braintree on loopback, and the official SDK that talks to it."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from tests.emulators.braintree.braintree_merchant import SECRETS, connect

from joanie.emulators.braintree import create_app
from joanie.emulators.kit.serving import run_emulator


@pytest.fixture
def app() -> Flask:
    return create_app(SECRETS, retry_base=0.01)


@pytest.fixture
def base_url(app: Flask) -> Iterator[str]:
    with run_emulator(app) as base_url:
        yield base_url


@pytest.fixture
def gateway(base_url: str) -> Any:
    """Give the SDK, as the first merchant has it."""
    return connect(base_url)


@pytest.fixture
def other_gateway(base_url: str) -> Any:
    return connect(base_url, 2)


@pytest.fixture
def wrong_gateway(base_url: str) -> Any:
    return connect(base_url, private_key="guessed")
