"""Keeping those away who try stolen cards, by learner and by network address."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings
from tests.shop import Shop, last_payment
from tests.statements import captured_statements, listing

from joanie.core.factories import OrderFactory, UserFactory
from joanie.payment.exceptions import TooManyDeclines
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Payment
from joanie.payment.services.carding import refuse_carding

ADDRESS = "93.184.216.34"


@pytest.fixture(autouse=True)
def _caps(settings: Settings) -> None:
    caps = {"MAX_DECLINES_PER_HOUR": 2, "MAX_DECLINES_PER_ADDRESS_AND_HOUR": 3}
    settings.JOANIE = {**settings.JOANIE, **caps}


def decline(times: int, *, owner: Any = None, **changes: Any) -> None:
    for _ in range(times):
        order = OrderFactory(owner=owner or UserFactory())
        values = {"state": "failed", "failure_code": "declined", "settled_at": timezone.now()}
        PaymentFactory(order=order, **{**values, **changes})


def is_refused(owner: Any, address: str | None) -> bool:
    try:
        refuse_carding(owner, address)
    except TooManyDeclines:
        return True
    return False


@pytest.mark.django_db
def test_a_learner_is_refused_wherever_they_ask_from() -> None:
    owner = UserFactory()
    decline(1, owner=owner, client_address=ADDRESS)
    assert not is_refused(owner, ADDRESS)
    decline(1, owner=owner, client_address="1.1.1.1")
    assert is_refused(owner, ADDRESS)
    assert is_refused(owner, None)
    assert not is_refused(UserFactory(), ADDRESS)


@pytest.mark.django_db
def test_an_address_is_refused_whoever_asks() -> None:
    decline(2, client_address=ADDRESS)
    assert not is_refused(UserFactory(), ADDRESS)
    decline(1, client_address=ADDRESS)
    assert is_refused(UserFactory(), ADDRESS)
    assert not is_refused(UserFactory(), "93.184.216.35")
    assert not is_refused(UserFactory(), None)


@pytest.mark.django_db
def test_neighbours_in_an_ipv6_network_are_one() -> None:
    for last in (1, 2, "ffff:ffff"):
        decline(1, client_address=f"2001:db8:1:2::{last}")
    decline(3, client_address="2001:db8:1:1::1")
    assert is_refused(UserFactory(), "2001:db8:1:2::abcd")
    assert not is_refused(UserFactory(), "2001:db8:1:3::1")


@pytest.mark.parametrize(
    "changes",
    [
        {"settled_at": timezone.now() - timedelta(minutes=61)},
        {"failure_code": "provider_error"},
        {"failure_code": "canceled"},
        {"state": "canceled"},
        {"state": "pending", "settled_at": None},
    ],
)
@pytest.mark.django_db
def test_what_is_no_recent_decline_does_not_count(changes: dict[str, Any]) -> None:
    owner = UserFactory()
    decline(4, owner=owner, client_address=ADDRESS, **changes)
    assert not is_refused(owner, ADDRESS)


@pytest.mark.django_db
def test_both_are_counted_in_one_statement() -> None:
    owner = UserFactory()
    with captured_statements() as statements:
        refuse_carding(owner, ADDRESS)
    assert len(statements) == 1, listing(statements)


@pytest.mark.django_db
def test_declines_of_an_address_are_found_by_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    near = Payment.objects.filter(state="failed", client_address__range=(ADDRESS, ADDRESS))
    assert "payment_failed_by_address" in near.order_by().explain()


def test_an_attempt_knows_where_it_was_asked_for(deaf_shop: Shop) -> None:
    order = deaf_shop.order(client_address="2001:db8::1").order
    assert last_payment(order).client_address == "2001:db8::1"
    deaf_shop.pay(order)
    assert last_payment(order).client_address is None


def test_a_refused_address_gets_no_order(deaf_shop: Shop) -> None:
    decline(3, client_address=ADDRESS)
    before = Payment.objects.count()
    with pytest.raises(TooManyDeclines):
        deaf_shop.order(client_address=ADDRESS)
    assert Payment.objects.count() == before
