"""Money that goes back, whoever sends it."""

import pytest

from joanie.common.exceptions import JoanieError
from joanie.common.money import to_minor_units
from joanie.payment.conformance.harness import Feature
from joanie.payment.conformance.shop import Shop, at_once
from joanie.payment.exceptions import RefundTooLarge
from joanie.payment.models import Refund
from joanie.payment.services.refunds import submit_refund

needs = pytest.mark.needs


@pytest.mark.in_every_currency
@needs(Feature.REFUNDS)
def test_a_full_refund(shop: Shop) -> None:
    """how-money-moves.md §6, refund full."""
    purchase = shop.buy()
    refund = shop.give_back(purchase)
    assert (refund.state, purchase.state) == ("succeeded", "refunded")
    assert purchase.lines == [shop.price, -shop.price]
    assert purchase.invoice.state == "refunded"
    assert shop.harness.refunded(purchase.reference) == to_minor_units(shop.price)


@pytest.mark.in_every_currency
@needs(Feature.PARTIAL_REFUND, Feature.REFUNDS)
def test_partial_refunds_add_up(shop: Shop) -> None:
    """how-money-moves.md §6, refund partial."""
    purchase = shop.buy()
    shop.give_back(purchase, shop.part)
    assert (purchase.state, purchase.invoice.state) == ("validated", "partially_refunded")
    assert shop.harness.refunded(purchase.reference) == to_minor_units(shop.part)
    shop.give_back(purchase, shop.price - shop.part)
    assert (purchase.state, purchase.invoice.state) == ("refunded", "refunded")
    assert shop.harness.refunded(purchase.reference) == to_minor_units(shop.price)


@needs(Feature.REFUNDS)
def test_more_than_was_paid_is_not_given_back(shop: Shop) -> None:
    """how-money-moves.md §1, refund_payment: refused before any call is made."""
    purchase = shop.buy()
    calls = shop.harness.count_calls()
    with pytest.raises(RefundTooLarge):
        shop.ask_back(purchase, shop.price + shop.part)
    assert shop.harness.count_calls() == calls


@needs(Feature.REFUNDS)
def test_a_refund_that_is_sent_twice_is_made_once(shop: Shop) -> None:
    """how-money-moves.md §1, refund_payment: safe to repeat with its key."""
    purchase = shop.buy()
    refund = shop.ask_back(purchase)
    backend, sent = shop.build(), (purchase.reference, refund.amount, str(refund.pk))
    first, second = backend.refund_payment(*sent), backend.refund_payment(*sent)
    assert first.reference == second.reference
    shop.harness.deliver()
    submit_refund(refund.pk)
    assert purchase.lines == [shop.price, -shop.price]
    assert shop.harness.refunded(purchase.reference) == to_minor_units(shop.price)


@needs(Feature.REFUNDS)
def test_two_workers_with_one_refund_make_it_once(shop: Shop) -> None:
    """how-money-moves.md §4, exactly once."""
    purchase = shop.buy()
    refund = shop.ask_back(purchase)
    try:
        at_once(*[lambda: submit_refund(refund.pk)] * 2)
    except JoanieError:  # the one that came second may be refused, and is tried again
        submit_refund(refund.pk)
    shop.harness.deliver()
    assert purchase.lines == [shop.price, -shop.price]
    assert shop.harness.refunded(purchase.reference) == to_minor_units(shop.price)


@needs(Feature.REFUNDS, Feature.READS)
def test_what_went_back_elsewhere_does_not_go_back_twice(shop: Shop) -> None:
    """how-money-moves.md §4.5, a refund whose notification was lost, asked for once more."""
    purchase = shop.buy()
    shop.harness.lose_next(9)
    shop.refund_elsewhere(purchase)
    shop.give_back(purchase)
    shop.compare_lately()
    assert (purchase.state, purchase.lines) == ("refunded", [shop.price, -shop.price])
    assert shop.harness.refunded(purchase.reference) == to_minor_units(shop.price)


@needs(Feature.REFUND_ELSEWHERE)
def test_a_refund_in_the_back_office_is_booked(shop: Shop) -> None:
    """how-money-moves.md §6, refund from the dashboard."""
    purchase = shop.buy()
    shop.refund_elsewhere(purchase)
    refund = Refund.objects.get()
    assert (refund.state, refund.origin) == ("succeeded", "provider")
    assert (purchase.state, purchase.lines) == ("refunded", [shop.price, -shop.price])


@needs(Feature.REFUND_ELSEWHERE, Feature.PARTIAL_REFUND)
def test_parts_given_back_in_the_back_office_add_up(shop: Shop) -> None:
    """how-money-moves.md §6, refund from the dashboard."""
    purchase = shop.buy()
    for _ in range(2):
        shop.refund_elsewhere(purchase, shop.part)
    assert purchase.lines == [shop.price, -shop.part, -shop.part]
    assert (purchase.state, purchase.invoice.state) == ("validated", "partially_refunded")


@needs(Feature.READS)
def test_a_refund_that_nobody_told_of_is_found_by_the_comparison(shop: Shop) -> None:
    """how-money-moves.md §4.8, the pull."""
    purchase = shop.buy()
    shop.harness.lose_next(9)
    shop.refund_elsewhere(purchase)
    shop.compare_lately()
    assert (purchase.state, purchase.lines) == ("refunded", [shop.price, -shop.price])


@needs(Feature.REFUND_FAILS_LATER, Feature.REFUNDS)
def test_a_refund_that_fails_later_is_taken_back(shop: Shop) -> None:
    """how-money-moves.md §2, reinstate; refunds that had succeeded."""
    purchase = shop.buy()
    refund = shop.give_back(purchase)
    shop.harness.fail_refund(refund.provider_reference)
    shop.harness.deliver()
    assert Refund.objects.get().state == "failed"
    assert purchase.lines == [shop.price, -shop.price, shop.price]
    assert purchase.state == "validated"
