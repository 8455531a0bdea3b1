"""Products that only so many learners can have at a time.

A seat is an active order: one that is paid, or that may still be. It is free again when the order
is canceled, expires or is refunded. Whoever holds a seat keeps it when there are fewer of them.
"""

import uuid
from http import HTTPStatus
from typing import Any

from django.db.models import Case, Count, IntegerField, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import Refused
from joanie.core.models import Order, Product


class ProductSoldOut(Refused):
    code = "product_sold_out"
    status = HTTPStatus.CONFLICT
    detail = _("Every seat is taken. One may become free: try again later.")


def hold_seat(*, product_id: uuid.UUID, owner_id: Any, course_id: uuid.UUID) -> None:
    """Refuse another active order of a product that is sold out; else keep a seat free for it.

    In the caller's transaction, which writes the order: the product is locked until it is
    committed, unless it has as many seats as one likes. FOR NO KEY UPDATE: only those who want a
    seat of the same product wait, and whoever changes the product. An order that the owner has for
    the same course is not counted: there is only ever one of them. Raises ProductSoldOut.
    """
    limit = lock_limited_product(Q(pk=product_id))
    if limit is None:
        return
    # Read after the lock: what others placed meanwhile is committed.
    taken = Order.objects.active().filter(product=product_id)
    if taken.exclude(owner=owner_id, course=course_id).count() >= limit:
        raise ProductSoldOut


def lock_limited_product(which: Q) -> int | None:
    """Lock a product if it has a limit, and return the limit. One statement."""
    products = Product.objects.select_for_update(no_key=True, of=("self",)).only("max_orders")
    product = products.filter(which, max_orders__isnull=False).first()
    return None if product is None else product.max_orders


def seats_taken() -> Case:
    """Give an expression of how many seats of a product are taken.

    Null for a product without a limit, whose orders are then not counted.
    """
    orders = (
        Order.objects.active()
        .filter(product=OuterRef("pk"))
        .order_by()
        .values("product")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Case(
        When(max_orders__isnull=False, then=Coalesce(Subquery(orders), 0)),
        default=None,
        output_field=IntegerField(),
    )


def count_seats_left(limit: int | None, taken: int | None) -> int | None:
    """Return how many orders can be placed now; None: any number.

    None are left where there are fewer seats than there were when they were taken.
    """
    return None if limit is None else max(limit - (taken or 0), 0)
