"""The official SDK, connected to Braintree on loopback."""

from typing import Any

from joanie.emulators.braintree.credentials import merchant_id, private_key, public_key
from joanie.emulators.kit.acquirer.accounts import Account
from joanie.payment.backends.braintree.client import make_gateway

SECRETS = ("the private key of the first", "the private key of the second")


def connect(base_url: str, number: int = 1, **changes: str) -> Any:
    account = Account(number, SECRETS[number - 1])
    return make_gateway(
        {
            "base_url": base_url,
            "merchant_id": merchant_id(account),
            "public_key": public_key(account),
            "private_key": private_key(account),
            **changes,
        }
    )
