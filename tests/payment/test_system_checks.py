"""A bad setting is found at start, not at checkout."""

import re
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.http import HttpRequest
from pytest_django import Settings

from joanie.conf import DEFAULTS
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.dummy import DummyPaymentBackend
from joanie.payment.backends.types import Capability

HERE = "tests.payment.test_system_checks"
DUMMY = {"backend": "joanie.payment.backends.dummy.DummyPaymentBackend"}


class Complete(DummyPaymentBackend):
    is_for_development = False


class Incomplete(BasePaymentBackend):
    def delete_credit_card(self, credit_card: object) -> None: ...


class Boastful(Complete):
    capabilities = Complete.capabilities | {Capability.CLIENT_TOKEN}


class Modest(Complete):
    def answer_challenge(self, request: HttpRequest) -> None: ...


def _ids(*, deploy: bool = False) -> list[str]:
    messages: list[CheckMessage] = run_checks(include_deployment_checks=deploy)
    ids = (message.id or "" for message in messages)
    return sorted(each for each in ids if re.fullmatch(r"joanie\.[EW]0[0-2]\d", each))


def _set(settings: Settings, **changes: Any) -> None:
    settings.JOANIE = {**settings.JOANIE, **changes}


def _set_backend(settings: Settings, entry: object, alias: Any = "one") -> None:
    _set(settings, PAYMENT_BACKENDS={alias: entry}, DEFAULT_PAYMENT_BACKEND=alias)


def test_good_settings_pass(settings: Settings) -> None:
    assert _ids() == []
    settings.JOANIE = {"ALLOW_DUMMY": True}
    assert _ids() == []


@pytest.mark.parametrize("joanie", [None, [], "JOANIE", 12, {("PAYMENT_BACKENDS", 1)}], ids=repr)
def test_settings_that_are_no_dictionary(settings: Settings, joanie: object) -> None:
    settings.JOANIE = joanie
    assert _ids(deploy=True) == ["joanie.E001"]


@pytest.mark.parametrize("key", ["PAYMENT_BACKEND", "payment_backends", "", 12])
def test_a_key_that_means_nothing(settings: Settings, key: Any) -> None:
    settings.JOANIE = {**settings.JOANIE, key: 1}
    assert _ids() == ["joanie.E002"]


def test_every_key_that_means_nothing_is_named(settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "A": 1, 12: 1, None: 1}
    assert _ids() == ["joanie.E002"] * 3


def test_every_key_with_a_default_means_something(settings: Settings) -> None:
    settings.JOANIE = {**DEFAULTS, "ALLOW_DUMMY": True}
    assert _ids() == []


@pytest.mark.parametrize("rate", ["-1", "100.01", "20 %", "", None, "NaN", "Infinity", [], {}])
def test_a_vat_rate_that_is_no_percentage(settings: Settings, rate: object) -> None:
    _set(settings, DEFAULT_VAT_RATE=rate)
    assert _ids() == ["joanie.E003"]


@pytest.mark.parametrize("rate", ["0", "5.5", "100", 20, 5.5])
def test_a_vat_rate_that_is_a_percentage(settings: Settings, rate: object) -> None:
    _set(settings, DEFAULT_VAT_RATE=rate)
    assert _ids() == []


@pytest.mark.parametrize("backends", [None, [], "dummy", ["dummy"]], ids=repr)
def test_backends_that_are_no_dictionary(settings: Settings, backends: object) -> None:
    _set(settings, PAYMENT_BACKENDS=backends)
    assert _ids() == ["joanie.E010"]


@pytest.mark.parametrize("default", ["other", "", None, "Dummy", ["dummy"]], ids=repr)
def test_a_default_backend_that_is_not_there(settings: Settings, default: object) -> None:
    _set(settings, DEFAULT_PAYMENT_BACKEND=default)
    assert _ids() == ["joanie.E011"]


@pytest.mark.parametrize("alias", ["", "a b", "a/b", "../a", "é", "a.b", 12, "a" * 51], ids=repr)
def test_an_alias_that_fits_in_no_url(settings: Settings, alias: object) -> None:
    _set_backend(settings, DUMMY, alias)
    assert _ids() == ["joanie.E012"]


@pytest.mark.parametrize("alias", ["stripe", "stripe-2", "2checkout", "A_b-3", "-", "a" * 50])
def test_an_alias_that_fits_in_a_url(settings: Settings, alias: str) -> None:
    _set_backend(settings, DUMMY, alias)
    assert _ids() == []


@pytest.mark.parametrize(
    "entry",
    [
        None,
        "joanie.payment.backends.dummy.DummyPaymentBackend",
        {},
        {"backend": None},
        {"backend": DummyPaymentBackend},
        {**DUMMY, "configuration": "secret"},
        {**DUMMY, "configuration": ["secret"]},
    ],
    ids=repr,
)
def test_an_entry_that_is_not_understood(settings: Settings, entry: object) -> None:
    _set_backend(settings, entry)
    assert _ids() == ["joanie.E013"]


@pytest.mark.parametrize("configuration", [None, {}, {"secret": "s"}])
def test_an_entry_with_or_without_a_configuration(
    settings: Settings, configuration: object
) -> None:
    _set_backend(settings, {**DUMMY, "configuration": configuration})
    assert _ids() == []


@pytest.mark.parametrize(
    "path",
    ["", "Dummy", ".Dummy", "..Dummy", "joanie.payment.Nothing", "nowhere.to.be.Found", "a b.C"],
)
def test_a_class_that_is_not_there(settings: Settings, path: str) -> None:
    _set_backend(settings, {"backend": path})
    assert _ids() == ["joanie.E014"]


@pytest.mark.parametrize("path", [f"{HERE}.DUMMY", f"{HERE}._ids", "decimal.Decimal"])
def test_a_class_that_is_no_backend(settings: Settings, path: str) -> None:
    _set_backend(settings, {"backend": path})
    assert _ids() == ["joanie.E015"]


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("Complete", []),
        ("Incomplete", ["joanie.E016"]),
        ("Boastful", ["joanie.E017"]),
        ("Modest", ["joanie.E017"]),
    ],
)
def test_a_class_that_does_less_or_more_than_it_says(
    settings: Settings, name: str, ids: list[str]
) -> None:
    _set_backend(settings, {"backend": f"{HERE}.{name}"})
    assert _ids() == ids


def test_the_dummy_where_money_counts(settings: Settings) -> None:
    _set(settings, ALLOW_DUMMY=False)
    assert _ids() == ["joanie.W018"]
    settings.DEBUG = True
    assert _ids() == []


def test_learners_without_a_key(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["shop.example.org"]
    _set(settings, JWT_SIGNING_KEY="")
    assert _ids(deploy=True) == ["joanie.W020"]


@pytest.mark.parametrize(
    ("hosts", "url", "ids"),
    [
        ([], None, ["joanie.W021"]),
        (["*"], None, ["joanie.W021"]),
        (["shop.example.org", "*"], None, ["joanie.W021"]),
        (["shop.example.org"], None, []),
        (["*"], "https://shop.example.org", []),
    ],
)
def test_a_site_that_does_not_know_its_address(
    settings: Settings, hosts: list[str], url: str | None, ids: list[str]
) -> None:
    settings.ALLOWED_HOSTS = hosts
    _set(settings, JWT_SIGNING_KEY="k" * 64, PUBLIC_BASE_URL=url)
    assert _ids(deploy=True) == ids
