"""The settings of an account: what is in them, and what is wrong with them."""

from collections.abc import Iterator, Mapping
from typing import Any

from joanie.common.money import MINOR_UNITS
from joanie.payment.backends.addresses import is_on_this_machine
from joanie.payment.backends.braintree.client import ENVIRONMENTS, IDENTIFIER

NEEDED = ("merchant_id", "public_key", "private_key")
FLAGS = ("requires_three_d_secure", "sends_request_keys")


def get_key_pairs(configuration: Mapping[str, Any]) -> dict[str, str]:
    """Return the private key of each public one that notifications may be signed with.

    There are others than the account's own while that is being changed.
    """
    others = configuration.get("other_keys") or {}
    return {**others, configuration["public_key"]: configuration["private_key"]}


def find_faults(configuration: Mapping[str, Any]) -> Iterator[str]:
    """Say what is wrong, in sentences for whoever wrote the settings."""
    for name in NEEDED:
        if not _is_text(configuration.get(name)):
            yield f"“{name}” is missing: it is in Braintree's control panel, under API."
    yield from _find_faults_of_address(configuration)
    yield from _find_faults_of_accounts(configuration)
    others = configuration.get("other_keys", {})
    if not isinstance(others, Mapping) or not all(map(_is_text, (*others, *others.values()))):
        yield "“other_keys” has private keys by their public ones."
    for name in FLAGS:
        if not isinstance(configuration.get(name, False), bool):
            yield f"“{name}” is true or false."


def _find_faults_of_address(configuration: Mapping[str, Any]) -> Iterator[str]:
    base_url = configuration.get("base_url")
    if base_url:
        if not is_on_this_machine(str(base_url)):
            yield "“base_url” is the address of an emulator on this machine, with http."
        elif configuration.get("environment") == "production":
            yield "“base_url” is an emulator's, so “environment” cannot be production."
    elif configuration.get("environment") not in ENVIRONMENTS:
        yield f"“environment” is one of {', '.join(ENVIRONMENTS)}."


def _find_faults_of_accounts(configuration: Mapping[str, Any]) -> Iterator[str]:
    accounts: Any = configuration.get("merchant_account_ids")
    if not _names_accounts(accounts):
        yield "“merchant_account_ids” has the merchant account of each currency: {“EUR”: “…”}."
    elif configuration.get("requires_three_d_secure") and len(accounts) > 1:
        yield (
            "“merchant_account_ids” has several accounts, and a client token with 3-D Secure is "
            "for one: configure an alias for each currency."
        )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.isascii()


def _names_accounts(accounts: object) -> bool:
    return (
        isinstance(accounts, Mapping)
        and bool(accounts)
        and all(currency in MINOR_UNITS for currency in accounts)
        and all(isinstance(each, str) and IDENTIFIER.fullmatch(each) for each in accounts.values())
    )
