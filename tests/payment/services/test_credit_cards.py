"""What owners do with their cards, and the main one among them."""

from datetime import date
from typing import Any

import pytest
from pytest_django import Settings
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment

from joanie.common.exceptions import ProviderUnavailable
from joanie.core.factories import UserFactory
from joanie.payment.backends.dummy import DummyPaymentBackend
from joanie.payment.exceptions import CardUnusable
from joanie.payment.factories import CreditCardFactory
from joanie.payment.ledger.credit_cards import remember_card
from joanie.payment.models import CreditCard
from joanie.payment.services.credit_cards import (
    MainCardNeeded,
    delete_card,
    expire_cards,
    forget_card,
    update_card,
)

CARD = {
    "token": "card_1",
    "brand": "Visa",
    "last_numbers": "4242",
    "expiration_month": 12,
    "expiration_year": 2031,
}


@pytest.mark.django_db
def test_the_same_token_twice_is_one_card_with_its_present_details() -> None:
    owner = UserFactory()
    first = remember_card(owner=owner, backend="dummy", card=CARD)
    again = remember_card(owner=owner, backend="dummy", card={**CARD, "expiration_year": 2035})
    assert again.pk == first.pk
    assert again.expiration_year == 2035


@pytest.mark.django_db
def test_a_token_is_unique_within_its_account_only() -> None:
    owner = UserFactory()
    remember_card(owner=owner, backend="dummy", card=CARD)
    remember_card(owner=owner, backend="other", card=CARD)
    assert CreditCard.objects.filter(is_main=True).count() == 1
    assert CreditCard.objects.count() == 2


@pytest.mark.django_db
def test_a_token_of_somebody_else_stays_theirs() -> None:
    theirs = remember_card(owner=UserFactory(), backend="dummy", card=CARD)
    remember_card(owner=UserFactory(), backend="dummy", card=CARD)
    assert CreditCard.objects.get() == theirs


@pytest.mark.django_db
def test_an_expired_card_with_a_new_date_works_again() -> None:
    owner = UserFactory()
    CreditCardFactory(owner=owner, token="card_1", state="expired")
    assert remember_card(owner=owner, backend="dummy", card=CARD).state == "active"


@pytest.mark.django_db
def test_promoting_a_card_demotes_the_other() -> None:
    main = CreditCardFactory(is_main=True)
    other = CreditCardFactory(owner=main.owner)
    update_card(card=other, is_main=True, title="Work")
    assert (fresh(main).is_main, fresh(other).is_main) == (False, True)
    assert fresh(other).title == "Work"
    with pytest.raises(MainCardNeeded):
        update_card(card=other, is_main=False)


@pytest.mark.django_db
def test_a_card_that_cannot_pay_is_not_promoted() -> None:
    with pytest.raises(CardUnusable):
        update_card(card=CreditCardFactory(state="expired"), is_main=True)


@pytest.mark.django_db
def test_removing_the_main_card_promotes_the_newest_active_one() -> None:
    main = CreditCardFactory(is_main=True)
    CreditCardFactory(owner=main.owner)
    newest = CreditCardFactory(owner=main.owner)
    CreditCardFactory(owner=main.owner, state="expired")
    delete_card(card=main)
    assert (fresh(main).state, fresh(newest).is_main) == ("deleting", True)
    assert main not in CreditCard.objects.kept()


def test_a_removed_card_is_forgotten_by_the_provider(
    shop: Shop, provider: Provider, card: CreditCard
) -> None:
    delete_card(card=card)
    provider.fail("delete_card", "status", status=503)
    with pytest.raises(ProviderUnavailable):
        forget_card(card.pk)
    assert fresh(card).state == "deleting"
    forget_card(card.pk)
    assert not CreditCard.objects.exists()
    assert provider.http.delete(f"/v1/cards/{card.token}").status_code == 404
    forget_card(card.pk)


class SlowBackend(DummyPaymentBackend):
    """Its provider lets go of a card while the owner saves it again, and removes it perhaps."""

    def delete_credit_card(self, credit_card: CreditCard) -> None:
        super().delete_credit_card(credit_card)
        card: Any = {**CARD, "token": credit_card.token}
        kept = remember_card(owner=credit_card.owner, backend=credit_card.backend, card=card)
        if self.configuration.get("removes_again"):
            delete_card(card=kept)


@pytest.mark.parametrize("removes_again", [False, True])
def test_a_card_saved_again_while_the_provider_lets_go_of_it_is_not_dropped(
    shop: Shop, card: CreditCard, settings: Settings, removes_again: bool
) -> None:
    entry = settings.JOANIE["PAYMENT_BACKENDS"]["dummy"]
    configuration = {**entry["configuration"], "removes_again": removes_again}
    slow = {"backend": f"{__name__}.SlowBackend", "configuration": configuration}
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": {"dummy": slow}}
    payment = last_payment(shop.one_click(card).order)
    delete_card(card=card)
    forget_card(card.pk)
    kept = fresh(card)
    assert (kept.state, kept.is_main) == (
        ("deleting", False) if removes_again else ("active", True)
    )
    assert fresh(payment).credit_card == kept


def test_a_card_that_the_provider_let_go_of_before_it_was_saved_is_revoked_when_it_pays(
    shop: Shop, provider: Provider, card: CreditCard
) -> None:
    provider.http.delete(f"/v1/cards/{card.token}")
    delete_card(card=card)
    remember_card(owner=card.owner, backend="dummy", card={**CARD, "token": card.token})
    assert shop.one_click(fresh(card)).payment_info["failure_code"] == "invalid_card"
    assert fresh(card).state == "revoked"


def test_a_card_that_is_already_gone_there_is_removed_here(
    shop: Shop, provider: Provider, card: CreditCard
) -> None:
    provider.http.delete(f"/v1/cards/{card.token}")
    delete_card(card=card)
    forget_card(card.pk)
    assert not CreditCard.objects.exists()


@pytest.mark.django_db
def test_cards_expire_when_their_month_is_over() -> None:
    main = CreditCardFactory(is_main=True, expiration_month=11, expiration_year=2026)
    other = CreditCardFactory(owner=main.owner, expiration_month=1, expiration_year=2027)
    assert expire_cards(date(2026, 11, 30)) == 0
    assert expire_cards(date(2026, 12, 1)) == 1
    assert (fresh(main).state, fresh(main).is_main) == ("expired", False)
    assert fresh(other).is_main
    assert expire_cards(date(2026, 12, 1)) == 0
