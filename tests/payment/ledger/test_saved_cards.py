"""Cards that providers told us of."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from joanie.core.factories import UserFactory
from joanie.payment.exceptions import CardNotKept
from joanie.payment.factories import CreditCardFactory, PaymentFactory
from joanie.payment.ledger.credit_cards import remember_card, revoke_card
from joanie.payment.models import CreditCard, Payment
from joanie.payment.services.credit_cards import delete_card

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("_today"),
]


@pytest.fixture
def _today() -> Any:
    with time_machine.travel(datetime(2026, 11, 21, tzinfo=UTC)) as traveller:
        yield traveller


def _remember(
    owner: Any, backend: str = "dummy", payment_reference: str | None = None, **details: Any
) -> CreditCard:
    card: Any = {
        "token": "card_1",
        "brand": "Visa",
        "last_numbers": "4242",
        "expiration_month": 12,
        "expiration_year": 2030,
        **details,
    }
    return remember_card(
        owner=owner, backend=backend, card=card, payment_reference=payment_reference
    )


def test_none_is_kept_for_an_owner_who_was_disabled_this_moment() -> None:
    owner = UserFactory()
    type(owner).objects.filter(pk=owner.pk).update(is_active=False)
    with pytest.raises(CardNotKept):
        _remember(owner)
    assert not CreditCard.objects.exists()


def test_the_first_card_is_the_main_one() -> None:
    owner = UserFactory()
    card = _remember(owner, provider_customer="cus_1")
    assert (card.owner, card.backend, card.token) == (owner, "dummy", "card_1")
    assert (card.brand, card.last_numbers, card.provider_customer) == ("Visa", "4242", "cus_1")
    assert (card.state, card.is_main) == ("active", True)


def test_the_next_card_is_not() -> None:
    owner = UserFactory()
    first = _remember(owner)
    assert not _remember(owner, token="card_2").is_main
    assert CreditCard.objects.get(is_main=True) == first


def test_the_same_token_again_is_the_same_card_with_its_present_details() -> None:
    owner = UserFactory()
    card = _remember(owner)
    CreditCard.objects.update(title="For courses")
    again = _remember(owner, expiration_year=2033)
    assert (again.pk, again.expiration_year, again.is_main) == (card.pk, 2033, True)
    assert again.title == "For courses"


def test_the_same_token_at_another_account_is_another_card() -> None:
    owner = UserFactory()
    assert _remember(owner) != _remember(owner, backend="other")


def test_a_token_of_somebody_else_stays_theirs(caplog: pytest.LogCaptureFixture) -> None:
    theirs = CreditCardFactory(token="card_1", brand="CB")
    kept = _remember(UserFactory())
    assert (kept, kept.owner, kept.brand) == (theirs, theirs.owner, "CB")
    assert CreditCard.objects.count() == 1
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "card_1" not in caplog.text


@pytest.mark.parametrize(
    ("year", "month", "state"),
    [(2030, 1, "active"), (2026, 11, "active"), (2026, 10, "expired"), (2025, 12, "expired")],
)
def test_an_expired_card_is_renewed_by_a_later_month(year: int, month: int, state: str) -> None:
    card = CreditCardFactory(token="card_1", state="expired")
    kept = _remember(card.owner, expiration_year=year, expiration_month=month)
    assert (kept.state, kept.is_main) == (state, state == "active")


def test_a_card_that_will_never_work_again_does_not_come_back() -> None:
    card = CreditCardFactory(token="card_1", state="revoked")
    kept = _remember(card.owner)
    assert (kept.state, kept.is_main) == ("revoked", False)


def test_a_card_saved_again_while_it_is_being_removed_stays() -> None:
    card = CreditCardFactory(token="card_1", state="deleting")
    kept = _remember(card.owner, expiration_year=2033)
    assert (kept.pk, kept.state, kept.is_main) == (card.pk, "active", True)
    assert kept.expiration_year == 2033


def test_a_card_saved_again_does_not_displace_the_main_one() -> None:
    main = CreditCardFactory(is_main=True)
    CreditCardFactory(owner=main.owner, token="card_1", state="deleting")
    assert not _remember(main.owner).is_main
    assert CreditCard.objects.get(is_main=True) == main


def _removed_after_it_was_saved_with(payment: Payment) -> CreditCard:
    card: CreditCard = CreditCardFactory(owner=payment.order.owner, token="card_1")
    delete_card(card=card)
    return card


def test_being_told_again_of_an_old_saving_does_not_bring_a_card_back() -> None:
    payment = PaymentFactory(provider_reference="pay_1", settled_at=timezone.now())
    card = _removed_after_it_was_saved_with(payment)
    kept = _remember(card.owner, payment_reference="pay_1", expiration_year=2033)
    assert (kept.state, kept.expiration_year) == ("deleting", card.expiration_year)


@pytest.mark.parametrize("backend", ["dummy", "other"])
def test_a_card_saved_with_a_later_payment_stays(backend: str) -> None:
    payment = PaymentFactory(provider_reference="pay_1", backend=backend)
    card = _removed_after_it_was_saved_with(payment)
    later = timezone.now() + timedelta(seconds=backend == "dummy")
    Payment.objects.update(settled_at=later)
    assert _remember(card.owner, payment_reference="pay_1").state == "active"


def test_a_whole_number_never_gets_in() -> None:
    assert _remember(UserFactory(), last_numbers="4242424242421881").last_numbers == "1881"


@pytest.mark.parametrize(
    "nonsense",
    [
        {"token": ""},
        {"token": "x" * 256},
        {"expiration_month": 0},
        {"expiration_month": 13},
        {"expiration_month": "soon"},
        {"expiration_month": None},
        {"expiration_year": ""},
        {"expiration_year": -1},
    ],
    ids=str,
)
def test_what_is_no_card_is_not_kept(nonsense: dict[str, Any]) -> None:
    with pytest.raises(CardNotKept):
        _remember(UserFactory(), **nonsense)
    assert not CreditCard.objects.exists()


def test_what_a_provider_does_not_tell_stays_empty() -> None:
    card = _remember(UserFactory(), brand=None, last_numbers=None, provider_customer=None)
    assert (card.brand, card.last_numbers, card.provider_customer) == ("", "", "")


def test_revoking_the_main_card_promotes_the_newest_active_one() -> None:
    owner = UserFactory()
    main = CreditCardFactory(owner=owner, is_main=True)
    CreditCardFactory(owner=owner)
    newest = CreditCardFactory(owner=owner)
    CreditCardFactory(owner=owner, state="expired")
    CreditCardFactory()
    revoke_card(main.pk)
    assert CreditCard.objects.get(pk=main.pk).state == "revoked"
    assert CreditCard.objects.get(is_main=True) == newest


def test_revoking_another_card_leaves_the_main_one() -> None:
    main = CreditCardFactory(is_main=True)
    other = CreditCardFactory(owner=main.owner)
    revoke_card(other.pk)
    assert CreditCard.objects.get(is_main=True) == main


@pytest.mark.parametrize(
    ("state", "then"),
    [
        ("active", "revoked"),
        ("expired", "revoked"),
        ("revoked", "revoked"),
        ("deleting", "deleting"),
    ],
)
def test_revoking_can_be_repeated(state: str, then: str) -> None:
    card = CreditCardFactory(state=state)
    revoke_card(card.pk)
    revoke_card(card.pk)
    assert CreditCard.objects.get().state == then
