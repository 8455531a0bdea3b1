"""The merchants that a provider knows, and how their servers prove who they are."""

import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from flask import request

from joanie.emulators.kit.errors import ApiError


@dataclass(frozen=True)
class Account:
    """One merchant. Its secret opens the API and, where there is no other, signs.

    Further credentials (a public key, a webhook's secret) are made from the secret.
    """

    number: int
    secret: str = field(repr=False)

    def derive(self, purpose: str) -> str:
        """Make one more credential, 64 hexadecimal digits: always the same for one purpose."""
        return hmac.new(self.secret.encode(), purpose.encode(), "sha256").hexdigest()


class Accounts:
    """The accounts of one emulator, numbered from 1."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._all = [Account(number, each) for number, each in enumerate(secrets, start=1)]

    def __iter__(self) -> Iterator[Account]:
        return iter(self._all)

    def numbered(self, number: int) -> Account:
        """Raises LookupError when there are not so many."""
        if number < 1:
            raise LookupError(number)
        return self._all[number - 1]

    def with_secret(self, secret: str) -> Account | None:
        return self.find(lambda account: account.secret, secret)

    def find(self, credential: Callable[[Account], str], value: str) -> Account | None:
        """Find the account whose credential this is, without telling by the time it takes."""
        for account in self._all:
            if hmac.compare_digest(credential(account).encode(), value.encode()):
                return account
        return None


def authenticate_bearer(accounts: Accounts) -> Account:
    """Say whose secret the request bears. Raises ApiError 401 when it is none of ours."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    account = accounts.with_secret(secret) if scheme == "Bearer" else None
    if account is None:
        raise ApiError(401, "unauthorized", "The secret key is missing or unknown.")
    return account
