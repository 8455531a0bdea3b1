"""An order whose money is here again comes back if there is a seat, and never above the limit."""

import pytest
from tests.payment.ledger.books import give_back, invoice_of, pay, queued, state_of, take_back
from tests.statements import captured_statements

from joanie.core.factories import OrderFactory, ProductFactory
from joanie.core.models import Order, Product
from joanie.payment.factories import PaymentFactory
from joanie.payment.ledger.disputes import book_chargeback, book_chargeback_won
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import Payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    """Give an order of the only seat, paid and refunded."""
    product = ProductFactory(max_orders=1)
    order: Order = PaymentFactory(order__product=product, provider_reference="pay_1").order
    pay(order)
    give_back(order)
    return order


def lose_seat(order: Order, state: str = "pending") -> Order:
    other: Order = OrderFactory(product=order.product, state=state)
    return other


def flag_of(order: Order) -> str:
    return Payment.objects.get(order=order).flag


def test_it_comes_back_to_its_seat(order: Order) -> None:
    take_back(order)
    assert (state_of(order), flag_of(order)) == ("validated", "")


@pytest.mark.parametrize("state", ["pending", "failed", "validated", "refunding"])
def test_it_stays_refunded_when_its_seat_is_somebody_elses(order: Order, state: str) -> None:
    other = lose_seat(order, state)
    take_back(order)
    assert (state_of(order), state_of(other)) == ("refunded", state)
    assert (invoice_of(order).state, flag_of(order)) == ("paid", "late")
    assert queued("joanie.payment.refund_unusable_money") == [{"order_id": str(order.pk)}]
    assert not [each for each in verify_ledger() if each.subject != str(other)]


def test_it_comes_back_to_a_seat_that_is_free_again(order: Order) -> None:
    lose_seat(order, "canceled")
    take_back(order)
    assert state_of(order) == "validated"


def test_it_stays_refunded_when_there_are_fewer_seats(order: Order) -> None:
    Product.objects.update(max_orders=0)
    take_back(order)
    assert (state_of(order), flag_of(order)) == ("refunded", "late")


def test_a_dispute_that_was_won_takes_nobodys_seat() -> None:
    product = ProductFactory(max_orders=1)
    order = PaymentFactory(order__product=product, provider_reference="pay_1").order
    pay(order)
    dispute = {"order_id": order.pk, "backend": "dummy", "reference": "dp_1", "amount": 120}
    book_chargeback(**dispute)
    lose_seat(order)
    book_chargeback_won(**dispute)
    assert (state_of(order), flag_of(order)) == ("refunded", "late")


def test_the_product_is_locked_before_the_order(order: Order) -> None:
    with captured_statements() as statements:
        take_back(order)
    locks = [sql.rpartition("FOR NO KEY UPDATE")[2] for sql in statements if "NO KEY" in sql]
    assert locks[:2] == [' OF "joanie_core_product"', ' OF "joanie_core_order"']


def test_a_product_without_a_limit_is_not_locked(order: Order) -> None:
    Product.objects.update(max_orders=None)
    lose_seat(order)
    take_back(order)
    assert state_of(order) == "validated"
