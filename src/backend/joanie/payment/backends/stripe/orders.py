"""What Stripe is told of an order: for how long it can be paid, and whether it can."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from joanie.common.money import InvalidAmount
from joanie.conf import joanie_settings
from joanie.payment.enums import FailureCode
from joanie.payment.exceptions import CreatePaymentFailed

# A page of Stripe stays open for 30 minutes at least, and for a day at most and by default.
PAGE_STAYS_OPEN = range(35 * 60, 24 * 3600)


@contextmanager
def refusing_what_stripe_cannot_take() -> Iterator[None]:
    """Refuse such an amount before Stripe hears of it."""
    try:
        yield
    except InvalidAmount as error:
        raise CreatePaymentFailed(
            failure_code=FailureCode.PROVIDER_ERROR, reason=str(error)
        ) from error


def page_expires_at() -> int | None:
    """Return when Stripe is to close a page, in seconds since 1970; None for its own day."""
    seconds = max(int(joanie_settings.ORDER_EXPIRES_AFTER), PAGE_STAYS_OPEN.start)
    return int(time.time()) + seconds if seconds in PAGE_STAYS_OPEN else None
