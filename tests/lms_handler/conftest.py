from collections.abc import Iterator

import pytest
from pytest_django import Settings
from tests.lms_handler.open_edx import SECRET, OpenEdX

from joanie.emulators.kit.serving import run_emulator
from joanie.emulators.openedx import create_app
from joanie.lms_handler.openedx import tokens


@pytest.fixture(autouse=True)
def _impatient(_joanie_settings: None, settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "LMS_TIMEOUT": 1}


@pytest.fixture(autouse=True)
def _no_token_of_another_test() -> None:
    tokens._tokens.clear()


@pytest.fixture
def lms() -> Iterator[OpenEdX]:
    """An Open edX on loopback, in which everybody and every course exists."""
    with run_emulator(create_app([SECRET])) as base_url, OpenEdX(base_url) as lms:
        yield lms
