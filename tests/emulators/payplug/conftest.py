from collections.abc import Iterator

import pytest
from tests.emulators.payplug.payplug_merchant import KEY, OTHER_KEY, PayplugMerchant
from tests.emulators.receiver import Receiver

from joanie.emulators.kit.serving import run_emulator
from joanie.emulators.payplug import create_app


@pytest.fixture
def payplug_url(receiver: Receiver) -> Iterator[str]:
    with run_emulator(create_app([KEY, OTHER_KEY], retry_base=0.01)) as base_url:
        yield base_url


@pytest.fixture
def payplug(payplug_url: str, receiver: Receiver) -> Iterator[PayplugMerchant]:
    merchant = PayplugMerchant(payplug_url, KEY, receiver.url)
    with merchant.http:
        yield merchant


@pytest.fixture
def live_payplug(payplug_url: str, receiver: Receiver) -> Iterator[PayplugMerchant]:
    merchant = PayplugMerchant(payplug_url, OTHER_KEY, receiver.url)
    with merchant.http:
        yield merchant
