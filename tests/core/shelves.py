"""What a host that lends books has in the place of enrolments."""

from typing import ClassVar

from django.db import connection
from tests.core.purchases import move

from joanie.core.fulfilment import Fulfilment
from joanie.core.models import Order


class Shelf(Fulfilment):
    """Sends books, and nothing else."""

    lent: ClassVar[list[bool]] = []
    had_transaction: ClassVar[bool | None] = None

    def update_access(self, order: Order) -> None:
        self.lent.append(order.grants_access)
        type(self).had_transaction = connection.in_atomic_block


class ShelfAndSeats(Shelf):
    def update_access(self, order: Order) -> None:
        super().update_access(order)
        Fulfilment().update_access(order)


class Slow(Shelf):
    """Is overtaken by a refund, the first time."""

    def update_access(self, order: Order) -> None:
        if not self.lent:
            move(order, "validated", "refunded")
        super().update_access(order)


class Down(Fulfilment):
    def update_access(self, order: Order) -> None:
        raise ConnectionError(f"no shelf for {order.pk}")
