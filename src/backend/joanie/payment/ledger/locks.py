"""Locks are taken in one order: product, order, payment, invoice, number sequence."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from joanie.common.transactions import short_transaction
from joanie.core.models import Order


@contextmanager
def order_locked(order_id: uuid.UUID) -> Iterator[Order]:
    """Open a short transaction that holds the order; give the row as it is now.

    FOR NO KEY UPDATE: rows that refer to the order can still be written meanwhile. Raises Busy
    when the lock is not to be had, Order.DoesNotExist.
    """
    with short_transaction():
        yield (
            Order.objects.select_for_update(no_key=True, of=("self",))
            .select_related("owner", "product", "course", "organization")
            .get(pk=order_id)
        )
