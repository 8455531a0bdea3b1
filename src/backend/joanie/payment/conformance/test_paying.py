"""A first payment: on the provider's page, by its form, or with a nonce."""

import json

import pytest

from joanie.common.money import to_minor_units
from joanie.core.models import Order
from joanie.payment.backends.types import Capability
from joanie.payment.conformance.harness import Card, Feature
from joanie.payment.conformance.shop import Shop
from joanie.payment.exceptions import OrderAlreadyBought
from joanie.payment.services.return_page import refresh_on_return

needs = pytest.mark.needs


@pytest.mark.in_every_currency
def test_a_payment_is_booked_to_the_minor_unit(shop: Shop) -> None:
    """how-money-moves.md §6, hosted payment; §3, amounts."""
    purchase = shop.buy()
    assert shop.harness.asked(purchase.reference) == to_minor_units(shop.price)
    assert (purchase.state, purchase.payment.state) == ("validated", "succeeded")
    assert purchase.lines == [purchase.invoice.total] == [shop.price]
    assert purchase.invoice.state == "paid"


def test_checkout_is_told_what_the_contract_promises(shop: Shop) -> None:
    """how-money-moves.md §1, what create_payment returns."""
    purchase = shop.order()
    assert purchase.info["payment_id"] == purchase.reference != ""
    assert purchase.info["provider"] == shop.backend.name != ""
    assert isinstance(purchase.info["url"], str)


def test_what_the_browser_gets_holds_no_secret(shop: Shop) -> None:
    """how-money-moves.md §1, public data; §5, attacks."""
    told = [shop.order().info]
    if shop.backend.can(Capability.PUBLIC_CONFIGURATION):
        told.append(shop.build().get_public_configuration())
    assert [secret for secret in shop.harness.secrets() if secret in json.dumps(told)] == []


@needs(Feature.HOSTED_PAGE)
def test_nothing_is_bought_before_it_is_paid(shop: Shop) -> None:
    """how-money-moves.md §2, states of an order and of a payment."""
    purchase = shop.order()
    assert (purchase.state, purchase.payment.state) == ("pending", "pending")
    assert shop.harness.can_be_paid(purchase.reference)
    assert purchase.lines == []


@needs(Feature.HOSTED_PAGE)
def test_a_page_that_was_paid_is_closed(shop: Shop) -> None:
    """how-money-moves.md §4, exactly once."""
    purchase = shop.buy()
    assert not shop.harness.can_be_paid(purchase.reference)


def test_what_was_bought_cannot_be_paid_again(shop: Shop) -> None:
    """how-money-moves.md §2, buying again when it is validated."""
    product = shop.product()
    shop.buy(product=product)
    with pytest.raises(OrderAlreadyBought):
        shop.order(product=product)
    assert shop.harness.count_paid() == 1


@needs(Feature.DECLINE_ON_PAGE)
@pytest.mark.parametrize(
    ("card", "code"),
    [(Card.DECLINED, "declined"), (Card.NO_FUNDS, "insufficient_funds")],
    ids=["declined", "no_funds"],
)
def test_a_decline_fails_the_attempt_and_says_why(shop: Shop, card: Card, code: str) -> None:
    """how-money-moves.md §5, a decline; §6, decline."""
    purchase = shop.buy(card)
    assert (purchase.state, purchase.payment.state) == ("failed", "failed")
    assert purchase.payment.failure_code == code
    assert (purchase.lines, shop.harness.count_paid()) == ([], 0)


@needs(Feature.DECLINE_ON_PAGE)
def test_after_a_decline_the_same_order_can_be_paid(shop: Shop) -> None:
    """how-money-moves.md §6, retry."""
    purchase = shop.buy(Card.DECLINED)
    shop.pay_again(purchase)
    assert (purchase.state, purchase.lines) == ("validated", [shop.price])
    assert (Order.objects.count(), purchase.order.payments.count()) == (1, 2)
    assert shop.harness.count_paid() == 1


