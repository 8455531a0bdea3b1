"""The cards that a learner saved."""

from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.api.api_client import NO_ID, Api

from joanie.payment.factories import CreditCardFactory
from joanie.payment.models import CreditCard


@pytest.fixture
def card(owner: Any) -> CreditCard:
    card: CreditCard = CreditCardFactory(
        owner=owner, title="Mine", is_main=True, expiration_month=7, expiration_year=2031
    )
    return card


def test_a_card_shows_what_may_be_shown(api: Api, card: CreditCard) -> None:
    expected = {
        "id": str(card.pk),
        "title": "Mine",
        "brand": "Visa",
        "last_numbers": "4242",
        "expiration_month": 7,
        "expiration_year": 2031,
        "is_main": True,
        "state": "active",
    }
    assert api.read("/credit-cards/") == [expected]
    assert api.read(f"/credit-cards/{card.pk}/") == expected


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_card_is_renamed_and_nothing_else(api: Api, card: CreditCard, method: str) -> None:
    body = {
        "title": "Yours",
        "brand": "x",
        "last_numbers": "0000",
        "state": "revoked",
        "token": "x",
    }
    answer = api.send(method, f"/credit-cards/{card.pk}/", body).json()
    assert (answer["title"], answer["brand"], answer["state"]) == ("Yours", "Visa", "active")
    kept = CreditCard.objects.get()
    assert (kept.title, kept.last_numbers, kept.token) == ("Yours", "4242", card.token)


def test_promoting_one_demotes_the_other(api: Api, card: CreditCard, owner: Any) -> None:
    second = CreditCardFactory(owner=owner)
    assert api.send("PATCH", f"/credit-cards/{second.pk}/", {"is_main": True}).json()["is_main"]
    assert not api.read(f"/credit-cards/{card.pk}/")["is_main"]
    assert [each["id"] for each in api.read("/credit-cards/")] == [str(second.pk), str(card.pk)]


def test_the_main_card_is_not_demoted_by_itself(api: Api, card: CreditCard) -> None:
    response = api.send("PATCH", f"/credit-cards/{card.pk}/", {"is_main": False})
    assert response.status_code == 400
    assert response.json() == {"is_main": ["Make another card the main one instead."]}


@pytest.mark.parametrize("state", ["expired", "revoked"])
def test_a_card_that_cannot_pay_is_not_made_the_main_one(api: Api, owner: Any, state: str) -> None:
    card = CreditCardFactory(owner=owner, state=state)
    response = api.send("PATCH", f"/credit-cards/{card.pk}/", {"is_main": True})
    assert response.status_code == 400
    assert response.json() == {"is_main": ["This card cannot be used."]}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "nul\x00"),
        ("title", "x" * 101),
        ("title", ["x"]),
        ("title", None),
        ("is_main", "perhaps"),
        ("is_main", None),
    ],
)
def test_a_bad_field_is_named(api: Api, card: CreditCard, field: str, value: Any) -> None:
    response = api.send("PATCH", f"/credit-cards/{card.pk}/", {field: value})
    assert response.status_code == 400
    assert list(response.json()) == [field]


def test_a_deleted_card_is_gone_at_once_and_its_provider_is_told(
    api: Api, card: CreditCard, owner: Any
) -> None:
    second = CreditCardFactory(owner=owner)
    response = api.send("DELETE", f"/credit-cards/{card.pk}/")
    assert (response.status_code, response.content) == (204, b"")
    (left,) = api.read("/credit-cards/")
    assert (left["id"], left["is_main"]) == (str(second.pk), True)
    assert api.get(f"/credit-cards/{card.pk}/").status_code == 404
    assert ProcrastinateJob.objects.filter(task_name="joanie.payment.forget_card").count() == 1


def test_cards_are_not_created_here(api: Api, anonymous: Api) -> None:
    response = api.post("/credit-cards/", {"token": "x"})
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
    assert anonymous.post("/credit-cards/", {}).status_code == 401


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_somebody_elses_card_is_not_there(
    other: Api, anonymous: Api, card: CreditCard, method: str
) -> None:
    body = {"title": "Stolen"}
    assert other.send(method, f"/credit-cards/{card.pk}/", body).status_code == 404
    assert anonymous.send(method, f"/credit-cards/{card.pk}/", body).status_code == 401
    assert other.read("/credit-cards/") == []
    assert CreditCard.objects.get().title == "Mine"


@pytest.mark.parametrize("card_id", [NO_ID, "not-a-uuid", "%00"])
def test_a_card_that_is_not_there(api: Api, card_id: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        assert api.send(method, f"/credit-cards/{card_id}/", {}).status_code == 404
