"""What a merchant is given: an id, a public key and a private one, which is the secret."""

from typing import Any

from joanie.emulators.kit.acquirer.accounts import Account

CURRENCIES = ("EUR", "GBP", "JPY", "KWD", "USD")


def describe(account: Account) -> dict[str, Any]:
    """Give what a merchant is shown of its account, as the backend's settings name it."""
    return {
        "merchant_id": merchant_id(account),
        "public_key": public_key(account),
        "private_key": private_key(account),
        "merchant_account_ids": {each: merchant_account_id(each) for each in CURRENCIES},
    }


def merchant_id(account: Account) -> str:
    return account.derive("merchant id")[:16]


def public_key(account: Account) -> str:
    return account.derive("public key")[:16]


def private_key(account: Account) -> str:
    return account.secret


def merchant_account_id(currency: str) -> str:
    """Give the account of a currency: every merchant has one in each."""
    return f"account_{currency.lower()}"


def currency_of(merchant_account: str) -> str | None:
    """Say in which currency a merchant account is; None when there is no such account."""
    prefix, _, currency = merchant_account.rpartition("_")
    is_account = prefix == "account" and len(currency) == 3 and currency.isalpha()
    return currency.upper() if is_account else None
