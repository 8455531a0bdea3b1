"""What the settings of an account may say."""

import subprocess
import sys
from typing import Any

import pytest

from joanie.payment.backends.braintree import BraintreeBackend
from joanie.payment.backends.braintree.client import BraintreeClient

RIGHT = {
    "environment": "sandbox",
    "merchant_id": "m1",
    "public_key": "pub",
    "private_key": "priv",
    "merchant_account_ids": {"EUR": "shop_eur"},
}
WRONG: list[tuple[str, dict[str, Any]]] = [
    ("environment", {"environment": "moon"}),
    ("merchant_id", {"merchant_id": ""}),
    ("private_key", {"private_key": 3}),
    ("base_url", {"base_url": "https://shop.example.org"}),
    ("base_url", {"base_url": "http://shop.example.org"}),
    ("base_url", {"base_url": "http://127.0.0.1.example.org"}),
    ("base_url", {"base_url": "http://[127.0.0.1"}),
    ("base_url", {"base_url": "http://127.0.0.1:moon"}),
    ("base_url", {"base_url": "http://127.0.0.1:8075", "environment": "production"}),
    ("merchant_account_ids", {"merchant_account_ids": {}}),
    ("merchant_account_ids", {"merchant_account_ids": {"XXY": "a"}}),
    ("merchant_account_ids", {"merchant_account_ids": {"EUR": "../a"}}),
    ("other_keys", {"other_keys": ["pub"]}),
    ("other_keys", {"other_keys": {"pub": ""}}),
    ("sends_request_keys", {"sends_request_keys": "no"}),
    ("requires_three_d_secure", {"requires_three_d_secure": 1}),
]


def test_right_settings_have_no_fault() -> None:
    assert [*BraintreeBackend.find_faults(RIGHT)] == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_emulator_on_this_machine_needs_no_environment(host: str) -> None:
    played = {**RIGHT, "environment": "", "base_url": f"http://{host}:8075"}
    assert [*BraintreeBackend.find_faults(played)] == []


@pytest.mark.parametrize(("name", "changes"), WRONG, ids=str)
def test_a_wrong_setting_is_named(name: str, changes: dict[str, Any]) -> None:
    (fault,) = BraintreeBackend.find_faults({**RIGHT, **changes})
    assert name in fault


def test_three_d_secure_in_two_currencies_wants_two_aliases() -> None:
    accounts = {"merchant_account_ids": {"EUR": "a", "USD": "b"}}
    wrong = {**RIGHT, **accounts, "requires_three_d_secure": True}
    (fault,) = BraintreeBackend.find_faults(wrong)
    assert "alias for each currency" in fault


@pytest.mark.parametrize(
    ("environment", "host"),
    [("production", "api.braintreegateway.com"), ("sandbox", "api.sandbox.braintreegateway.com")],
)
def test_an_environment_is_at_its_own_address(environment: str, host: str) -> None:
    client = BraintreeClient({**RIGHT, "environment": environment})
    assert client._gateway.config.base_url() == f"https://{host}:443"


def test_without_the_sdk_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['braintree'] = None\nimport joanie.payment.backends.braintree.sdk"
    )
    path = f"import sys; sys.path[:] = {sys.path!r}\n"
    found = subprocess.run(
        [sys.executable, "-c", path + _without_parents(code)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "install “joanie[braintree]”" in found.stderr


def _without_parents(code: str) -> str:
    """Load the module by its file: its package would import the backend first."""
    from joanie.payment.backends.braintree import sdk  # noqa: PLC0415

    head, _, _ = code.partition("\n")
    return f"{head}\nimport runpy; runpy.run_path({sdk.__file__!r})"
