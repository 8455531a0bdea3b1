"""The addresses that a learner keeps."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from tests.api.api_client import ADDRESS, NO_ID, Api
from tests.concurrency import at_once

from joanie.core.factories import AddressFactory, UserFactory
from joanie.core.models import Address
from joanie.core.services.addresses import MAX_ADDRESSES

HOME = {"title": "Home", **ADDRESS}


def main_titles(api: Api) -> list[str]:
    return [address["title"] for address in api.read("/addresses/") if address["is_main"]]


def test_the_first_address_is_the_main_one(api: Api) -> None:
    response = api.post("/addresses/", {**HOME, "is_main": False})
    assert response.status_code == 201
    answer = response.json()
    assert answer == {"id": answer["id"], **HOME, "is_main": True}
    assert api.read(f"/addresses/{answer['id']}/") == answer
    assert api.read("/addresses/") == [answer]


def test_promoting_one_demotes_the_other(api: Api) -> None:
    api.post("/addresses/", HOME)
    work = api.post("/addresses/", {**HOME, "title": "Work"}).json()
    assert not work["is_main"]
    assert api.send("PATCH", f"/addresses/{work['id']}/", {"is_main": True}).json()["is_main"]
    assert main_titles(api) == ["Work"]
    api.post("/addresses/", {**HOME, "title": "Away", "is_main": True})
    assert main_titles(api) == ["Away"]
    assert api.read("/addresses/")[0]["title"] == "Away"


def test_the_main_address_is_not_demoted_by_itself(api: Api) -> None:
    home = api.post("/addresses/", HOME).json()
    response = api.send("PATCH", f"/addresses/{home['id']}/", {"is_main": False, "title": "X"})
    assert response.status_code == 400
    assert response.json() == {"is_main": ["Make another address the main one instead."]}
    assert main_titles(api) == ["Home"]


def test_deleting_the_main_address_promotes_the_newest_other(api: Api) -> None:
    home, *_ = [api.post("/addresses/", {**HOME, "title": title}).json() for title in "abc"]
    assert api.send("DELETE", f"/addresses/{home['id']}/").status_code == 204
    assert main_titles(api) == ["c"]
    for address in api.read("/addresses/"):
        api.send("DELETE", f"/addresses/{address['id']}/")
    assert api.read("/addresses/") == []


def test_an_address_is_replaced_or_corrected(api: Api) -> None:
    home = api.post("/addresses/", HOME).json()
    path = f"/addresses/{home['id']}/"
    replaced = api.send("PUT", path, {**HOME, "title": "New", "city": "Lyon"})
    assert (replaced.status_code, replaced.json()["city"]) == (200, "Lyon")
    assert replaced.json()["is_main"]
    assert set(api.send("PUT", path, {"city": "Nice"}).json()) == set(HOME) - {"city"}
    assert api.send("PATCH", path, {"city": "Nice"}).json()["city"] == "Nice"
    assert api.read(path)["title"] == "New"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", None),
        ("title", ["x"]),
        ("title", {"a": 1}),
        ("title", True),
        ("title", "x" * 101),
        ("first_name", "nul\x00"),
        ("last_name", "two\nlines"),
        ("address", "   "),
        ("postcode", "x" * 21),
        ("country", "ZZ"),
        ("country", "France"),
        ("country", ["FR"]),
        ("country", "\x00"),
        ("is_main", "perhaps"),
        ("is_main", None),
        ("is_main", [True]),
    ],
)
def test_a_bad_field_is_named(api: Api, field: str, value: Any) -> None:
    response = api.post("/addresses/", {**HOME, field: value})
    assert response.status_code == 400
    assert list(response.json()) == [field]
    assert not Address.objects.exists()


def test_the_owner_and_the_id_are_not_for_the_client_to_choose(api: Api, owner: Any) -> None:
    stranger = UserFactory()
    answer = api.post("/addresses/", {**HOME, "id": NO_ID, "owner": stranger.pk}).json()
    assert answer["id"] != NO_ID
    assert Address.objects.get().owner == owner


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_somebody_elses_address_is_not_there(
    other: Api, anonymous: Api, owner: Any, method: str
) -> None:
    address = AddressFactory(owner=owner, is_main=True)
    assert other.send(method, f"/addresses/{address.pk}/", HOME).status_code == 404
    assert anonymous.send(method, f"/addresses/{address.pk}/", HOME).status_code == 401
    assert other.read("/addresses/") == []
    assert Address.objects.get().title == address.title


@pytest.mark.parametrize("address_id", [NO_ID, "not-a-uuid", "%00", "1"])
def test_an_address_that_is_not_there(api: Api, address_id: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        assert api.send(method, f"/addresses/{address_id}/", HOME).status_code == 404


def test_a_learner_keeps_100_addresses_at_most(api: Api, owner: Any) -> None:
    AddressFactory.create_batch(MAX_ADDRESSES, owner=owner)
    assert len(api.read("/addresses/")) == 100
    response = api.post("/addresses/", HOME)
    assert response.status_code == 409
    assert response.json()["code"] == "too_many_addresses"


@pytest.mark.django_db(transaction=True)
def test_of_several_first_addresses_at_once_one_is_the_main_one() -> None:
    user = UserFactory()
    answers = at_once(*[lambda: Api(user).post("/addresses/", HOME).status_code] * 4)
    assert answers == [201] * 4
    assert Address.objects.filter(owner=user, is_main=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_addresses_that_somebody_else_holds_are_a_503(settings: Any) -> None:
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 0.05}
    user = UserFactory()
    with transaction.atomic():
        get_user_model().objects.select_for_update().get(pk=user.pk)
        (response,) = at_once(lambda: Api(user).post("/addresses/", HOME))
    assert (response.status_code, response.json()["code"]) == (503, "busy")
    assert response.headers["Retry-After"] == "5"
