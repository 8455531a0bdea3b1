"""Which refund and which payment a provider speaks of."""

import pytest
from tests.payment.ledger.books import give_back, lines_of, pay, state_of

from joanie.common.money import Money
from joanie.core.models import Order
from joanie.payment.exceptions import RefundPaymentFailed
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Refund, Transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    order: Order = PaymentFactory(provider_reference="pay_1").order
    pay(order)
    return order


@pytest.mark.parametrize("state", ["requested", "pending"])
def test_our_refund_is_found_by_its_id(order: Order, state: str) -> None:
    amount = Money("20.00", "EUR")
    refund = Refund.objects.create(payment=order.payments.get(), amount=amount, state=state)
    assert give_back(order, "20.00", refund_id=refund.pk) == refund
    kept = Refund.objects.get()
    assert (kept.state, kept.provider_reference) == ("succeeded", "re_1")


def test_our_refund_is_found_by_its_reference(order: Order) -> None:
    refund = Refund.objects.create(
        payment=order.payments.get(),
        amount=Money("20.00", "EUR"),
        state="pending",
        provider_reference="re_1",
    )
    assert give_back(order, "20.00") == refund


def test_a_refund_of_ours_that_was_made_a_second_time_is_booked_as_another(order: Order) -> None:
    refund = Refund.objects.create(payment=order.payments.get(), amount=Money("20.00", "EUR"))
    give_back(order, "20.00", "re_1", refund_id=refund.pk)
    again = give_back(order, "20.00", "re_2", refund_id=refund.pk)
    assert (again == refund, again.origin) == (False, "provider")
    assert give_back(order, "20.00", "re_2", refund_id=refund.pk) == again
    assert lines_of(order) == [("payment", 120), ("refund", -20), ("refund", -20)]


def test_what_may_be_our_refund_waits_for_the_answer_to_our_call(order: Order) -> None:
    refund = Refund.objects.create(payment=order.payments.get(), amount=Money("20.00", "EUR"))
    assert give_back(order, "30.00", reference="re_0") != refund
    with pytest.raises(RefundPaymentFailed, match="not answered yet"):
        give_back(order, "20.00", "re_1")
    give_back(order, "20.00", "re_2", refund_id=refund.pk)
    give_back(order, "20.00", "re_1")
    assert [amount for _, amount in lines_of(order)] == [120, -30, -20, -20]


def test_what_was_confirmed_is_booked_whatever_we_asked_for(order: Order) -> None:
    refund = Refund.objects.create(payment=order.payments.get(), amount=Money("20.00", "EUR"))
    assert give_back(order, "15.00", refund_id=refund.pk).amount == Money("15.00", "EUR")
    assert lines_of(order) == [("payment", 120), ("refund", -15)]


def test_a_refund_made_at_the_provider_gets_a_row(order: Order) -> None:
    refund = give_back(order, "20.00")
    assert refund.payment == order.payments.get()
    assert (refund.state, refund.origin) == ("succeeded", "provider")
    assert refund.provider_reference == "re_1"


def test_the_payment_that_was_named_is_given_back(order: Order) -> None:
    second = pay(order, reference="pay_2")
    assert give_back(order, payment_reference="pay_2").payment == second


def test_without_a_name_the_payment_that_has_enough_left_is_given_back(order: Order) -> None:
    second = pay(order, reference="pay_2")
    give_back(order, "100.00", payment_reference="pay_1")
    assert give_back(order, "30.00", reference="re_2").payment == second


@pytest.mark.parametrize("amount", ["20.00", "20.50"])
def test_without_a_name_the_order_s_own_currency_is_given_back(amount: str) -> None:
    order = PaymentFactory(provider_reference="pay_0").order
    pay(order, "15000", reference="pay_0", currency="JPY")
    pay(order, reference="pay_1")
    refund = give_back(order, amount)
    assert (refund.payment.provider_reference, refund.amount) == ("pay_1", Money(amount, "EUR"))


def test_a_refund_of_another_order_is_not_taken_for_ours(order: Order) -> None:
    other = PaymentFactory(provider_reference="pay_2").order
    pay(other, reference="pay_2")
    give_back(other, reference="re_1")
    with pytest.raises(RefundPaymentFailed, match="re_1"):
        give_back(order, reference="re_1")
    assert (state_of(other), state_of(order)) == ("refunded", "validated")
    assert Transaction.objects.filter(kind="refund").count() == 1


def test_the_same_reference_at_another_account_is_another_refund(order: Order) -> None:
    other = PaymentFactory(provider_reference="pay_1", backend="other").order
    pay(other, backend="other")
    give_back(other, backend="other")
    give_back(order)
    assert (state_of(other), state_of(order)) == ("refunded", "refunded")
