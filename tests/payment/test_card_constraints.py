"""What the database refuses of saved cards."""

from itertools import product as every_combination

import pytest
from tests.common.sql import execute, refused

from joanie.core.factories import UserFactory
from joanie.payment.enums import CardState
from joanie.payment.factories import CreditCardFactory, PaymentFactory
from joanie.payment.models import CreditCard, Payment

pytestmark = pytest.mark.django_db


def test_an_owner_has_one_main_card() -> None:
    owner = UserFactory()
    CreditCardFactory(owner=owner, is_main=True)
    other = CreditCardFactory(owner=owner)
    with refused("one_main_card"):
        CreditCardFactory(owner=owner, is_main=True)
    with refused("one_main_card"):
        CreditCard.objects.filter(pk=other.pk).update(is_main=True)


def test_everybody_has_a_main_card_of_their_own() -> None:
    CreditCardFactory.create_batch(2, is_main=True)
    assert CreditCard.objects.filter(is_main=True).count() == 2


@pytest.mark.parametrize(
    ("state", "is_main"), [*every_combination(CardState.values, [True, False])]
)
def test_only_an_active_card_is_the_main_one(state: str, is_main: bool) -> None:
    if is_main and state != "active":
        with refused("main_card_is_active"):
            CreditCardFactory(state=state, is_main=is_main)
    else:
        CreditCardFactory(state=state, is_main=is_main)


@pytest.mark.parametrize("state", ["expired", "revoked", "deleting"])
def test_the_main_card_is_demoted_before_it_leaves(state: str) -> None:
    CreditCardFactory(is_main=True)
    with refused("main_card_is_active"):
        CreditCard.objects.update(state=state)
    assert CreditCard.objects.update(state=state, is_main=False) == 1


@pytest.mark.parametrize(
    "digits", ["42424", "4242424242424242", "424a", "42 4", "•242", "-424", "٤٢٤٢", "424\n"]
)
def test_a_card_number_does_not_fit_in_the_last_numbers(digits: str) -> None:
    card = CreditCardFactory()
    with refused("too long|card_number_is_not_here"):
        CreditCardFactory(last_numbers=digits)
    with refused("too long|card_number_is_not_here"):
        execute("UPDATE joanie_payment_creditcard SET last_numbers = %s", digits)
    assert CreditCard.objects.get().last_numbers == card.last_numbers


@pytest.mark.parametrize("digits", ["", "4", "4242"])
def test_up_to_four_digits_are_kept(digits: str) -> None:
    assert CreditCardFactory(last_numbers=digits).last_numbers == digits


@pytest.mark.parametrize("month", [0, 13])
def test_a_card_expires_in_a_month(month: int) -> None:
    with refused("card_expires_in_a_month"):
        CreditCardFactory(expiration_month=month)


def test_a_token_names_one_card_of_an_account() -> None:
    CreditCardFactory(backend="dummy", token="card_1")
    CreditCardFactory(backend="other", token="card_1")
    with refused("card_token_is_unique_per_backend"):
        CreditCardFactory(backend="dummy", token="card_1")


def test_a_payment_outlives_the_card_it_was_made_with() -> None:
    payment = PaymentFactory(credit_card=CreditCardFactory())
    payment.credit_card.delete()
    assert Payment.objects.get(pk=payment.pk).credit_card is None
