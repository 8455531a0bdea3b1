"""Each race is run again and again: five times, or as often as JOANIE_RACES says."""

import os
from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import Settings
from tests.provider import Provider
from tests.shop import Shop, card, deaf_shop, emulator_url, provider, shop

from joanie.payment.ledger.verification import verify_ledger

__all__ = ["card", "deaf_shop", "emulator_url", "provider", "shop"]

TIMES = int(os.environ.get("JOANIE_RACES", "5"))


@pytest.fixture
def each_time(
    provider: Provider,
    transactional_db: None,
    settings: Settings,
    request: pytest.FixtureRequest,
) -> Iterator[Iterator[Shop]]:
    """Give another learner at another product each time; whoever takes one looks at how it ends.

    After each time the ledger adds up. In the end PostgreSQL has broken no deadlock. Everybody
    has patience: on a slow machine too, a race ends by what is right and not by the clock.
    """
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 30, "PROVIDER_TIMEOUT": 30}
    done = 0

    def repeat() -> Iterator[Shop]:
        nonlocal done
        for _ in range(TIMES):
            yield Shop("http://127.0.0.1:9")
            assert not [*verify_ledger()]
            done += 1

    deadlocks = count_deadlocks()
    yield repeat()
    print(f"{request.node.name}: {done} of {TIMES} times")  # noqa: T201 - what a soak is run for
    assert count_deadlocks() == deadlocks


def count_deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        (count,) = cursor.fetchone()
    return int(count)
