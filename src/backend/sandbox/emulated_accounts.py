"""The first account of each emulator, in the words of the backends' settings.

Needs Flask, so it is imported only where a provider is played.
"""

import hmac
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from joanie.emulators.kit.acquirer.accounts import Account


def get_credentials(name: str, key: str) -> Mapping[str, Any]:
    """Derive what the emulator derives from ``key``, Django's secret key."""
    text = f"joanie.payment.backends.{name}".encode()
    account = Account(1, hmac.new(key.encode(), text, "sha256").hexdigest())
    credentials: Mapping[str, Any] = import_module(
        f"joanie.emulators.{name}.credentials"
    ).describe(account)
    return credentials
