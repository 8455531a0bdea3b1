"""The cache that all processes share: a table, in which counting is exact."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.core.cache.backends.base import BaseCache
from django.core.management import call_command
from django.db import connection, connections
from pytest_django import Settings

from joanie.api.throttling import count_request
from sandbox.shared_cache import SharedCache

pytestmark = pytest.mark.usefixtures("transactional_db")
TABLE = "cache_of_a_test"


@pytest.fixture
def cache(settings: Settings) -> Iterator[BaseCache]:
    settings.CACHES = {
        "default": {"BACKEND": "sandbox.shared_cache.SharedCache", "LOCATION": TABLE}
    }
    call_command("createcachetable", verbosity=0)
    yield SharedCache(TABLE, {})
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")


def expire_all() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET expires = now() - interval '1 second'")


def test_a_value_is_added_once(cache: BaseCache) -> None:
    assert [cache.add("key", 1), cache.add("key", 2), cache.get("key")] == [True, False, 1]


def test_a_value_that_expired_may_be_added_again(cache: BaseCache) -> None:
    cache.add("key", 1)
    expire_all()
    assert [cache.add("key", 2), cache.get("key")] == [True, 2]


def test_a_value_may_stay_for_ever(cache: BaseCache) -> None:
    assert cache.add("key", {"a": [1]}, timeout=None)
    assert cache.get("key") == {"a": [1]}


def test_counting_begins_with_a_value(cache: BaseCache) -> None:
    with pytest.raises(ValueError, match="'key' not found"):
        cache.incr("key")
    cache.add("key", 1)
    expire_all()
    with pytest.raises(ValueError, match="'key' not found"):
        cache.incr("key")


def test_counting_keeps_the_end(cache: BaseCache) -> None:
    cache.add("key", 1, timeout=100)
    assert [cache.incr("key"), cache.incr("key", 5), cache.decr("key")] == [2, 7, 6]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT expires FROM {TABLE}")
        assert 90 < (cursor.fetchone()[0] - datetime.now(UTC)).total_seconds() < 101


def test_what_many_count_at_once_is_counted(cache: BaseCache) -> None:
    def count(_: int) -> tuple[bool, int]:
        try:
            return cache.add("key", 0), cache.incr("key")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(count, range(40)))
    assert sum(was_added for was_added, _ in answers) == 1
    assert sorted(number for _, number in answers) == list(range(1, 41))


def test_what_expired_goes_by_and_by(cache: BaseCache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.add("old", 1)
    expire_all()
    monkeypatch.setattr("sandbox.shared_cache.SWEEP", 1)
    cache.add("new", 1)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT cache_key FROM {TABLE}")
        assert cursor.fetchall() == [(":1:new",)]


def test_requests_are_counted_in_it(cache: BaseCache, settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "THROTTLE_RATES": {"learner": "2/minute"}}
    waits = [count_request("learner", 7, now=60 * 60.0) for _ in range(3)]
    assert waits == [None, None, 60]
