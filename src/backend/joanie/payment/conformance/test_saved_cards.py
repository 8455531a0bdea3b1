"""Cards that learners agree to save, and those they remove."""

import pytest

from joanie.payment.conformance.harness import Card, Feature
from joanie.payment.conformance.shop import Shop
from joanie.payment.models import CreditCard
from joanie.payment.services.card_setup import CardSetupRequest, start_card_setup

pytestmark = pytest.mark.needs(Feature.ONE_CLICK)
needs = pytest.mark.needs


def test_a_card_is_saved_while_paying(shop: Shop) -> None:
    """how-money-moves.md §6, save card."""
    card = shop.save_card()
    assert (card.owner, card.backend, card.state) == (shop.owner, "first", "active")
    assert card.is_main
    assert len(card.last_numbers) == 4
    assert shop.harness.has_card(card.token)


def test_a_card_is_not_saved_unasked(shop: Shop) -> None:
    """how-money-moves.md §1, only with consent."""
    shop.buy(saves=False)
    shop.compare_lately()
    assert not CreditCard.objects.exists()


def test_two_cards_are_two(shop: Shop) -> None:
    """how-money-moves.md §2, one main card."""
    first, second = shop.save_card(), shop.save_card(Card.OTHER_GOOD)
    assert first.token != second.token
    assert CreditCard.objects.filter(is_main=True).count() == 1


@needs(Feature.DECLINE_ON_PAGE)
def test_a_card_that_is_declined_is_not_saved(shop: Shop) -> None:
    """how-money-moves.md §6, decline and save card."""
    shop.buy(Card.DECLINED, saves=True)
    assert not CreditCard.objects.exists()


def test_a_card_that_is_removed_is_forgotten_by_the_provider(shop: Shop) -> None:
    """how-money-moves.md §6, delete card."""
    card = shop.save_card()
    shop.remove_card(card)
    assert not CreditCard.objects.exists()
    assert not shop.harness.has_card(card.token)


def test_removing_a_card_that_is_gone_already_is_success(shop: Shop) -> None:
    """how-money-moves.md §1, delete_credit_card."""
    card = shop.save_card()
    shop.harness.drop_card(card.token)
    shop.remove_card(card)
    assert not CreditCard.objects.exists()


def test_old_news_do_not_bring_a_removed_card_back(shop: Shop) -> None:
    """how-money-moves.md §4.5, the order of arrival does not matter."""
    shop.remove_card(shop.save_card())
    if shop.harness.deliver():
        shop.harness.send_again()
    shop.compare_lately()
    assert not CreditCard.objects.exists()


@needs(Feature.SAVES_WITHOUT_BUYING)
def test_a_card_is_saved_without_buying(shop: Shop) -> None:
    """how-money-moves.md §1, tokenize_card."""
    request = CardSetupRequest(base_url=shop.base_url, language="en", payment_method="first")
    started = start_card_setup(owner=shop.owner, request=request)
    shop.harness.save_card(started, Card.GOOD)
    shop.harness.deliver()
    card = CreditCard.objects.get()
    assert (card.owner, card.backend) == (shop.owner, "first")
    assert shop.harness.has_card(card.token)
    assert shop.harness.count_paid() == 0


@needs(Feature.SAVES_WITHOUT_BUYING)
def test_a_card_that_was_saved_without_buying_pays(shop: Shop) -> None:
    """how-money-moves.md §1, tokenize_card; §6, one click."""
    request = CardSetupRequest(base_url=shop.base_url, language="en", payment_method="first")
    started = start_card_setup(owner=shop.owner, request=request)
    shop.harness.save_card(started, Card.GOOD)
    shop.harness.deliver()
    assert shop.one_click(CreditCard.objects.get()).state == "validated"
