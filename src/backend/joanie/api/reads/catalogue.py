"""What the API shows of courses and products: cards, and what is live beside them.

The number of statements does not grow with the rows: one for the catalogue's version, one for the
seats of limited products, and those of ``summarize_orders`` for the reader's own orders. More when
a row is shown for the first time since the catalogue changed.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection

from joanie.api.reads.cards import course_cards, product_cards
from joanie.api.reads.orders import orders_of, summarize_orders
from joanie.core.catalogue_version import QUERY, read_catalogue_version
from joanie.core.models import Product
from joanie.core.services.seats import count_seats_left, seats_taken

# None for an anonymous reader, who has no list of orders, not an empty one.
OwnOrders = list[dict[str, Any]] | None


def show_products(
    ids: Collection[uuid.UUID],
    *,
    learner: AbstractBaseUser | None,
    now: datetime,
    course_code: str = "",
) -> list[dict[str, Any]]:
    """Give the products that are there, those displayed on one course when a code is given.

    ``orders`` are the learner's, of that course alone when a code is given.
    """
    version, has_orders = _look_around(learner, ids)
    cards = product_cards.find(ids, version=version, now=now)
    if course_code:
        cards = {key: card for key, card in cards.items() if course_code in card.displayed_on}
    products = [cards[each].shown for each in ids if each in cards]
    own_orders: OwnOrders = None if learner is None else []
    if learner is not None and has_orders:
        orders = orders_of(learner).filter(product__in=list(cards))
        if course_code:
            orders = orders.filter(course__code=course_code)
        own_orders = summarize_orders(orders, learner, now)
    return _fill_in(products, own_orders, _read_seats(products))


def show_courses(
    codes: Collection[str], *, learner: AbstractBaseUser | None, now: datetime
) -> list[dict[str, Any]]:
    """Give the courses that are there, with their products. ``orders`` are the learner's."""
    cards = course_cards.find(codes, version=read_catalogue_version(), now=now)
    courses = [cards[code].shown for code in codes if code in cards]
    own_orders: OwnOrders = None
    if learner is not None:
        orders = orders_of(learner).filter(course__code__in=list(cards))
        own_orders = summarize_orders(orders, learner, now)
    seats = _read_seats([product for course in courses for product in course["products"]])
    answer = []
    for course in courses:
        placed_here = _choose(own_orders, "course", course["code"])
        products = _fill_in(course["products"], placed_here, seats)
        answer.append({**course, "products": products, "orders": placed_here})
    return answer


def _look_around(
    learner: AbstractBaseUser | None, product_ids: Collection[uuid.UUID]
) -> tuple[str | None, bool]:
    """Return the catalogue's version, and whether the learner ever ordered one of the products.

    One statement, for all there is to ask about a product that is on a card: who looks at one has
    mostly not ordered it.
    """
    if learner is None:
        return read_catalogue_version(), False
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ({QUERY}), EXISTS (SELECT FROM joanie_core_order"  # noqa: S608 - constants # nosec B608
            " WHERE owner_id = %s AND product_id = ANY(%s::uuid[]))",
            [learner.pk, f"{{{','.join(map(str, product_ids))}}}"],
        )
        version, has_orders = cursor.fetchone()
    return version, has_orders


def _fill_in(
    products: Iterable[Mapping[str, Any]], own_orders: OwnOrders, seats: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Add what is live to products as they are on cards, which stay as they are."""
    return [
        {
            **product,
            "seats_left": count_seats_left(product["max_orders"], seats.get(product["id"])),
            "orders": _choose(own_orders, "product", product["id"]),
        }
        for product in products
    ]


def _choose(orders: OwnOrders, name: str, value: str) -> OwnOrders:
    return None if orders is None else [order for order in orders if order[name] == value]


def _read_seats(products: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Say how many seats of limited products are taken, by id. One statement, or none."""
    limited = [product["id"] for product in products if product["max_orders"] is not None]
    if not limited:
        return {}
    counted = Product.objects.filter(pk__in=limited).annotate(taken=seats_taken())
    return {str(pk): taken for pk, taken in counted.values_list("pk", "taken")}
