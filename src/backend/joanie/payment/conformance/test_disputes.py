"""What the learner's bank takes back, and gives again."""

import pytest

from joanie.payment.conformance.harness import Feature
from joanie.payment.conformance.shop import Purchase, Shop

needs = pytest.mark.needs
pytestmark = needs(Feature.DISPUTES)


def dispute(shop: Shop) -> tuple[Purchase, str]:
    """Have the bank take a payment back."""
    purchase = shop.buy()
    shop.harness.settle(purchase.reference)
    reference = shop.harness.dispute(purchase.reference)
    shop.harness.deliver()
    return purchase, reference


@pytest.mark.in_every_currency
def test_a_dispute_takes_the_money_and_is_shown(shop: Shop) -> None:
    """how-money-moves.md §3, chargeback."""
    purchase, _ = dispute(shop)
    assert purchase.lines == [shop.price, -shop.price]
    assert purchase.payment.flag == "disputed"


def test_a_dispute_that_is_told_twice_is_one(shop: Shop) -> None:
    """how-money-moves.md §4.5, idempotent hooks."""
    purchase, _ = dispute(shop)
    shop.harness.send_again()
    shop.compare_lately()
    assert purchase.lines == [shop.price, -shop.price]


def test_a_dispute_that_is_won_gives_the_money_again(shop: Shop) -> None:
    """how-money-moves.md §3, chargeback_reversal."""
    purchase, reference = dispute(shop)
    shop.harness.decide_dispute(reference, is_won=True)
    shop.harness.deliver()
    assert purchase.lines == [shop.price, -shop.price, shop.price]
    assert (purchase.state, purchase.payment.flag) == ("validated", "")


def test_a_dispute_that_is_lost_reverses_the_payment(shop: Shop) -> None:
    """how-money-moves.md §2, reverse."""
    purchase, reference = dispute(shop)
    shop.harness.decide_dispute(reference, is_won=False)
    shop.harness.deliver()
    assert purchase.lines == [shop.price, -shop.price]
    assert purchase.payment.state == "reversed"


@needs(Feature.READS)
def test_a_dispute_that_nobody_told_of_is_found_by_the_comparison(shop: Shop) -> None:
    """how-money-moves.md §4.8, the pull."""
    purchase = shop.buy()
    shop.harness.settle(purchase.reference)
    shop.harness.lose_next(9)
    shop.harness.dispute(purchase.reference)
    shop.harness.deliver()
    shop.compare_lately()
    assert purchase.lines == [shop.price, -shop.price]
