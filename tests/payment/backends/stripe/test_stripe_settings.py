"""The settings of an account at Stripe, before anybody pays."""

from typing import Any

import pytest

from joanie.common.money import Money
from joanie.payment.backends.stripe import StripeBackend, StripePaymentIntentBackend
from joanie.payment.backends.stripe.configuration import is_live

RIGHT = {"secret_key": "sk_test_1", "webhook_secret": "whsec_1", "publishable_key": "pk_test_1"}


def faults(**changes: Any) -> list[str]:
    return list(StripeBackend.find_faults({**RIGHT, **changes}))


def test_keys_where_they_belong_are_no_fault() -> None:
    assert faults() == []
    assert faults(secret_key="rk_test_1", other_webhook_secrets=["whsec_2"]) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret_key", ""),
        ("secret_key", "pk_test_1"),
        ("webhook_secret", None),
        ("webhook_secret", "sk_test_1"),
        ("other_webhook_secrets", "whsec_2"),
        ("other_webhook_secrets", ["sk_test_1"]),
        ("publishable_key", "sk_test_1"),
        ("publishable_key", "pk_live_1"),
        ("base_url", "http://stripe.example.org"),
        ("base_url", "http://127.0.0.1.example.org"),
        ("base_url", "stripe.example.org"),
        ("base_url", "https://"),
        ("base_url", "http://["),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: object) -> None:
    (fault,) = faults(**{name: value})
    assert f"“{name}”" in fault


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8073", "https://proxy.example.org"])
def test_a_test_key_may_go_to_an_emulator_and_a_live_key_only_to_stripe(base_url: str) -> None:
    live = {"secret_key": "rk_live_1", "publishable_key": "pk_live_1"}
    assert faults(base_url=base_url) == []
    assert faults(base_url="https://api.stripe.com/", **live) == []
    (fault,) = faults(base_url=base_url, **live)
    assert "“base_url”" in fault


def test_the_key_is_the_mode() -> None:
    keys = ["sk_live_1", "rk_live_1", "sk_test_1", "rk_test_1", ""]
    assert [is_live({"secret_key": key}) for key in keys] == [True, True, False, False, False]


def test_only_the_form_needs_the_publishable_key() -> None:
    assert faults(publishable_key="") == []
    without = {**RIGHT, "publishable_key": ""}
    assert len(list(StripePaymentIntentBackend.find_faults(without))) == 1


def test_the_browser_is_told_the_publishable_key_alone() -> None:
    assert StripeBackend(RIGHT).get_public_configuration() == {"publishable_key": "pk_test_1"}
    assert StripeBackend({}).get_public_configuration() == {}


def test_amounts_that_stripe_cannot_take_are_known_beforehand() -> None:
    assert StripeBackend.takes_amount(Money("1.000", "KWD"))
    assert not StripeBackend.takes_amount(Money("1.005", "KWD"))
