from collections.abc import Iterator

import pytest
from tests.emulators.merchant import Merchant
from tests.emulators.receiver import Receiver, run_receiver

from joanie.emulators.dummy import create_app
from joanie.emulators.kit.serving import run_emulator

SECRET = "the secret of the shop"
OTHER_SECRET = "the secret of another shop"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with run_receiver() as receiver:
        yield receiver


@pytest.fixture
def base_url(receiver: Receiver) -> Iterator[str]:
    """A dummy provider that retries quickly; it goes before those who receive from it."""
    with run_emulator(create_app([SECRET, OTHER_SECRET], retry_base=0.01)) as base_url:
        yield base_url


@pytest.fixture
def merchant(base_url: str, receiver: Receiver) -> Iterator[Merchant]:
    merchant = Merchant(base_url, SECRET, receiver.url)
    with merchant.http:
        yield merchant


@pytest.fixture
def other_merchant(base_url: str, receiver: Receiver) -> Iterator[Merchant]:
    merchant = Merchant(base_url, OTHER_SECRET, receiver.url)
    with merchant.http:
        yield merchant
