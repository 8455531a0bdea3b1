"""What happens to a learner's cards at the same moment leaves one main card, if any can pay."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.concurrency import at_once, winners
from tests.shop import Shop, fresh

from joanie.common.exceptions import Busy
from joanie.core.factories import UserFactory
from joanie.payment.factories import CreditCardFactory
from joanie.payment.ledger.credit_cards import remember_card, revoke_card
from joanie.payment.models import CreditCard
from joanie.payment.services.credit_cards import delete_card, forget_card, update_card

Races = Iterator[Shop]


def save_again(card: CreditCard) -> CreditCard:
    details: Any = {
        "token": card.token,
        "brand": card.brand,
        "last_numbers": card.last_numbers,
        "expiration_month": card.expiration_month,
        "expiration_year": card.expiration_year,
    }
    return remember_card(owner=card.owner, backend=card.backend, card=details)


def main_cards_of(owner: Any) -> list[CreditCard]:
    return [*CreditCard.objects.filter(owner=owner, is_main=True)]


def test_promotions_of_a_main_card(each_time: Races) -> None:
    for learner in each_time:
        CreditCardFactory(owner=learner.owner, is_main=True)
        cards = CreditCardFactory.create_batch(3, owner=learner.owner)
        promote = [partial(update_card, card=card, is_main=True) for card in cards]
        winners(at_once(*promote))
        (main,) = main_cards_of(learner.owner)
        assert main in cards


def test_a_promotion_and_the_removal_of_the_same_card(each_time: Races) -> None:
    for learner in each_time:
        main = CreditCardFactory(owner=learner.owner, is_main=True)
        card = CreditCardFactory(owner=learner.owner)
        at_once(partial(update_card, card=card, is_main=True), partial(delete_card, card=card))
        assert fresh(card).state == "deleting"
        assert main_cards_of(learner.owner) == [main]


def test_a_removal_and_the_saving_of_the_same_card(each_time: Races) -> None:
    for learner in each_time:
        card = CreditCardFactory(owner=learner.owner, is_main=True)
        delete_card(card=card)
        winners(at_once(partial(forget_card, card.pk), partial(save_again, card)))
        kept = CreditCard.objects.get(token=card.token)
        assert (kept.state, kept.owner) == ("active", learner.owner)
        assert main_cards_of(learner.owner) == [kept]


def test_workers_that_forget_a_card_and_an_owner_who_cannot_decide(each_time: Races) -> None:
    for learner in each_time:
        card = CreditCardFactory(owner=learner.owner, is_main=True)
        delete_card(card=card)
        results = at_once(
            partial(forget_card, card.pk),
            partial(forget_card, card.pk),
            partial(save_again, card),
            partial(delete_card, card=card),
        )
        winners(results, CreditCard.DoesNotExist, Busy)
        kept = CreditCard.objects.filter(token=card.token).first()
        if kept is not None and kept.state == "deleting":
            forget_card(kept.pk)
            kept = None
        assert main_cards_of(learner.owner) == ([kept] if kept else [])


def test_a_removal_and_a_revocation(each_time: Races) -> None:
    for learner in each_time:
        card = CreditCardFactory(owner=learner.owner, is_main=True)
        other = CreditCardFactory(owner=learner.owner)
        CreditCardFactory(owner=UserFactory())
        winners(at_once(partial(delete_card, card=card), partial(revoke_card, card.pk)))
        assert fresh(card).state == "deleting"
        assert main_cards_of(learner.owner) == [other]
