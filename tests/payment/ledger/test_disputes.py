"""Money that a bank takes back, and gives again when the dispute was won."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.payment.ledger.books import (
    access_changes,
    charge_back,
    give_back,
    invoice_of,
    lines_of,
    notes_of,
    pay,
    queued,
    state_of,
    take_back,
    win_back,
)
from tests.shop import fresh

from joanie.common.money import Money
from joanie.core.factories import OrderFactory
from joanie.core.models import Order
from joanie.payment.exceptions import RefundPaymentFailed
from joanie.payment.factories import PaymentFactory
from joanie.payment.ledger.balance import Balance
from joanie.payment.ledger.money_back import sum_of
from joanie.payment.ledger.refunds import refundable
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import Payment, Refund

pytestmark = pytest.mark.django_db

PRICES = [Money("120.00", "EUR"), Money("15000", "JPY"), Money("12.345", "KWD")]


def _paid(price: Money | None = None) -> Order:
    changes = {"order__total": price} if price else {}
    order: Order = PaymentFactory(provider_reference="pay_1", **changes).order
    pay(order)
    return order


@pytest.fixture
def order() -> Order:
    return _paid()


def _payment(order: Order) -> Payment:
    return order.payments.get()


@pytest.mark.parametrize("price", PRICES, ids=str)
def test_what_the_bank_takes_back_is_booked_and_access_goes(price: Money) -> None:
    order = _paid(price)
    dispute = charge_back(order)
    assert (dispute.origin, dispute.state, dispute.is_undecided) == ("bank", "succeeded", True)
    assert lines_of(order) == [("payment", price.amount), ("chargeback", -price.amount)]
    assert (invoice_of(order).state, state_of(order)) == ("refunded", "refunded")
    assert access_changes(order) == ["validated", "refunded"]
    assert (_payment(order).state, _payment(order).flag) == ("succeeded", "disputed")
    assert [*verify_ledger()] == []


def test_a_part_that_the_bank_takes_back_leaves_the_course(order: Order) -> None:
    charge_back(order, "20.00")
    assert (invoice_of(order).state, state_of(order)) == ("partially_refunded", "validated")
    assert refundable(_payment(order)) == Money(100, "EUR")


def test_its_credit_note_says_that_it_was_disputed(order: Order) -> None:
    charge_back(order)
    (note,) = notes_of(order)
    assert note.total == Money(-120, "EUR")
    assert (note.content["reason"], note.content["is_disputed"]) == ("Disputed at the bank", True)
    assert note.content["payment"]["reference"] == "dp_1"


@pytest.mark.parametrize("price", PRICES, ids=str)
def test_a_dispute_that_was_won_brings_the_order_back(price: Money) -> None:
    order = _paid(price)
    dispute = charge_back(order)
    assert win_back(order) == dispute
    total = price.amount
    assert [amount for _, amount in lines_of(order)] == [total, -total, total]
    assert lines_of(order)[-1][0] == "chargeback_reversal"
    assert [note.total.amount for note in notes_of(order)] == [-total, total]
    assert (invoice_of(order).state, state_of(order)) == ("paid", "validated")
    assert (state_of(dispute), _payment(order).flag) == ("failed", "")
    assert [*verify_ledger()] == []


def test_a_dispute_that_was_lost_in_full_reverses_the_payment(order: Order) -> None:
    charge_back(order)
    charge_back(order, is_lost=True)
    assert (_payment(order).state, _payment(order).flag) == ("reversed", "")
    assert lines_of(order) == [("payment", 120), ("chargeback", -120)]
    assert [*verify_ledger()] == []


def test_a_part_that_was_lost_reverses_nothing_until_all_is(order: Order) -> None:
    charge_back(order, "20.00", is_lost=True)
    assert (_payment(order).state, _payment(order).flag) == ("succeeded", "")
    charge_back(order, "100.00", "dp_2", is_lost=True)
    assert _payment(order).state == "reversed"


def test_a_settlement_that_was_refused_reverses_at_once(order: Order) -> None:
    charge_back(order, is_lost=True)
    assert (_payment(order).state, _payment(order).flag) == ("reversed", "")
    assert state_of(order) == "refunded"


def test_told_again_it_changes_nothing(order: Order) -> None:
    charge_back(order, "20.00")
    assert charge_back(order, "20.00") == charge_back(order, "99.00") == Refund.objects.get()
    win_back(order)
    lines = lines_of(order)
    win_back(order)
    charge_back(order, "20.00", is_lost=True)
    assert lines_of(order) == lines
    assert state_of(Refund.objects.get()) == "failed"


def test_a_dispute_that_was_lost_and_won_after_all_brings_the_money(order: Order) -> None:
    charge_back(order, is_lost=True)
    win_back(order)
    assert (state_of(order), _payment(order).state) == ("validated", "reversed")
    assert refundable(_payment(order)) == order.total
    assert [*verify_ledger()] == []


def test_a_flag_stays_while_another_dispute_is_undecided(order: Order) -> None:
    charge_back(order, "20.00", "dp_1")
    charge_back(order, "30.00", "dp_2")
    win_back(order, "dp_2")
    assert _payment(order).flag == "disputed"
    charge_back(order, "20.00", "dp_1", is_lost=True)
    assert _payment(order).flag == ""


def test_another_flag_stays(order: Order) -> None:
    second = pay(order, reference="pay_2")
    assert second.flag == "late"
    charge_back(order, payment_reference="pay_2")
    assert fresh(second).flag == "late"
    win_back(order)
    assert fresh(second).flag == "late"


def test_what_was_refunded_can_be_taken_back_too(order: Order) -> None:
    give_back(order)
    charge_back(order)
    assert (invoice_of(order).state, state_of(order)) == ("refunded", "refunded")
    assert len(notes_of(order)) == 1
    assert sum_of(_payment(order)) == Money(-120, "EUR")
    assert [*verify_ledger()] == []


def test_more_that_went_back_than_came_is_flagged_when_it_is_lost_too(order: Order) -> None:
    give_back(order, "50.00")
    charge_back(order, is_lost=True)
    assert (_payment(order).state, _payment(order).flag) == ("reversed", "disputed")
    assert Balance.of(order) == Balance(Decimal(120), Decimal(-120), Decimal(-50))


def test_a_refund_that_is_confirmed_after_the_bank_took_the_money_is_booked(order: Order) -> None:
    charge_back(order, is_lost=True)
    give_back(order, "50.00")
    assert lines_of(order)[-1] == ("refund", -50)
    assert _payment(order).flag == "disputed"
    assert [*verify_ledger()] == []


@pytest.mark.parametrize("is_refunded_first", [True, False])
def test_what_is_left_after_a_dispute_was_won_is_the_same(is_refunded_first: bool) -> None:
    order = _paid()
    for book in [give_back, charge_back] if is_refunded_first else [charge_back, give_back]:
        book(order, "50.00" if book is give_back else None)
    win_back(order)
    assert Balance.of(order) == Balance(Decimal(120), Decimal(-50), Decimal(70))
    assert (invoice_of(order).state, state_of(order)) == ("partially_refunded", "validated")
    assert (_payment(order).flag, [*verify_ledger()]) == ("", [])


def test_a_refund_that_fails_after_the_bank_took_all_leaves_nothing_to_ask_for(
    order: Order,
) -> None:
    give_back(order, "50.00")
    charge_back(order)
    take_back(order)
    assert Balance.of(order) == Balance(Decimal(120), Decimal(-120), Decimal(0))
    assert (invoice_of(order).state, state_of(order)) == ("refunded", "refunded")
    win_back(order)
    assert (invoice_of(order).state, state_of(order)) == ("paid", "validated")
    assert [*verify_ledger()] == []


def test_an_excess_that_the_bank_takes_credits_nothing(order: Order) -> None:
    pay(order, reference="pay_2")
    charge_back(order, payment_reference="pay_2", is_lost=True)
    assert (notes_of(order), state_of(order)) == ([], "validated")


def test_another_currency_is_taken_back_from_suspense() -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    pay(order, "500", currency="JPY")
    assert charge_back(order, "500").transactions.get().is_suspense
    win_back(order)
    assert (notes_of(order), [*verify_ledger()]) == ([], [])
    assert state_of(order) == "pending"


def test_a_learner_who_bought_again_keeps_the_new_order(order: Order) -> None:
    charge_back(order)
    again = OrderFactory(owner=order.owner, product=order.product, state="validated")
    win_back(order)
    assert (state_of(order), state_of(again)) == ("refunded", "validated")
    assert _payment(order).flag == "late"
    assert queued("joanie.payment.refund_unusable_money") == [{"order_id": str(order.pk)}]


def test_an_order_being_refunded_is_refunded_by_the_bank(order: Order) -> None:
    Refund.objects.create(payment=_payment(order), amount=order.total)
    Order.objects.update(state="refunding")
    charge_back(order)
    assert state_of(order) == "refunded"


def test_without_a_name_the_payment_that_has_enough_left_is_disputed(order: Order) -> None:
    second = pay(order, reference="pay_2")
    give_back(order, "100.00", payment_reference="pay_1")
    assert charge_back(order, "30.00").payment == second
    with pytest.raises(RefundPaymentFailed, match="can be the one"):
        charge_back(order, "100.00", "dp_2")


@pytest.mark.parametrize("book", [charge_back, win_back])
def test_a_dispute_before_its_payment_waits(book: Callable[..., Refund]) -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    with pytest.raises(RefundPaymentFailed):
        book(order, amount="120.00")
    assert not Refund.objects.exists()


def test_a_dispute_that_was_won_and_is_not_known_waits(order: Order) -> None:
    with pytest.raises(RefundPaymentFailed, match="not known yet"):
        win_back(order)


@pytest.mark.parametrize("amount", ["", "abc", "NaN", "0", "-20.00", "0.001", "1e400"])
def test_what_is_not_an_amount_is_not_taken_back(order: Order, amount: str) -> None:
    with pytest.raises(RefundPaymentFailed):
        charge_back(order, amount)
    assert lines_of(order) == [("payment", 120)]


def test_another_currency_than_the_payment_s_is_not_taken_back(order: Order) -> None:
    with pytest.raises(RefundPaymentFailed, match="payment in EUR"):
        charge_back(order, currency="USD")


@pytest.mark.parametrize("reference", ["", " ", "pay_1", "re_1"])
def test_a_reference_that_names_something_else_names_no_dispute(
    order: Order, reference: str
) -> None:
    give_back(order, "20.00", "re_1")
    with pytest.raises(RefundPaymentFailed):
        charge_back(order, "20.00", reference)


def test_a_dispute_of_another_order_is_not_taken_for_ours(order: Order) -> None:
    other = PaymentFactory(provider_reference="pay_2").order
    pay(other, reference="pay_2")
    charge_back(other)
    with pytest.raises(RefundPaymentFailed, match="dp_1"):
        charge_back(order)
    assert state_of(order) == "validated"


def test_the_reference_of_a_dispute_names_no_refund(order: Order) -> None:
    charge_back(order, "20.00")
    with pytest.raises(RefundPaymentFailed, match="names a chargeback"):
        give_back(order, "20.00", "dp_1")
    with pytest.raises(RefundPaymentFailed):
        take_back(order, "dp_1")
    assert state_of(Refund.objects.get()) == "succeeded"


def test_no_refund_of_what_the_bank_took_back_is_left_to_ask_for(order: Order) -> None:
    charge_back(order)
    assert refundable(_payment(order)) == Money(0, "EUR")
