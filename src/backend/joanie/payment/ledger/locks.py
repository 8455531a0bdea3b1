"""Locks are taken in one order: product, order, payment, invoice, number sequence."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import Q

from joanie.common.log_context import log_context
from joanie.common.transactions import short_transaction
from joanie.core.models import Order
from joanie.core.services.seats import lock_limited_product


@contextmanager
def order_locked(
    order_id: uuid.UUID, *, may_need_seat: bool = False, is_alone: bool = False
) -> Iterator[Order]:
    """Open a short transaction that holds the order; give the row as it is now.

    FOR NO KEY UPDATE: rows that refer to the order can still be written meanwhile.
    ``may_need_seat``: the order may come back, so its product is held before, where it has a
    limit. ``is_alone``: only its state is of interest, not who ordered what from whom. Raises
    Busy when a lock is not to be had, Order.DoesNotExist.
    """
    with log_context(order_id=order_id), short_transaction():
        if may_need_seat:
            lock_limited_product(Q(orders=order_id))
        orders = Order.objects.select_for_update(no_key=True, of=("self",))
        if not is_alone:
            orders = orders.select_related("owner", "product", "course", "organization")
        yield orders.get(pk=order_id)
