"""What goes back before a payment is settled, and what never came."""

import pytest

from joanie.common.exceptions import ProviderUnavailable
from joanie.emulators.braintree.settlement import settle, void
from joanie.payment.conformance.harness import Fault, Operation
from joanie.payment.conformance.shop import Purchase, Shop
from joanie.payment.exceptions import AbortPaymentFailed
from joanie.payment.models import Payment, Refund
from joanie.payment.services.forgotten_work import take_up_forgotten_work
from joanie.payment.services.pull import pull_payment
from joanie.payment.services.refunds import refund_payment, submit_refund


def ask_back(purchase: Purchase, amount: object = None) -> Refund:
    """Ask for money back on the day of the sale."""
    payment = purchase.payment
    return refund_payment(payment=payment, amount=amount or payment.amount, reason="Asked")


def test_all_of_what_is_not_settled_is_voided(shop: Shop) -> None:
    purchase = shop.buy()
    refund = submit_refund(ask_back(purchase).pk)
    assert (refund.state, refund.provider_reference) == (
        "succeeded",
        f"{purchase.reference}-void",
    )
    assert (purchase.state, purchase.lines) == ("refunded", [shop.price, -shop.price])


def test_a_void_is_booked_once_whoever_tells_of_it(shop: Shop) -> None:
    purchase = shop.buy()
    submit_refund(ask_back(purchase).pk)
    pull_payment(purchase.payment)
    shop.compare_lately()
    assert (purchase.lines, Refund.objects.count()) == ([shop.price, -shop.price], 1)


@pytest.mark.parametrize("comes_first", ["the job", "the pull", "the forgotten work"])
def test_a_void_whose_answer_was_lost_is_ours(shop: Shop, comes_first: str) -> None:
    purchase = shop.buy()
    refund = ask_back(purchase)
    with shop.failing(Operation.ABORT, Fault.LOST_AFTER), pytest.raises(ProviderUnavailable):
        submit_refund(refund.pk)
    if comes_first == "the pull":
        pull_payment(purchase.payment)
    elif comes_first == "the forgotten work":
        Refund.objects.update(created_on="2020-01-01T00:00Z")
        take_up_forgotten_work()
    submit_refund(refund.pk)
    assert Refund.objects.get().state == "succeeded"
    assert (purchase.state, purchase.lines) == ("refunded", [shop.price, -shop.price])


def test_a_void_in_the_control_panel_is_found_by_the_comparison(shop: Shop) -> None:
    purchase = shop.buy()
    void(shop.harness.state, purchase.reference)
    shop.compare_lately()
    assert Refund.objects.get().origin == "provider"
    assert (purchase.state, purchase.lines) == ("refunded", [shop.price, -shop.price])


def test_what_went_back_of_an_old_payment_is_found_too(shop: Shop) -> None:
    purchase = shop.buy()
    shop.refund_elsewhere(purchase, shop.part)
    Payment.objects.update(created_on="2020-01-01T00:00Z")
    state = shop.harness.state
    state.keep_payment(state.payment(purchase.reference), created=0.0)
    shop.compare_lately()
    assert purchase.lines == [shop.price, -shop.part]


def test_a_part_of_what_is_not_settled_waits(shop: Shop) -> None:
    purchase = shop.buy()
    refund = ask_back(purchase, shop.part)
    with pytest.raises(ProviderUnavailable, match="not settled"):
        submit_refund(refund.pk)
    assert Refund.objects.get().state == "requested"
    shop.harness.settle(purchase.reference)
    assert submit_refund(refund.pk).state == "succeeded"
    assert purchase.lines == [shop.price, -shop.part]


def test_a_part_that_waits_is_taken_up_the_next_night(shop: Shop) -> None:
    purchase = shop.buy()
    ask_back(purchase, shop.part)
    Refund.objects.update(created_on="2020-01-01T00:00Z")
    shop.harness.settle(purchase.reference)
    assert take_up_forgotten_work() >= 1
    shop.work()
    assert purchase.lines == [shop.price, -shop.part]


def test_a_part_that_was_refused_while_settling_is_given_back_once(shop: Shop) -> None:
    purchase = shop.buy()
    refund = ask_back(purchase, shop.part)
    settle(shop.harness.state, purchase.reference, "settling")
    shop.harness.emulator.controls.replace({"late_refund": True}, operations=())
    for _ in range(2):
        with pytest.raises(ProviderUnavailable, match="not settled"):
            submit_refund(refund.pk)
    shop.harness.settle(purchase.reference)
    assert submit_refund(refund.pk).state == "succeeded"
    assert submit_refund(refund.pk).state == "succeeded"
    assert purchase.lines == [shop.price, -shop.part]
    assert len(shop.harness.find(purchase.reference).refunds) == 1


def test_a_void_that_comes_too_late_becomes_a_refund(shop: Shop) -> None:
    purchase = shop.buy()
    shop.harness.emulator.controls.replace({"late_void": True}, operations=())
    refund = submit_refund(ask_back(purchase).pk)
    assert (refund.state, purchase.state) == ("succeeded", "refunded")
    assert not refund.provider_reference.endswith("-void")


def test_a_settlement_that_is_refused_is_money_that_was_lost(shop: Shop) -> None:
    purchase = shop.buy()
    settle(shop.harness.state, purchase.reference, "settlement_declined")
    for _ in range(2):
        shop.compare_lately()
    assert purchase.lines == [shop.price, -shop.price]
    assert purchase.payment.state == "reversed"


def test_money_that_never_came_is_not_given_back(shop: Shop) -> None:
    purchase = shop.buy()
    refund = ask_back(purchase)
    settle(shop.harness.state, purchase.reference, "settlement_declined")
    assert submit_refund(refund.pk).state == "failed"


def test_what_is_booked_is_too_late_to_abort(shop: Shop) -> None:
    purchase = shop.buy()
    with pytest.raises(AbortPaymentFailed):
        shop.build().abort_payment(purchase.reference)
    assert shop.harness.refunded(purchase.reference) == 0


def test_what_is_not_booked_here_is_voided(shop: Shop) -> None:
    lost = shop.failing(Operation.CREATE, Fault.LOST_AFTER)
    with lost, pytest.raises(ProviderUnavailable):
        shop.order()
    (sale,) = shop.harness.state.all_payments()
    for _ in range(2):
        shop.build().abort_payment(sale.id)
    assert shop.harness.refunded(sale.id) == sale.amount
    assert pull_payment(Payment.objects.get()).state == "canceled"


def test_a_refund_that_was_declined_fails(shop: Shop) -> None:
    purchase = shop.buy()
    refund = shop.ask_back(purchase)
    shop.harness.emulator.controls.replace({"refunds": "failed"}, operations=())
    assert submit_refund(refund.pk).state == "failed"
    assert purchase.state == "validated"
