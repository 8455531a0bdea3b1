"""Which attempt a provider speaks of."""

import logging
import uuid
from collections.abc import Callable

import pytest
from tests.payment.ledger.books import fail, pay, state_of, update

from joanie.core.factories import OrderFactory
from joanie.core.models import Order
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Payment

pytestmark = pytest.mark.django_db


def _created(**details: object) -> Payment:
    """Make an attempt whose creation was not answered yet."""
    payment: Payment = PaymentFactory(state="created", provider_reference="", **details)
    return payment


def test_an_attempt_learns_its_reference_from_the_money() -> None:
    attempt = _created()
    pay(attempt.order)
    kept = Payment.objects.get()
    assert (kept, kept.provider_reference, kept.state) == (attempt, "pay_1", "succeeded")
    assert not kept.is_unmatched


def test_an_attempt_learns_its_reference_from_a_failure() -> None:
    attempt = _created()
    fail(attempt.order)
    kept = Payment.objects.get()
    assert (kept, kept.provider_reference, kept.state) == (attempt, "pay_1", "failed")


@pytest.mark.parametrize("book", [pay, fail], ids=["paid", "failed"])
def test_between_two_nameless_attempts_none_is_taken(book: Callable[[Order], Payment]) -> None:
    first = _created()
    second = _created(order=first.order)
    assert book(first.order).is_unmatched
    assert (state_of(first), state_of(second)) == ("created", "created")


def test_a_backend_that_knows_the_attempt_is_believed() -> None:
    first = _created()
    _created(order=first.order)
    assert pay(first.order, attempt_id=first.pk) == first


def test_a_reference_counts_more_than_the_attempt_it_came_with() -> None:
    named = PaymentFactory(provider_reference="pay_1")
    other = _created(order=named.order)
    assert pay(named.order, attempt_id=other.pk) == named
    assert state_of(other) == "created"


def test_an_attempt_keeps_the_reference_it_has() -> None:
    attempt = PaymentFactory(provider_reference="pay_1")
    booked = pay(attempt.order, reference="pay_2", attempt_id=attempt.pk)
    assert booked != attempt
    assert booked.is_unmatched
    assert Payment.objects.get(pk=attempt.pk).provider_reference == "pay_1"


def test_an_attempt_of_another_account_is_not_taken() -> None:
    attempt = _created(backend="other")
    assert pay(attempt.order) != attempt
    assert state_of(attempt) == "created"


def test_an_attempt_of_another_order_is_not_taken() -> None:
    attempt = _created()
    order = OrderFactory()
    assert pay(order, attempt_id=attempt.pk).is_unmatched
    assert state_of(attempt) == "created"


def test_money_that_fits_no_attempt_is_booked_and_shown(caplog: pytest.LogCaptureFixture) -> None:
    order = OrderFactory()
    payment = pay(order)
    assert payment.is_unmatched
    assert (payment.state, payment.amount) == ("succeeded", order.total)
    assert state_of(order) == "validated"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_a_failure_that_fits_no_attempt_is_kept_and_fails_no_order() -> None:
    attempt = PaymentFactory(provider_reference="pay_1")
    unmatched = fail(attempt.order, reference="pay_2")
    assert unmatched is not None
    assert (unmatched.is_unmatched, unmatched.state) == (True, "failed")
    assert state_of(attempt) == "pending"
    assert state_of(attempt.order) == "pending"


@pytest.mark.parametrize("state", ["pending", "processing", "canceled", "expired"])
def test_other_news_of_an_unknown_payment_are_left(state: str) -> None:
    order = OrderFactory()
    assert update(order, state) is None
    assert update(order, state, attempt_id=uuid.uuid4()) is None
    assert not Payment.objects.exists()


def test_a_page_is_stored_where_there_is_none() -> None:
    attempt = _created()
    update(attempt.order, "pending", url="https://pay.example.org/1", attempt_id=attempt.pk)
    update(attempt.order, "pending", url="https://pay.example.org/2", attempt_id=attempt.pk)
    kept = Payment.objects.get()
    assert (kept.state, kept.url) == ("pending", "https://pay.example.org/1")
    assert kept.provider_reference == "pay_1"


@pytest.mark.parametrize(
    ("state", "news", "then"),
    [
        ("created", "pending", "pending"),
        ("created", "processing", "processing"),
        ("pending", "processing", "processing"),
        ("pending", "pending", "pending"),
        ("processing", "pending", "processing"),
        ("processing", "canceled", "canceled"),
        ("processing", "expired", "expired"),
        ("failed", "pending", "failed"),
        ("failed", "canceled", "failed"),
        ("canceled", "expired", "canceled"),
        ("expired", "processing", "expired"),
        ("reversed", "processing", "reversed"),
    ],
)
def test_news_move_an_attempt_forward_only(state: str, news: str, then: str) -> None:
    attempt = PaymentFactory(state=state, provider_reference="pay_1")
    update(attempt.order, news)
    assert state_of(attempt) == then
