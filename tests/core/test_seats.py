"""Products that only so many learners can have at a time."""

from typing import Any

import pytest
from tests.statements import captured_statements

from joanie.core.enums import ACTIVE_ORDER_STATES, OrderState
from joanie.core.factories import CourseFactory, OrderFactory, ProductFactory, UserFactory
from joanie.core.models import Order, Product
from joanie.core.services.orders import create_order
from joanie.core.services.seats import ProductSoldOut, count_seats_left, seats_taken

pytestmark = pytest.mark.django_db


def place(product: Product, **changes: Any) -> Order:
    return create_order(
        **{
            "owner": UserFactory(),
            "course": product.courses.first(),
            "product": product,
            "organization": product.organizations.first(),
            "language": "en",
            **changes,
        }
    )


def taken(product: Product) -> int | None:
    count: int | None = Product.objects.annotate(taken=seats_taken()).get(pk=product.pk).taken
    return count


@pytest.mark.parametrize("state", OrderState)
def test_an_order_has_a_seat_while_it_is_active(state: OrderState) -> None:
    product = OrderFactory(product=ProductFactory(max_orders=1), state=state).product
    if state not in ACTIVE_ORDER_STATES:
        assert place(product).state == "pending"
        return
    with pytest.raises(ProductSoldOut):
        place(product)
    assert Order.objects.count() == 1


def test_every_seat_can_be_taken_and_no_more() -> None:
    product = ProductFactory(max_orders=3)
    for _ in range(3):
        place(product)
    with pytest.raises(ProductSoldOut):
        place(product)
    assert taken(product) == 3


def test_a_product_without_seats_is_sold_to_nobody() -> None:
    with pytest.raises(ProductSoldOut):
        place(ProductFactory(max_orders=0))


def test_orders_of_other_products_take_no_seat() -> None:
    OrderFactory.create_batch(2)
    product = ProductFactory(max_orders=1)
    place(product)
    assert taken(product) == 1


def test_the_same_product_on_two_courses_is_two_seats() -> None:
    product = ProductFactory(max_orders=1, courses=CourseFactory.create_batch(2))
    first, second = product.courses.all()
    order = place(product, course=first)
    with pytest.raises(ProductSoldOut):
        place(product, course=second, owner=order.owner)


def test_what_counts_is_the_limit_of_this_moment() -> None:
    product = ProductFactory(max_orders=1)
    place(product)
    Product.objects.update(max_orders=2)
    place(product)
    Product.objects.update(max_orders=None)
    place(product)
    assert taken(product) is None


def test_with_fewer_seats_nobody_loses_one_and_nobody_else_gets_in() -> None:
    product = ProductFactory(max_orders=3)
    orders = [place(product) for _ in range(3)]
    Product.objects.update(max_orders=1)
    for order in orders[:2]:
        with pytest.raises(ProductSoldOut):
            place(product)
        Order.objects.filter(pk=order.pk).update(state="canceled")
    with pytest.raises(ProductSoldOut):
        place(product)
    Order.objects.update(state="canceled")
    assert place(product)


@pytest.mark.parametrize(
    ("limit", "count", "left"), [(None, None, None), (3, 0, 3), (3, 3, 0), (3, 5, 0), (0, 0, 0)]
)
def test_what_is_left_is_never_negative(
    limit: int | None, count: int | None, left: int | None
) -> None:
    assert count_seats_left(limit, count) == left


def test_a_product_without_a_limit_is_neither_locked_nor_counted() -> None:
    product, limited = ProductFactory(), ProductFactory(max_orders=2)
    with captured_statements() as unlimited_statements:
        place(product)
    with captured_statements() as statements:
        place(limited)
    assert not [sql for sql in unlimited_statements if "FOR NO KEY UPDATE" in sql]
    assert len(statements) == len(unlimited_statements) + 2