@needs(Feature.HOSTED_PAGE)
def test_a_challenge_on_the_page_is_answered(shop: Shop) -> None:
    """how-money-moves.md §6, hosted payment; 3-D Secure."""
    purchase = shop.order(Card.CHALLENGED)
    challenge = shop.pay(purchase, Card.CHALLENGED)
    assert purchase.state == "pending"
    shop.harness.answer_challenge(challenge, confirms=True)
    shop.harness.deliver()
    assert (purchase.state, purchase.lines) == ("validated", [shop.price])


@needs(Feature.HOSTED_PAGE)
def test_a_challenge_that_is_refused_pays_nothing(shop: Shop) -> None:
    """how-money-moves.md §6, hosted payment; 3-D Secure."""
    purchase = shop.order(Card.CHALLENGED)
    challenge = shop.pay(purchase, Card.CHALLENGED)
    shop.harness.answer_challenge(challenge, confirms=False)
    shop.harness.deliver()
    assert purchase.state in {"pending", "failed"}
    assert (purchase.lines, shop.harness.count_paid()) == ([], 0)


@needs(Feature.PROCESSING)
def test_a_bank_that_takes_its_time_is_waited_for(shop: Shop) -> None:
    """how-money-moves.md §2, processing."""
    shop.harness.keep_processing()
    purchase = shop.buy()
    assert (purchase.state, purchase.payment.state) == ("pending", "processing")
    shop.harness.finish_processing(purchase.reference, succeeds=True)
    shop.harness.deliver()
    assert (purchase.state, purchase.lines) == ("validated", [shop.price])


@needs(Feature.PROCESSING)
def test_a_bank_that_says_no_in_the_end_fails_the_attempt(shop: Shop) -> None:
    """how-money-moves.md §2, processing."""
    shop.harness.keep_processing()
    purchase = shop.buy()
    shop.harness.finish_processing(purchase.reference, succeeds=False)
    shop.harness.deliver()
    assert (purchase.state, purchase.lines) == ("failed", [])


@needs(Feature.EXPIRES)
def test_a_page_that_expired_can_be_made_anew(shop: Shop) -> None:
    """how-money-moves.md §2, expire; §6, retry."""
    purchase = shop.order()
    shop.harness.expire(purchase.reference)
    shop.harness.deliver()
    shop.let_time_pass()
    assert not purchase.payment.is_open
    shop.pay_again(purchase)
    assert (purchase.state, purchase.lines) == ("validated", [shop.price])


@needs(Feature.HOSTED_PAGE, Feature.NOTIFIES_OF_PAYMENTS, Feature.READS)
def test_a_lost_notification_is_made_up_for_by_the_pull(shop: Shop) -> None:
    """how-money-moves.md §4.8; §6, lost notification recovered by the pull."""
    shop.harness.lose_next(9)
    purchase = shop.buy()
    assert purchase.state == "pending"
    shop.let_time_pass()
    assert (purchase.state, purchase.lines) == ("validated", [shop.price])


@needs(Feature.HOSTED_PAGE, Feature.NOTIFIES_OF_PAYMENTS, Feature.READS)
def test_the_return_page_asks_before_the_notification_comes(shop: Shop) -> None:
    """how-money-moves.md §4.8, the return page."""
    shop.harness.hold()
    purchase = shop.buy()
    refresh_on_return(attempt_id=purchase.payment.pk)
    assert purchase.state == "validated"
    shop.harness.let_go()
    assert purchase.lines == [shop.price]


@needs(Feature.CLIENT_TOKENS)
def test_the_form_in_the_browser_gets_its_token(shop: Shop) -> None:
    """how-money-moves.md §1, create_client_token."""
    token = shop.build().create_client_token(shop.owner)
    assert isinstance(token, str)
    assert [secret for secret in shop.harness.secrets() if secret in token] == []
