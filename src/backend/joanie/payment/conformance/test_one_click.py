"""Paying with a saved card, the learner being present."""

import pytest

from joanie.common.exceptions import ProviderUnavailable
from joanie.core.factories import UserFactory
from joanie.core.models import Order
from joanie.payment.backends.types import Capability
from joanie.payment.conformance.harness import Card, Fault, Feature, Operation
from joanie.payment.conformance.shop import Purchase, Shop
from joanie.payment.exceptions import PaymentMethodUnusable, PaymentOutcomeUnknown
from joanie.payment.models import CreditCard, Payment

pytestmark = pytest.mark.needs(Feature.ONE_CLICK)
needs = pytest.mark.needs


@pytest.mark.in_every_currency
def test_a_saved_card_pays_in_one_click(shop: Shop) -> None:
    """how-money-moves.md §6, one click."""
    card = shop.save_card()
    purchase = shop.one_click(card)
    assert purchase.info["is_paid"] is True
    assert (purchase.state, purchase.lines) == ("validated", [shop.price])
    assert shop.harness.count_paid() == 2


def test_a_decline_in_one_click_is_a_value(shop: Shop) -> None:
    """how-money-moves.md §5, one click declined."""
    card = shop.save_card(Card.DECLINED_LATER)
    purchase = shop.one_click(card)
    assert purchase.info["is_paid"] is False
    assert purchase.info["failure_code"] == purchase.payment.failure_code == "declined"
    assert (purchase.state, purchase.lines) == ("failed", [])
    assert CreditCard.objects.get(pk=card.pk).state == "active"


def test_a_card_that_will_never_work_again_is_revoked(shop: Shop) -> None:
    """how-money-moves.md §5, revoked only on permanent codes."""
    card = shop.save_card()
    shop.harness.drop_card(card.token)
    purchase = shop.one_click(card)
    assert purchase.info["failure_code"] == "invalid_card"
    assert (purchase.state, purchase.lines) == ("failed", [])
    assert CreditCard.objects.get(pk=card.pk).state == "revoked"


def test_after_a_decline_another_means_pays_the_same_order(shop: Shop) -> None:
    """how-money-moves.md §6, retry."""
    product = shop.product()
    declined = shop.one_click(shop.save_card(Card.DECLINED_LATER), product=product)
    paid = shop.buy(product=product)
    assert paid.order_id == declined.order_id
    assert (paid.state, paid.lines) == ("validated", [shop.price])


@needs(Feature.ONE_CLICK_CHALLENGE)
def test_the_bank_can_ask_for_the_learner(shop: Shop) -> None:
    """how-money-moves.md §6, one click with challenge."""
    card = _save_challenged(shop)
    purchase = shop.one_click(card)
    assert purchase.info["is_paid"] is False
    assert purchase.info["url"]
    assert (purchase.state, purchase.payment.state) == ("pending", "pending")
    shop.harness.answer_challenge(purchase.info["url"], confirms=True)
    shop.harness.deliver()
    assert (purchase.state, purchase.lines) == ("validated", [shop.price])


@needs(Feature.ONE_CLICK_CHALLENGE)
def test_a_challenge_that_fails_pays_nothing(shop: Shop) -> None:
    """how-money-moves.md §6, one click with challenge."""
    purchase = shop.one_click(_save_challenged(shop))
    shop.harness.answer_challenge(purchase.info["url"], confirms=False)
    shop.harness.deliver()
    shop.let_time_pass()
    assert (purchase.state, purchase.lines) == ("failed", [])
    assert purchase.payment.failure_code == "authentication_failed"


def test_a_charge_of_unknown_outcome_is_not_made_twice(shop: Shop) -> None:
    """how-money-moves.md §2, 409 payment_outcome_unknown; §4.8, the pull."""
    card, product = shop.save_card(), shop.product()
    shop.harness.hold()
    lost = shop.failing(Operation.CHARGE, Fault.LOST_AFTER)
    with lost, pytest.raises(ProviderUnavailable) as told:
        shop.one_click(card, product=product)
    if shop.backend.can(Capability.FIND):
        shop.harness.fail(Operation.FIND, Fault.SERVER_ERROR)
    with pytest.raises(PaymentOutcomeUnknown):
        shop.one_click(card, product=product)
    shop.harness.let_go()
    shop.let_time_pass()
    purchase = Purchase(told.value.context["order_id"])
    assert (purchase.state, purchase.lines) == ("validated", [shop.price])
    assert shop.harness.count_paid() == 2


def test_somebody_elses_card_does_not_exist(shop: Shop) -> None:
    """how-money-moves.md §5, unknown or someone else's credit_card_id."""
    card = shop.save_card()
    calls, orders = shop.harness.count_calls(), Order.objects.count()
    shop.owner = UserFactory()
    with pytest.raises(PaymentMethodUnusable) as refusal:
        shop.one_click(card)
    assert refusal.value.field == "credit_card_id"
    assert (shop.harness.count_calls(), Order.objects.count()) == (calls, orders)


def test_a_card_pays_through_its_own_account(shop: Shop) -> None:
    """how-money-moves.md §2, one click always goes through the card's own backend."""
    card = shop.save_card(alias="second")
    purchase = shop.one_click(card)
    assert card.backend == purchase.payment.backend == "second"
    assert purchase.state == "validated"
    assert not Payment.objects.filter(backend="first").exists()


def _save_challenged(shop: Shop) -> CreditCard:
    """Save a card whose bank wants the learner each time: also now."""
    purchase = shop.order(Card.CHALLENGED, save_card=True)
    challenge = shop.pay(purchase, Card.CHALLENGED, saves=True)
    if challenge:
        shop.harness.answer_challenge(challenge, confirms=True)
        shop.harness.deliver()
    return CreditCard.objects.get()
