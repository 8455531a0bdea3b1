"""Refunds that cannot be booked, or not yet: nothing is written and nothing is dropped."""

from collections.abc import Iterator

import pytest
from tests.payment.ledger.books import give_back, lines_of, notes_of, pay, state_of

from joanie.common.money import Money
from joanie.core.models import Order
from joanie.payment.exceptions import RefundPaymentFailed
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Refund, Transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    order: Order = PaymentFactory(provider_reference="pay_1").order
    return order


@pytest.fixture
def paid(order: Order) -> Order:
    pay(order)
    return order


@pytest.fixture(autouse=True)
def _nothing_is_written(db: None) -> Iterator[None]:
    yield
    assert not Transaction.objects.filter(kind="refund").exists()
    assert not Refund.objects.filter(state="succeeded").exists()


@pytest.mark.parametrize("state", ["pending", "failed", "canceled"])
def test_a_refund_before_its_payment_waits(state: str) -> None:
    order = PaymentFactory(order__state=state, provider_reference="pay_1").order
    with pytest.raises(RefundPaymentFailed):
        give_back(order)
    assert state_of(order) == state


@pytest.mark.parametrize("amount", ["120.01", "1000"])
def test_more_than_was_paid_is_not_given_back(paid: Order, amount: str) -> None:
    with pytest.raises(RefundPaymentFailed):
        give_back(paid, amount)
    assert state_of(paid) == "validated"


def test_a_payment_gives_back_no_more_than_itself(paid: Order) -> None:
    pay(paid, reference="pay_2")
    with pytest.raises(RefundPaymentFailed):
        give_back(paid, "150.00")
    with pytest.raises(RefundPaymentFailed):
        give_back(paid, "150.00", payment_reference="pay_2")


@pytest.mark.parametrize("amount", ["", "abc", "NaN", "Infinity", "0", "-20.00", "0.001", "1e400"])
def test_what_is_not_an_amount_is_not_given_back(paid: Order, amount: str) -> None:
    with pytest.raises(RefundPaymentFailed):
        give_back(paid, amount)


def test_a_payment_of_another_order_gives_nothing_back(paid: Order) -> None:
    other = PaymentFactory(provider_reference="pay_2").order
    with pytest.raises(RefundPaymentFailed):
        give_back(other, payment_reference="pay_1")


def test_a_payment_of_another_account_gives_nothing_back(paid: Order) -> None:
    with pytest.raises(RefundPaymentFailed):
        give_back(paid, backend="other")


@pytest.mark.parametrize("currency", ["USD", "eur", ""])
def test_another_currency_than_the_payment_s_is_not_given_back(paid: Order, currency: str) -> None:
    with pytest.raises(RefundPaymentFailed):
        give_back(paid, "20.00", currency=currency)


def test_the_reference_of_a_payment_names_no_refund(paid: Order) -> None:
    with pytest.raises(RefundPaymentFailed, match="pay_1"):
        give_back(paid, reference="pay_1")
    assert lines_of(paid) == [("payment", 120)]


@pytest.mark.parametrize("reference", ["", " "])
def test_a_refund_without_a_reference_is_not_booked(paid: Order, reference: str) -> None:
    Refund.objects.create(payment=paid.payments.get(), amount=Money("20.00", "EUR"))
    with pytest.raises(RefundPaymentFailed):
        give_back(paid, "20.00", reference=reference)


def test_a_refund_that_failed_stays_failed(paid: Order) -> None:
    refund = Refund.objects.create(
        payment=paid.payments.get(),
        amount=Money("20.00", "EUR"),
        state="failed",
        provider_reference="re_1",
    )
    assert give_back(paid, "20.00") == refund
    assert state_of(refund) == "failed"
    assert notes_of(paid) == []
