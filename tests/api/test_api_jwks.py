"""Tokens that an issuer signs with a key of its own, shown at a URL."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.contrib.auth import get_user_model
from django.db import transaction
from pytest_django import Settings
from tests.api.api_client import Api, make_token
from tests.api.issuer import (
    Issuer,
    SigningKey,
    elliptic_jwk,
    make_key,
    running_issuer,
)
from tests.concurrency import at_once

from joanie.api.jwks import (
    FETCH_EVERY,
    FRESH_FOR,
    MAX_SIZE,
    USABLE_FOR,
    KeyRing,
    SigningKeysUnavailable,
)
from joanie.common.transactions import NetworkInTransaction
from joanie.core.factories import UserFactory

User = get_user_model()
PRIVATE, PUBLIC = "/addresses/", "/courses/"


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return make_key("one")


@pytest.fixture(scope="module")
def next_key() -> SigningKey:
    return make_key("two")


@pytest.fixture
def issuer(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, key: SigningKey
) -> Iterator[Issuer]:
    monkeypatch.setattr("joanie.api.jwks._rings", {})  # a port may come again
    with running_issuer() as issuer:
        issuer.show(key.jwk)
        settings.JOANIE = {**settings.JOANIE, "JWT_SIGNING_KEY": None, "JWKS_URL": issuer.url}
        yield issuer


def refused(token: str) -> str:
    """Check that it is a 401, and give its code."""
    response = Api(token=token).get(PRIVATE)
    assert response.status_code == 401, response.content
    code: str = response.json()["code"]
    return code


def accepted(token: str) -> bool:
    return bool(Api(token=token).get(PRIVATE).status_code == 200)


@pytest.mark.django_db
def test_a_learner_comes_in_with_a_token_of_the_issuer(issuer: Issuer, key: SigningKey) -> None:
    assert Api(token=key.sign("new", email="new@example.org")).read(PRIVATE) == []
    assert User.objects.get().username == "new"


@pytest.mark.django_db
def test_the_issuer_is_asked_once_for_many_tokens(issuer: Issuer, key: SigningKey) -> None:
    assert all(accepted(key.sign(username)) for username in ("grace", "alan", "ada"))
    assert issuer.asked == ["/keys.json"]


def forge(header: dict[str, Any], secret: bytes) -> str:
    """Sign with HMAC whatever the header says: PyJWT would not take a public key as the secret."""
    claims = {"username": "grace", "exp": int(time.time()) + 600}
    parts = [urlsafe_b64encode(json.dumps(part).encode()) for part in (header, claims)]
    message = b".".join(part.rstrip(b"=") for part in parts)
    signature = urlsafe_b64encode(hmac.digest(secret, message, "sha256")).rstrip(b"=")
    return (message + b"." + signature).decode()


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "hs256", "none", ""])
@pytest.mark.django_db
def test_a_public_key_is_no_shared_key(issuer: Issuer, key: SigningKey, algorithm: str) -> None:
    header = {"alg": algorithm, "typ": "JWT", "kid": key.kid}
    for secret in (key.public_pem, key.public_pem.strip(), json.dumps(key.jwk).encode(), b""):
        assert refused(forge(header, secret)) == "invalid_token"


@pytest.mark.django_db
def test_an_unsigned_token_is_refused(issuer: Issuer) -> None:
    claims = {"username": "grace", "exp": int(time.time()) + 600}
    assert refused(jwt.encode(claims, None, algorithm="none", headers={"kid": "one"}))


@pytest.mark.django_db
def test_a_shared_key_is_not_believed_beside_a_url(issuer: Issuer, settings: Settings) -> None:
    shared = "a key of at least thirty-two bytes"
    settings.JOANIE = {**settings.JOANIE, "JWT_SIGNING_KEY": shared}
    assert refused(make_token(key=shared)) == "invalid_token"
    assert refused(make_token(key=shared, headers={"kid": "one"})) == "invalid_token"
    assert not issuer.asked


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
@pytest.mark.django_db
def test_another_algorithm_of_the_same_key_is_refused(
    issuer: Issuer, key: SigningKey, algorithm: str
) -> None:
    private: Any = key.private
    token = make_token(key=private, algorithm=algorithm, headers={"kid": "one"})
    assert refused(token) == "invalid_token"


@pytest.mark.parametrize("name", ["jku", "x5u"])
@pytest.mark.django_db
def test_a_token_does_not_say_where_its_key_is(
    issuer: Issuer, next_key: SigningKey, name: str
) -> None:
    with running_issuer() as thief:
        thief.show(next_key.jwk)
        for kid in ("one", "two"):
            headers = {"kid": kid, name: thief.url, "jwk": next_key.jwk}
            assert refused(next_key.sign(headers=headers)) == "invalid_token"
        assert not thief.asked


@pytest.mark.parametrize("kid", [None, "", "unknown", "../one", "one ", "ONE", "x" * 5000])
@pytest.mark.django_db
def test_a_token_that_names_no_key_of_the_issuer_is_refused(
    issuer: Issuer, key: SigningKey, kid: str | None
) -> None:
    headers = {} if kid is None else {"kid": kid}
    assert refused(key.sign(headers=headers)) == "invalid_token"


@pytest.mark.django_db
def test_a_token_of_somebody_elses_key_is_refused(issuer: Issuer, next_key: SigningKey) -> None:
    assert refused(next_key.sign(headers={"kid": "one"})) == "invalid_token"


@pytest.mark.parametrize(
    "claims", [{"exp": None}, {"exp": 0}, {"nbf": 2**33}, {"iss": "other"}, {"aud": "other"}]
)
def test_moments_issuer_and_audience_are_checked(
    owner: Any, issuer: Issuer, key: SigningKey, settings: Settings, claims: dict[str, Any]
) -> None:
    settings.JOANIE = {**settings.JOANIE, "JWT_ISSUER": "lms", "JWT_AUDIENCE": "shop"}
    assert accepted(key.sign(iss="lms", aud="shop"))
    code = "token_expired" if claims == {"exp": 0} else "invalid_token"
    assert refused(key.sign(**{"iss": "lms", "aud": "shop", **claims})) == code


@pytest.mark.django_db
def test_the_issuers_token_is_no_way_in_for_staff(issuer: Issuer, key: SigningKey) -> None:
    UserFactory(username="grace", is_staff=True)
    assert refused(key.sign()) == "staff_token"


@pytest.mark.django_db
def test_keys_of_other_kinds_beside_a_good_one_are_left_out(
    issuer: Issuer, key: SigningKey, next_key: SigningKey
) -> None:
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "shared", "use": "sig"}
    issuer.show(
        elliptic_jwk("elliptic"),
        secret,
        {**next_key.jwk, "use": "enc"},
        {**next_key.jwk, "alg": "RS512"},
        {**next_key.jwk, "n": "not a number"},
        {"kid": "empty"},
        key.jwk,
    )
    assert accepted(key.sign())
    for kid in ("elliptic", "shared", "two", "empty"):
        assert refused(next_key.sign(headers={"kid": kid})) == "invalid_token"


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.django_db
def test_a_key_that_is_too_short_is_left_out(issuer: Issuer, key: SigningKey) -> None:
    short = make_key("short", bits=1024)
    issuer.show(short.jwk, key.jwk)
    assert refused(short.sign()) == "invalid_token"


UNUSABLE = {
    "down": (503, b""),
    "html": (200, b"<html><h1>Sign in</h1></html>"),
    "nothing": (200, b""),
    "list": (200, b"[]"),
    "no list of keys": (200, b'{"keys": null}'),
    "no keys": (200, b'{"keys": []}'),
    "words": (200, b'{"keys": ["one", 2, null]}'),
    "brackets": (200, b"[" * 100_000),
    "oversize": (200, b'{"keys": [' + b" " * MAX_SIZE + b"]}"),
    "moved": (302, b""),
    "bytes": (200, b"\xff\xfe"),
}


@pytest.mark.parametrize("answer", UNUSABLE)
def test_without_keys_nobody_is_told_that_their_token_is_bad(
    owner: Any, issuer: Issuer, key: SigningKey, answer: str
) -> None:
    issuer.status, issuer.body = UNUSABLE[answer]
    response = Api(token=key.sign()).get(PRIVATE)
    assert response.status_code == 503
    assert response.json()["code"] == "signing_keys_unavailable"
    assert response.headers["Retry-After"] == str(FETCH_EVERY)
    assert Api().get(PUBLIC).status_code == 200
    assert len(issuer.asked) == 1


def test_a_set_with_elliptic_keys_only_is_none(issuer: Issuer) -> None:
    issuer.show(elliptic_jwk("one"))
    with pytest.raises(SigningKeysUnavailable):
        KeyRing(issuer.url).find("one")


def test_an_issuer_that_hangs_is_not_waited_for(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("joanie.api.jwks.FETCH_TIMEOUT", 0.3)
    issuer.is_slow.set()
    started = time.monotonic()
    with pytest.raises(SigningKeysUnavailable):
        KeyRing(issuer.url).find("one")
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "file:///etc/passwd",
        "data:,{}",
        "keys.json",
        "http://[::1",
        "http://",
    ],
)
def test_a_url_where_nobody_is_shows_no_keys(url: str) -> None:
    with pytest.raises(SigningKeysUnavailable):
        KeyRing(url).find("one")


def test_names_that_nobody_has_make_nobody_hammer_the_issuer(issuer: Issuer) -> None:
    ring = KeyRing(issuer.url)
    assert ring.find("one", now=0)
    for number in range(100):
        assert ring.find(f"random {number}", now=1) is None
    assert len(issuer.asked) == 1
    for number in range(100):
        assert ring.find(f"random {number}", now=1 + FETCH_EVERY) is None
    assert len(issuer.asked) == 2


def test_nor_while_it_is_down(issuer: Issuer) -> None:
    issuer.status = 500
    ring = KeyRing(issuer.url)
    for moment in range(FETCH_EVERY):
        with pytest.raises(SigningKeysUnavailable):
            ring.find("one", now=moment)
    assert len(issuer.asked) == 1


def test_a_new_key_is_found_as_soon_as_it_is_used(
    issuer: Issuer, key: SigningKey, next_key: SigningKey
) -> None:
    ring = KeyRing(issuer.url)
    assert ring.find("one", now=0)
    issuer.show(key.jwk, next_key.jwk)
    assert ring.find("two", now=FETCH_EVERY)


def test_a_key_that_the_issuer_took_away_is_not_believed_for_long(
    issuer: Issuer, next_key: SigningKey
) -> None:
    ring = KeyRing(issuer.url)
    assert ring.find("one", now=0)
    issuer.show(next_key.jwk)
    assert ring.find("one", now=FRESH_FOR)
    assert ring.find("one", now=FRESH_FOR + 1) is None


def test_known_keys_outlive_an_outage_but_not_for_ever(issuer: Issuer) -> None:
    ring = KeyRing(issuer.url)
    assert ring.find("one", now=0)
    issuer.status = 500
    assert ring.find("one", now=FRESH_FOR + 1)
    assert ring.find("one", now=USABLE_FOR)
    with pytest.raises(SigningKeysUnavailable):
        ring.find("two", now=USABLE_FOR)
    with pytest.raises(SigningKeysUnavailable):
        ring.find("one", now=USABLE_FOR + 1)
    issuer.status = 200
    assert ring.find("one", now=USABLE_FOR + 1 + FETCH_EVERY)


@pytest.mark.django_db(transaction=True)
def test_first_tokens_at_once_ask_the_issuer_once(issuer: Issuer) -> None:
    ring = KeyRing(issuer.url)
    found = at_once(*[lambda: ring.find("one")] * 8)
    assert all(isinstance(each, RSAPublicKey) for each in found), found
    assert len(issuer.asked) == 1


@pytest.mark.django_db(transaction=True)
def test_known_keys_are_used_while_somebody_asks_for_newer_ones(issuer: Issuer) -> None:
    ring = KeyRing(issuer.url)
    assert ring.find("one", now=0)
    with ring._lock:
        assert ring.find("one", now=FRESH_FOR + 1)


@pytest.mark.django_db(transaction=True)
def test_asking_inside_a_transaction_is_a_bug_that_shows(issuer: Issuer) -> None:
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        KeyRing(issuer.url).find("one")
    assert not issuer.asked
