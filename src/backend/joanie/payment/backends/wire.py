"""Reading what providers write: what is not understood raises, and is never guessed.

For the ``mapping`` module of a backend.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from joanie.common.exceptions import ProviderProtocolError
from joanie.common.money import InvalidAmount, Money, from_minor_units, parse_money


@contextmanager
def understanding(what: str) -> Iterator[None]:
    """Turn what goes wrong in reading into ProviderProtocolError, which names ``what``."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, InvalidAmount) as error:
        raise ProviderProtocolError(f"{what} that we do not understand: {error!r}") from error


def read_minor_units(amount: object, currency: object) -> Money:
    """Read an integer of minor units, above zero. Raises ProviderProtocolError."""
    with understanding("An amount"):
        if isinstance(amount, bool) or not isinstance(amount, (int, str)):
            raise TypeError(amount)
        return _above_zero(from_minor_units(int(amount), str(currency).upper()))


def read_major_units(amount: object, currency: object) -> Money:
    """Read a decimal of major units, above zero. Raises ProviderProtocolError."""
    with understanding("An amount"):
        return _above_zero(parse_money(amount, str(currency).upper()))


def read_reference(reference: object) -> str:
    """Read the provider's id of something. Raises ProviderProtocolError when it names nothing."""
    if not isinstance(reference, str) or not reference.strip():
        raise ProviderProtocolError(f"{reference!r} names nothing")
    return reference


def read_own_id(reference: object) -> uuid.UUID | None:
    """Return the id of ours that the provider repeats; None when it is somebody else's."""
    try:
        return uuid.UUID(str(reference))
    except ValueError:
        return None


def read_moment(seconds: object) -> datetime | None:
    """Read seconds since 1970. Raises ProviderProtocolError."""
    if seconds is None:
        return None
    with understanding("A moment"):
        return datetime.fromtimestamp(float(str(seconds)), UTC)


def _above_zero(money: Money) -> Money:
    if money.amount <= 0:
        raise ProviderProtocolError(f"{money} is not an amount that moves")
    return money
