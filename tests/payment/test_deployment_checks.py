"""What is right on a laptop, and wrong where money counts, is said by ``check --deploy``."""

from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

LOCMEM = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SHARED = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache"}}


@pytest.fixture(autouse=True)
def _production(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["shop.example.org"]
    settings.CACHES = SHARED
    settings.DEFAULT_FROM_EMAIL = "The shop <shop@example.org>"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.JOANIE = {
        "JWT_SIGNING_KEY": "k" * 32,
        "PUBLIC_BASE_URL": "https://shop.example.org",
        "ALLOWED_RETURN_URLS": ["https://shop.example.org/"],
    }


def ids(*, deploy: bool = True) -> list[str]:
    messages = run_checks(include_deployment_checks=deploy)
    return [message.id for message in messages if (message.id or "").startswith("joanie.W06")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"ALLOW_DUMMY": True}, ["joanie.W060"]),
        ({"PUBLIC_BASE_URL": "http://shop.example.org"}, ["joanie.W061"]),
        ({"PUBLIC_BASE_URL": "http://127.0.0.1:8071"}, []),
        ({"ALLOWED_RETURN_URLS": ["http://shop.example.org/"]}, ["joanie.W062"]),
        ({"JWT_SIGNING_KEY": "k" * 31}, ["joanie.W065"]),
        ({"THROTTLE_RATES": None}, ["joanie.W066"]),
        ({"THROTTLE_RATES": {"learner": None}}, ["joanie.W066"]),
    ],
)
def test_a_setting_of_ours(settings: Settings, changes: dict[str, Any], expected: Any) -> None:
    settings.JOANIE = {**settings.JOANIE, **changes}
    assert ids() == expected
    assert ids(deploy=False) == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("CACHES", LOCMEM, "joanie.W067"),
        ("DEFAULT_FROM_EMAIL", "webmaster@localhost", "joanie.W064"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "joanie.W063"),
    ],
)
def test_a_setting_of_django_s(settings: Settings, name: str, value: Any, expected: str) -> None:
    setattr(settings, name, value)
    assert ids() == [expected]


def test_a_laptop_hears_nothing(settings: Settings) -> None:
    settings.DEBUG = True
    settings.CACHES = LOCMEM
    settings.JOANIE = {"JWT_SIGNING_KEY": "short", "THROTTLE_RATES": None}
    assert ids() == []
