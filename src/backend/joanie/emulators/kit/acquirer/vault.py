"""Saving cards."""

from dataclasses import replace

from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.cards import Card, TestCard
from joanie.emulators.kit.acquirer.records import CardSetup
from joanie.emulators.kit.acquirer.state import State
from joanie.emulators.kit.acquirer.status import SetupStatus
from joanie.emulators.kit.errors import ApiError


def save_card(state: State, card: Card, account: Account) -> Card:
    """Give the card a token.

    A customer who saves the same card again gets the same token, unless the provider gives others.
    """
    with state.lock:
        for saved in state.saved_cards(account):
            is_same = (saved.customer, saved.test_card) == (card.customer, card.test_card)
            if state.provider.saves_a_card_once and card.customer and is_same:
                return saved
        token = card.token or state.provider.new_id("card")
        saved = replace(card, token=token)
        state.keep_card(saved, token, account)
        return saved


def set_up_card(state: State, setup_id: str, test_card: TestCard) -> CardSetup:
    """Save a card with no purchase. Only a refused card fails: nothing is charged."""
    with state.lock:
        setup = _open_setup(state, setup_id)
        if test_card.is_refused:
            return state.keep_setup(setup, status=SetupStatus.FAILED)
        card = save_card(state, Card(test_card, setup.page.customer), setup.page.account)
        setup = state.keep_setup(setup, status=SetupStatus.SUCCEEDED, card=card)
        state.announce_saved_card(card, setup)
        return setup


def cancel_setup(state: State, setup_id: str) -> CardSetup:
    with state.lock:
        return state.keep_setup(_open_setup(state, setup_id), status=SetupStatus.CANCELED)


def expire_setup(state: State, setup_id: str) -> CardSetup:
    """Close a page on which nobody saved a card, and tell so."""
    with state.lock:
        setup = cancel_setup(state, setup_id)
        state.announce_expired_setup(setup)
        return setup


def _open_setup(state: State, setup_id: str) -> CardSetup:
    setup = state.setup(setup_id)
    if setup.status is not SetupStatus.REQUIRES_CARD:
        raise ApiError(409, "already_settled", "This page has been answered already.")
    return setup
