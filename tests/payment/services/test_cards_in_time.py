"""Cards whose month ends, and their owners who are told before."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import Settings
from tests.common.sql import execute
from tests.concurrency import at_once
from tests.shop import fresh

from joanie.core.factories import UserFactory
from joanie.core.services.owners import lock_owner
from joanie.payment.factories import CreditCardFactory
from joanie.payment.models import CreditCard, Mail
from joanie.payment.services.credit_cards import expire_cards, warn_of_expiring_cards

OCTOBER = {"expiration_year": 2026, "expiration_month": 10}
OVER = date(2026, 11, 1)
WAITS_FOR_US = (
    "SELECT 1 FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid"
)


def wait_until_somebody_waits() -> None:
    deadline = time.monotonic() + 10
    while not execute(WAITS_FOR_US):
        assert time.monotonic() < deadline


def closing(call: Callable[[], Any]) -> Any:
    try:
        return call()
    finally:
        connection.close()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "last_day",
    [date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28), date(2028, 2, 29)],
    ids=str,
)
def test_a_card_works_to_the_last_day_of_its_month(last_day: date) -> None:
    card = CreditCardFactory(expiration_year=last_day.year, expiration_month=last_day.month)
    assert warn_of_expiring_cards(last_day - timedelta(days=31)) == 0
    assert warn_of_expiring_cards(last_day - timedelta(days=30)) == 1
    assert warn_of_expiring_cards(last_day) == expire_cards(last_day) == 0
    assert expire_cards(last_day + timedelta(days=1)) == 1
    assert fresh(card).state == "expired"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("sweep", "today"), [(expire_cards, OVER), (warn_of_expiring_cards, date(2026, 10, 15))]
)
def test_a_card_that_is_renewed_during_the_sweep_is_left_alone(sweep: Any, today: date) -> None:
    card = CreditCardFactory(**OCTOBER)
    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            CreditCard.objects.update(expiration_year=2031)
            swept = pool.submit(closing, lambda: sweep(today))
            wait_until_somebody_waits()
        assert swept.result(timeout=10) == 0
    assert fresh(card).state == "active"
    assert not Mail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_expire_each_card_once() -> None:
    CreditCardFactory.create_batch(4, owner=UserFactory(), **OCTOBER)
    assert sum(at_once(*[lambda: expire_cards(OVER)] * 2)) == 4
    assert set(CreditCard.objects.values_list("state", flat=True)) == {"expired"}


@pytest.mark.django_db(transaction=True)
def test_an_owner_who_is_busy_keeps_no_other_cards_from_expiring(settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 0.1}
    cards = [CreditCardFactory(**OCTOBER) for _ in range(3)]
    with transaction.atomic():
        lock_owner(min(cards, key=lambda card: card.pk).owner_id)
        assert at_once(lambda: expire_cards(OVER)) == [2]
    assert expire_cards(OVER) == 1
