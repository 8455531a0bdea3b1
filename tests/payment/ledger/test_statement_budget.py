"""How many statements a booking may take: the locks are held meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from tests.payment.ledger.books import fail, give_back, pay
from tests.statements import captured_statements, listing

from joanie.core.models import Order
from joanie.payment.factories import CreditCardFactory, PaymentFactory

pytestmark = pytest.mark.django_db


@contextmanager
def at_most(budget: int) -> Iterator[None]:
    with captured_statements() as statements:
        yield
    assert len(statements) <= budget, listing(statements)


@pytest.fixture
def order() -> Order:
    order: Order = PaymentFactory(provider_reference="pay_1").order
    return order


@pytest.fixture
def paid(order: Order) -> Order:
    pay(order)
    return order


def test_a_payment_takes_thirteen(order: Order) -> None:
    with at_most(13):
        pay(order)


def test_reading_which_saved_card_was_charged_takes_one_more() -> None:
    order = PaymentFactory(provider_reference="pay_1", credit_card=CreditCardFactory()).order
    with at_most(14):
        pay(order)


def test_a_second_payment_of_an_order_takes_no_more(paid: Order) -> None:
    with at_most(13):
        pay(paid, reference="pay_2", attempt_id=PaymentFactory(order=paid).pk)


@pytest.mark.parametrize("book", [pay, fail], ids=["paid", "failed"])
def test_a_repetition_takes_four(paid: Order, book: Callable[[Order], object]) -> None:
    with at_most(4):
        book(paid)


def test_a_failure_takes_ten(order: Order) -> None:
    with at_most(10):
        fail(order)


def test_a_refund_takes_nineteen(paid: Order) -> None:
    with at_most(19):
        give_back(paid)


@pytest.mark.parametrize("others", [0, 10])
def test_the_number_of_attempts_does_not_count(order: Order, others: int) -> None:
    PaymentFactory.create_batch(others, order=order, state="failed")
    with at_most(13):
        pay(order)
