"""Tokens: who may come in, and as whom."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError
from pytest_django import Settings
from tests.api.api_client import ADDRESS, Api, make_token
from tests.concurrency import at_once
from tests.statements import captured_statements, listing

from joanie.api.tokens import CLOCK_SKEW
from joanie.core.factories import UserFactory

User = get_user_model()
PRIVATE, PUBLIC = "/addresses/", "/courses/"


def segment(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def refused(token: str, path: str = PRIVATE) -> str:
    """Check that it is a 401, and give its code."""
    response = Api(token=token).get(path)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    code: str = response.json()["code"]
    return code


@pytest.mark.django_db
def test_a_learner_seen_for_the_first_time_is_created() -> None:
    assert Api(token=make_token("new", email="new@example.org")).read(PRIVATE) == []
    user = User.objects.get(username="new")
    assert user.email == "new@example.org"
    assert not user.has_usable_password()
    assert not user.is_staff
    assert not user.is_superuser


def test_a_known_learner_costs_one_statement_that_writes_nothing(api: Api) -> None:
    with captured_statements() as statements:
        assert api.get("/orders/unknown/").status_code == 404
    assert len(statements) == 1, listing(statements)
    assert statements[0].startswith("SELECT")


@pytest.mark.parametrize("count", [2, 10])
@pytest.mark.django_db(transaction=True)
def test_first_requests_at_once_all_succeed(count: int) -> None:
    token = make_token("new")
    answers = at_once(*[lambda: Api(token=token).get(PRIVATE).status_code] * count)
    assert answers == [200] * count
    assert User.objects.filter(username="new").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_first_requests_at_once_can_both_write() -> None:
    api = Api(token=make_token("new"))
    answers = at_once(*[lambda: api.post(PRIVATE, ADDRESS | {"title": "Home"}).status_code] * 2)
    assert answers == [201, 201]
    assert User.objects.get().joanie_addresses.count() == 2


def test_without_a_token_what_is_private_is_401(anonymous: Api) -> None:
    response = anonymous.get(PRIVATE)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("scheme", ["Basic Z3JhY2U6", "Token x", "bearer-ish x"])
def test_another_scheme_is_no_token(owner: Any, scheme: str) -> None:
    api = Api()
    assert api.client.get("/api/v1.0/courses/", headers={"Authorization": scheme}).json()
    response = api.client.get("/api/v1.0/addresses/", headers={"Authorization": scheme})
    assert response.status_code == 401


@pytest.mark.parametrize("path", [PRIVATE, PUBLIC])
@pytest.mark.django_db
def test_a_bad_token_is_refused_where_none_is_needed_too(path: str) -> None:
    assert refused("not.a.token", path) == "invalid_token"


def test_an_expired_token_is_refused(owner: Any) -> None:
    assert refused(make_token(exp=int(time.time()) - CLOCK_SKEW - 1)) == "token_expired"


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_new_token_of_an_issuer_whose_clock_is_ahead_is_accepted(owner: Any, claim: str) -> None:
    response = Api(token=make_token(**{claim: int(time.time()) + 5})).get(PRIVATE)
    assert response.status_code == 200


def test_a_token_whose_subject_is_a_number_is_accepted(owner: Any) -> None:
    assert Api(token=make_token(sub=42)).get(PRIVATE).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 1e400},
        {"nbf": int(time.time()) + 600},
        {"key": "another key of at least thirty-two bytes"},
        {"key": "a key of at least thirty-two bytes".ljust(64, "!"), "algorithm": "HS512"},
    ],
)
def test_a_token_that_is_not_ours_is_refused(owner: Any, changes: dict[str, Any]) -> None:
    assert refused(make_token(**changes)) == "invalid_token"


def test_an_unsigned_token_is_refused(owner: Any) -> None:
    claims = {"username": "grace", "exp": int(time.time()) + 600}
    assert refused(jwt.encode(claims, None, algorithm="none")) == "invalid_token"


@pytest.mark.parametrize(
    "token",
    [
        ".",
        "..",
        "...",
        "é.é.é",
        "a b c",
        segment(b"[" * 4000) + ".e30.e30",
        segment(b"\xff\xfe") + ".e30.e30",
        segment(json.dumps({"alg": None}).encode()) + ".e30.e30",
        segment(json.dumps({"alg": ["HS256"]}).encode()) + ".e30.e30",
        segment(json.dumps({"alg": "HS256", "kid": 1}).encode()) + ".e30.e30",
    ],
)
@pytest.mark.django_db
def test_a_mangled_token_is_refused(token: str) -> None:
    assert refused(token) == "invalid_token"


@pytest.mark.parametrize(
    "username",
    [
        None,
        "",
        5,
        True,
        ["grace"],
        {"a": 1},
        "x" * 151,
        "nul\x00",
        "half\ud800",
        "two words",
        "\n",
    ],
)
@pytest.mark.django_db
def test_a_username_that_cannot_be_one_is_refused(username: Any) -> None:
    assert refused(make_token(username)) == "invalid_token"
    assert not User.objects.exists()


@pytest.mark.parametrize("email", [None, 5, "not an email", "nul\x00@example.org", "x" * 300])
@pytest.mark.django_db
def test_an_email_that_cannot_be_one_is_not_kept(email: Any) -> None:
    assert Api(token=make_token(email=email)).read(PRIVATE) == []
    assert not User.objects.get().email


@pytest.mark.parametrize("privilege", ["is_staff", "is_superuser"])
@pytest.mark.django_db
def test_a_token_is_no_way_in_for_staff(privilege: str) -> None:
    UserFactory(username="grace", **{privilege: True})
    assert refused(make_token(is_staff=True)) == "staff_token"


@pytest.mark.django_db
def test_a_token_makes_nobody_staff() -> None:
    Api(token=make_token(is_staff=True, is_superuser=True)).read(PRIVATE)
    user = User.objects.get()
    assert not user.is_staff
    assert not user.is_superuser


@pytest.mark.django_db
def test_an_inactive_learner_is_refused() -> None:
    UserFactory(username="grace", is_active=False)
    assert refused(make_token()) == "inactive_user"


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_every_token_is_refused(owner: Any, settings: Settings, key: Any) -> None:
    token = make_token()
    settings.JOANIE = {**settings.JOANIE, "JWT_SIGNING_KEY": key}
    assert refused(token) == "invalid_token"
    assert Api().get(PUBLIC).status_code == 200


def test_issuer_and_audience_are_checked_when_configured(owner: Any, settings: Settings) -> None:
    assert Api(token=make_token(iss="anybody", aud="anything")).get(PRIVATE).status_code == 200
    settings.JOANIE = {**settings.JOANIE, "JWT_ISSUER": "lms", "JWT_AUDIENCE": "shop"}
    assert Api(token=make_token(iss="lms", aud=["shop", "x"])).get(PRIVATE).status_code == 200
    assert refused(make_token(iss="lms", aud="other")) == "invalid_token"
    assert refused(make_token(iss="other", aud="shop")) == "invalid_token"
    assert refused(make_token()) == "invalid_token"


def test_a_user_model_that_refuses_the_account_is_a_401(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise IntegrityError("this email is taken")

    monkeypatch.setattr(type(User._default_manager), "get_or_create", refuse)
    assert refused(make_token("new")) == "no_account"
