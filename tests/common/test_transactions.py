"""Locks are waited for a short while, and no call leaves a transaction."""

import time
from collections.abc import Iterator
from threading import Barrier

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from pytest_django import Settings
from tests.common.sql import execute
from tests.concurrency import at_once

from joanie.common.exceptions import Busy
from joanie.common.http import JsonClient
from joanie.common.transactions import (
    NetworkInTransaction,
    forbid_transaction,
    short_transaction,
)
from joanie.core.factories import CourseFactory
from joanie.core.models import Course, Organization

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def held(settings: Settings) -> Iterator[Course]:
    """Give a course whose row somebody else holds, and does not let go."""
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 0.2}
    course = CourseFactory()
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT 1 FROM joanie_core_course FOR UPDATE")
    yield course
    other.close()


def test_a_lock_that_is_held_is_busy_within_the_limit(held: Course) -> None:
    started = time.monotonic()
    with pytest.raises(Busy) as busy, short_transaction():
        Course.objects.select_for_update().get(pk=held.pk)
    assert 0.2 <= time.monotonic() - started < 2
    assert (busy.value.code, busy.value.status) == ("busy", 503)


def test_nothing_was_done_when_it_is_busy(held: Course) -> None:
    def rename_both() -> None:
        with short_transaction():
            Organization.objects.update(title="Another")
            Course.objects.update(title="Another")

    with pytest.raises(Busy):
        rename_both()
    assert not Organization.objects.filter(title="Another").exists()


def test_it_is_busy_from_the_inside_out(held: Course) -> None:
    with pytest.raises(Busy), short_transaction(), short_transaction():
        Course.objects.select_for_update().get(pk=held.pk)
    assert not connection.in_atomic_block


def test_the_limit_ends_with_the_transaction() -> None:
    before = execute("SHOW lock_timeout")
    with short_transaction():
        assert execute("SHOW lock_timeout") == [("2s",)]
    assert execute("SHOW lock_timeout") == before


def test_two_who_wait_for_each_other_are_busy_not_broken() -> None:
    first, second = CourseFactory.create_batch(2)
    both_hold_one = Barrier(2, timeout=10)

    def lock(one: Course, other: Course) -> None:
        with short_transaction():
            Course.objects.select_for_update().get(pk=one.pk)
            both_hold_one.wait()
            Course.objects.select_for_update().get(pk=other.pk)

    outcomes = at_once(lambda: lock(first, second), lambda: lock(second, first))
    assert [type(outcome) for outcome in outcomes if outcome] == [Busy]


def test_other_errors_pass_as_they_are() -> None:
    CourseFactory(code="one")
    with pytest.raises(IntegrityError), short_transaction():
        CourseFactory(code="one")
    with pytest.raises(DatabaseError, match="division by zero"), short_transaction():
        execute("SELECT 1/0")


def test_a_call_inside_a_transaction_is_a_bug_that_shows() -> None:
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        forbid_transaction()
    with short_transaction(), pytest.raises(NetworkInTransaction):
        JsonClient("http://127.0.0.1:9", headers={}).request("GET", "/")


def test_a_call_outside_a_transaction_passes() -> None:
    forbid_transaction()
    with transaction.atomic():
        pass
    forbid_transaction()
