"""Bad settings of who may come in, and how often, are found at start."""

from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

KEYS = "https://lms.example.org/keys.json"


def ids(*, deploy: bool = False) -> list[str]:
    messages = run_checks(include_deployment_checks=deploy)
    return sorted(
        {m.id or "" for m in messages if (m.id or "").startswith(("joanie.E03", "joanie.W03"))}
    )


def change(settings: Settings, **changes: Any) -> None:
    settings.JOANIE = {**settings.JOANIE, **changes}


def test_a_shared_key_and_a_url_of_keys_are_one_too_many(settings: Settings) -> None:
    change(settings, JWKS_URL=KEYS)
    assert ids() == ["joanie.E030"]
    change(settings, JWT_SIGNING_KEY=None)
    assert ids() == []


@pytest.mark.parametrize(
    ("url", "is_debug", "expected"),
    [
        (KEYS, False, []),
        ("http://127.0.0.1:8000/keys", False, []),
        ("http://localhost:8000/keys", False, []),
        ("http://lms.example.org/keys", True, []),
        ("http://lms.example.org/keys", False, ["joanie.E031"]),
        ("http://localhost.evil.example/keys", False, ["joanie.E031"]),
        ("ftp://lms.example.org/keys", True, ["joanie.E031"]),
        ("file:///etc/keys", True, ["joanie.E031"]),
        ("https://", True, ["joanie.E031"]),
        ("http://[::1", True, ["joanie.E031"]),
        ("keys.json", True, ["joanie.E031"]),
        (12, True, ["joanie.E031"]),
    ],
)
def test_keys_come_from_where_nobody_can_replace_them(
    settings: Settings, url: Any, is_debug: bool, expected: list[str]
) -> None:
    settings.DEBUG = is_debug
    change(settings, JWKS_URL=url, JWT_SIGNING_KEY="")
    assert ids() == expected


@pytest.mark.parametrize(
    "classes",
    [
        None,
        [],
        "joanie.api.authentication.JWTAuthentication",
        ["nowhere.Found"],
        ["joanie.api.authentication.Nothing"],
        ["decimal.Decimal"],
        ["joanie.api.authentication.logger"],
        [""],
        [12],
        ["joanie.api.authentication.JWTAuthentication", "a b"],
    ],
    ids=repr,
)
def test_classes_that_say_nobody(settings: Settings, classes: Any) -> None:
    change(settings, AUTHENTICATION_CLASSES=classes)
    assert ids() == ["joanie.E032"]


@pytest.mark.parametrize(
    "rates",
    [
        "30/minute",
        [],
        {"user": "30/minute"},
        {"learner": "30"},
        {"learner": "0/minute"},
        {"learner": "-1/minute"},
        {"learner": "1.5/minute"},
        {"learner": "30/fortnight"},
        {"learner": "30/m"},
        {"learner": " 30/minute"},
        {"learner": 30},
        {"learner": "٣/minute"},
        {12: "30/minute"},
    ],
    ids=repr,
)
def test_rates_that_are_not_understood(settings: Settings, rates: Any) -> None:
    change(settings, THROTTLE_RATES=rates)
    assert ids() == ["joanie.E033"]


@pytest.mark.parametrize(
    "rates", [None, {}, {"learner": None}, {"address": "1/second", "checkout": "1000/day"}]
)
def test_rates_that_are_understood(settings: Settings, rates: Any) -> None:
    change(settings, THROTTLE_RATES=rates)
    assert ids() == []


@pytest.mark.parametrize("count", [-1, "1", 1.0, None, True], ids=repr)
def test_a_number_of_proxies_that_is_none(settings: Settings, count: Any) -> None:
    change(settings, PROXY_COUNT=count)
    assert ids() == ["joanie.E034"]


def test_a_site_behind_a_proxy_that_it_does_not_count(settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert ids(deploy=True) == ["joanie.W035"]
    change(settings, PROXY_COUNT=1)
    assert ids(deploy=True) == []
