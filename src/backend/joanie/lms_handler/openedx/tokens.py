"""The OAuth2 tokens that an LMS gave us, kept in this process until they expire."""

import time
from dataclasses import dataclass, field

# A token that ends while it travels is refused: it counts as expired a little early.
MARGIN = 30


@dataclass(frozen=True)
class Account:
    base_url: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class _Token:
    value: str = field(repr=False)
    expires_at: float


_tokens: dict[Account, _Token] = {}


def get(account: Account) -> str | None:
    """Return a token that is good for a while yet."""
    token = _tokens.get(account)
    return token.value if token is not None and time.monotonic() < token.expires_at else None


def keep(account: Account, value: str, lifetime: float) -> None:
    """Keep a token of so many seconds in the place of the one before."""
    _tokens[account] = _Token(value, time.monotonic() + lifetime - MARGIN)
