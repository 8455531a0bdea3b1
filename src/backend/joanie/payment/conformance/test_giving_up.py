"""Aborting what is not paid, and money that comes all the same."""

import pytest

from joanie.common.money import to_minor_units
from joanie.payment.conformance.harness import Feature
from joanie.payment.conformance.shop import Shop
from joanie.payment.exceptions import AbortPaymentFailed
from joanie.payment.services.abort import OrderNotAbortable, abort_order

pytestmark = pytest.mark.needs(Feature.HOSTED_PAGE, Feature.ABORTS)
needs = pytest.mark.needs


def test_an_order_is_aborted_here_and_there(shop: Shop) -> None:
    """how-money-moves.md §6, abort."""
    purchase = shop.order()
    abort_order(order=purchase.order)
    assert (purchase.state, purchase.payment.state) == ("canceled", "canceled")
    assert not shop.harness.can_be_paid(purchase.reference)


def test_aborting_twice_is_success(shop: Shop) -> None:
    """how-money-moves.md §1, abort_payment."""
    reference = shop.order().reference
    for _ in range(2):
        shop.build().abort_payment(reference)
    assert not shop.harness.can_be_paid(reference)


@needs(Feature.READS)
def test_what_was_paid_meanwhile_is_too_late_to_abort(shop: Shop) -> None:
    """how-money-moves.md §5, abort refused; §6, abort too late."""
    shop.harness.hold()
    purchase = shop.buy()
    with pytest.raises((AbortPaymentFailed, OrderNotAbortable)) as refusal:
        abort_order(order=purchase.order)
    assert refusal.value.status == 409
    assert (purchase.state, purchase.lines) == ("validated", [shop.price])
    shop.harness.let_go()
    assert purchase.lines == [shop.price]


def test_another_attempt_closes_the_page_before(shop: Shop) -> None:
    """how-money-moves.md §2, the open attempt is aborted at the provider first."""
    purchase = shop.order()
    page = purchase.reference
    shop.pay_again(purchase)
    assert not shop.harness.can_be_paid(page)
    assert (purchase.state, purchase.lines) == ("validated", [shop.price])


@needs(Feature.NOTIFIES_OF_PAYMENTS, Feature.REFUNDS)
def test_money_that_comes_after_the_abort_goes_back(shop: Shop) -> None:
    """how-money-moves.md §4.9; §6, late notifications."""
    purchase = shop.order()
    abort_order(order=purchase.order)
    shop.harness.pay_after_all(purchase.reference)
    shop.harness.deliver()
    assert (purchase.state, purchase.payment.flag) == ("canceled", "late")
    shop.harness.settle(purchase.reference)
    shop.work()
    assert purchase.lines == [shop.price, -shop.price]
    assert shop.harness.refunded(purchase.reference) == to_minor_units(shop.price)


@needs(Feature.NOTIFIES_OF_PAYMENTS, Feature.REFUNDS)
def test_money_that_comes_twice_goes_back_once(shop: Shop) -> None:
    """how-money-moves.md §4.9, already paid by another attempt."""
    purchase = shop.order()
    page = purchase.reference
    shop.pay_again(purchase)
    shop.harness.pay_after_all(page)
    shop.harness.deliver()
    shop.harness.settle(page)
    shop.work()
    assert purchase.state == "validated"
    assert sorted(purchase.lines) == [-shop.price, shop.price, shop.price]
