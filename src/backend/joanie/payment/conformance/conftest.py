"""What the clauses are given: a shop in front of a provider that is played on loopback."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.conformance.candidates import Candidate, NoHarness, get_harness_class
from joanie.payment.conformance.harness import Harness
from joanie.payment.conformance.secrets_told import find_told_secrets
from joanie.payment.conformance.shop import ALIASES, Shop
from joanie.payment.ledger.verification import verify_ledger

Harnesses = dict[type[BasePaymentBackend], Harness]


@pytest.fixture(scope="session")
def _providers() -> Iterator[tuple[ExitStack, Harnesses]]:
    """Keep the providers that were started, until the end."""
    with ExitStack() as stack:
        yield stack, {}


@pytest.fixture
def harness(candidate: Candidate, _providers: tuple[ExitStack, Harnesses]) -> Harness:
    """Give the one who plays the provider, started once."""
    stack, harnesses = _providers
    if candidate.backend is None:
        pytest.fail(candidate.fault)
    if candidate.backend not in harnesses:
        try:
            harness = get_harness_class(candidate.backend)()
        except NoHarness as error:
            pytest.fail(str(error))
        stack.enter_context(harness.running())
        harnesses[candidate.backend] = harness
    return harnesses[candidate.backend]


@pytest.fixture
def backend(candidate: Candidate) -> type[BasePaymentBackend]:
    """Give the class."""
    if candidate.backend is None:
        pytest.fail(candidate.fault)
    return candidate.backend


@pytest.fixture
def shop(
    candidate: Candidate,
    backend: type[BasePaymentBackend],
    harness: Harness,
    settings: Settings,
    live_server: LiveServer,
    transactional_db: None,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Shop]:
    """Give a shop with two accounts at the provider, which can notify it.

    Afterwards the ledger has to add up, and nothing secret may have been logged.
    """
    caplog.set_level(logging.DEBUG, logger="joanie")
    caplog.set_level(logging.DEBUG, logger=backend.__module__.partition(".")[0])
    harness.reset()
    settings.MEDIA_ROOT = tmp_path
    settings.JOANIE = {
        **getattr(settings, "JOANIE", {}),
        "PAYMENT_BACKENDS": {
            alias: {
                "backend": f"{backend.__module__}.{backend.__qualname__}",
                "configuration": harness.configuration(number),
            }
            for number, alias in enumerate(ALIASES)
        },
        "DEFAULT_PAYMENT_BACKEND": ALIASES[0],
        "ALLOW_DUMMY": True,
        "PUBLIC_BASE_URL": None,
    }
    shop = Shop(candidate, harness, live_server.url, settings)
    for number, alias in enumerate(ALIASES):
        harness.notify_at(number, shop.notification_url(alias))
    yield shop
    # What is on its way would come to the next clause, or while the tables are emptied.
    harness.deliver()
    harness.reset()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
    assert [str(each) for each in verify_ledger()] == []
    assert find_told_secrets(caplog.get_records("call"), shop.secrets) == []
