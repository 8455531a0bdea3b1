"""Refunds that a provider refused, and failures of refunds that we do not know."""

import pytest
from tests.payment.ledger.books import give_back, lines_of, pay, state_of, take_back

from joanie.common.money import Money
from joanie.core.models import Order
from joanie.payment.exceptions import RefundPaymentFailed
from joanie.payment.factories import PaymentFactory
from joanie.payment.ledger.refunds import book_refund_refusal
from joanie.payment.models import Refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    order: Order = PaymentFactory(provider_reference="pay_1").order
    pay(order)
    return order


def _request(order: Order, **details: str) -> Refund:
    payment = order.payments.get()
    return Refund.objects.create(payment=payment, amount=Money("20.00", "EUR"), **details)


@pytest.mark.parametrize("state", ["requested", "pending"])
def test_a_refusal_is_written_down(order: Order, state: str) -> None:
    refund = _request(order, state=state)
    assert book_refund_refusal(refund_id=refund.pk, failure="The card is closed") == refund
    kept = Refund.objects.get()
    assert (kept.state, kept.failure) == ("failed", "The card is closed")
    assert lines_of(order) == [("payment", 120)]


def test_a_refusal_says_nothing_of_what_was_confirmed(order: Order) -> None:
    refund = _request(order)
    give_back(order, "20.00", refund_id=refund.pk)
    book_refund_refusal(refund_id=refund.pk)
    assert state_of(refund) == "succeeded"
    assert lines_of(order) == [("payment", 120), ("refund", -20)]


def test_a_refusal_that_comes_twice_is_one_refusal(order: Order) -> None:
    refund = _request(order)
    book_refund_refusal(refund_id=refund.pk, failure="The card is closed")
    book_refund_refusal(refund_id=refund.pk, failure="Again")
    assert Refund.objects.get().failure == "The card is closed"


def test_a_failure_is_found_by_the_id_of_the_refund(order: Order) -> None:
    refund, other = _request(order), _request(order)
    assert take_back(order, "re_1", refund_id=refund.pk) == refund
    assert (state_of(refund), state_of(other)) == ("failed", "requested")
    assert Refund.objects.get(pk=refund.pk).provider_reference == "re_1"


@pytest.mark.parametrize("reference", ["", " ", "re_1"])
def test_the_failure_of_an_unknown_refund_waits(order: Order, reference: str) -> None:
    refund = _request(order)
    with pytest.raises(RefundPaymentFailed):
        take_back(order, reference)
    assert state_of(refund) == "requested"


def test_the_failure_of_another_order_s_refund_waits(order: Order) -> None:
    refund = _request(order, state="pending", provider_reference="re_1")
    with pytest.raises(RefundPaymentFailed):
        take_back(PaymentFactory().order)
    with pytest.raises(RefundPaymentFailed):
        take_back(order, backend="other")
    assert state_of(refund) == "pending"


def test_an_unknown_refund_that_failed_is_written_down_with_its_amount(order: Order) -> None:
    refund = take_back(order, "re_1", amount="20.00", payment_reference="pay_1")
    assert refund is not None
    assert (refund.state, refund.origin) == ("failed", "provider")
    assert refund.amount == Money("20.00", "EUR")
    assert give_back(order, "20.00", "re_1") == refund
    assert lines_of(order) == [("payment", 120)]


@pytest.mark.parametrize("amount", ["120.01", "0", "-20.00", "abc"])
def test_an_unknown_refund_of_what_cannot_be_waits(order: Order, amount: str) -> None:
    with pytest.raises(RefundPaymentFailed):
        take_back(order, "re_1", amount=amount, payment_reference="pay_1")
    assert not Refund.objects.exists()
