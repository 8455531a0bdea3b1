"""A host says whose a token is."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import IntegrityError
from pytest_django import Settings
from tests.api.api_client import Api, make_token
from tests.concurrency import at_once

from joanie.api.tokens import Claims, InvalidToken
from joanie.core.factories import UserFactory

User = get_user_model()
PRIVATE = "/addresses/"


def by_subject(claims: Claims) -> Any:
    """Find who it is by what never changes of them, and keep their name as it is now."""
    user, _is_new = User.objects.update_or_create(
        username=f"campus-{claims.payload['sub']}",
        defaults={"first_name": claims.payload.get("given_name", "")},
    )
    user.groups.set([Group.objects.get_or_create(name=claims.payload["campus"])[0]])
    return user


def of_members(claims: Claims) -> Any:
    """Let in who has an account already."""
    return User.objects.filter(username=claims.payload.get("preferred_username")).first()


def of_the_campus(claims: Claims) -> Any:
    if claims.payload.get("campus") != "north":
        raise InvalidToken("Learners of the north campus only.", "wrong_campus")
    return by_subject(claims)


def no_user(claims: Claims) -> Any:
    return User.objects.get_or_create(username=claims.username)


def never_saved(claims: Claims) -> Any:
    return User(username=claims.username)


def careless(claims: Claims) -> Any:
    """Look first, then write: another request may do so in between."""
    return User.objects.filter(username="new").first() or User.objects.create(username="new")


def always_too_late(claims: Claims) -> Any:
    raise IntegrityError("this email is taken")


def use(settings: Settings, mapper: Any) -> None:
    path = f"{__name__}.{mapper.__name__}"
    settings.JOANIE = {**settings.JOANIE, "USER_MAPPER": path}


def answer(**claims: Any) -> Any:
    return Api(token=make_token(None, **claims)).get(PRIVATE)


@pytest.mark.django_db
def test_any_claim_can_name_the_learner(settings: Settings) -> None:
    use(settings, by_subject)
    for _ in range(2):
        assert answer(sub="42", given_name="Grace", campus="north").status_code == 200
    user = User.objects.get()
    assert (user.username, user.first_name) == ("campus-42", "Grace")
    assert [group.name for group in user.groups.all()] == ["north"]


@pytest.mark.django_db
def test_nobody_is_let_in_whom_it_does_not_name(settings: Settings) -> None:
    use(settings, of_members)
    UserFactory(username="grace")
    assert answer(preferred_username="grace").status_code == 200
    refused = answer(preferred_username="alan")
    assert (refused.status_code, refused.json()["code"]) == (401, "no_account")
    assert not User.objects.filter(username="alan").exists()


@pytest.mark.django_db
def test_it_can_refuse_in_its_own_words(settings: Settings) -> None:
    use(settings, of_the_campus)
    refused = answer(sub="42", campus="south")
    assert refused.status_code == 401
    assert refused.json() == {
        "detail": "Learners of the north campus only.",
        "code": "wrong_campus",
    }


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({"is_active": False}, "inactive_user"),
        ({"is_staff": True}, "staff_token"),
        ({"is_superuser": True}, "staff_token"),
    ],
)
@pytest.mark.django_db
def test_it_opens_no_door_for_staff_or_inactive_users(
    settings: Settings, details: dict[str, Any], code: str
) -> None:
    use(settings, of_members)
    UserFactory(username="grace", **details)
    refused = answer(preferred_username="grace")
    assert (refused.status_code, refused.json()["code"]) == (401, code)


@pytest.mark.django_db(transaction=True)
def test_two_first_requests_at_once_make_one_user(settings: Settings) -> None:
    use(settings, careless)
    answers = at_once(*[lambda: answer().status_code] * 4)
    assert answers == [200] * 4
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_an_account_that_cannot_be_made_is_a_401(settings: Settings) -> None:
    use(settings, always_too_late)
    assert answer().json()["code"] == "no_account"


@pytest.mark.django_db
@pytest.mark.parametrize("mapper", [no_user, never_saved])
def test_what_is_no_user_is_said_to_whoever_wrote_it(settings: Settings, mapper: Any) -> None:
    use(settings, mapper)
    with pytest.raises(Exception, match="USER_MAPPER"):
        Api(token=make_token("new")).get(PRIVATE)
