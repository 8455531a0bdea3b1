"""What the API says of seats, and what it refuses without one."""

from typing import Any

import pytest
from tests.api.api_client import Api
from tests.api.test_api_budgets import count
from tests.api.test_api_etags import ask, etag_of
from tests.statements import listing

from joanie.core.factories import CourseFactory, OrderFactory, ProductFactory
from joanie.core.models import Order, Product

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    product: Product = ProductFactory(max_orders=3)
    return product


def seats(reader: Api, product: Product) -> tuple[Any, Any]:
    shown = reader.read(f"/products/{product.pk}/")
    return shown["max_orders"], shown["seats_left"]


def test_a_product_says_how_many_seats_are_left(anonymous: Api, product: Product) -> None:
    assert seats(anonymous, product) == (3, 3)
    for state in ("pending", "failed", "canceled", "refunded"):
        OrderFactory(product=product, state=state)
    OrderFactory()
    assert seats(anonymous, product) == (3, 1)


def test_a_product_without_a_limit_says_so(anonymous: Api) -> None:
    product = OrderFactory().product
    assert seats(anonymous, product) == (None, None)


def test_fewer_seats_than_are_taken_leave_none(anonymous: Api, product: Product) -> None:
    OrderFactory.create_batch(2, product=product)
    Product.objects.update(max_orders=1)
    assert seats(anonymous, product) == (1, 0)


def test_lists_and_courses_say_it_too(anonymous: Api, product: Product) -> None:
    OrderFactory(product=product)
    (listed,) = anonymous.read("/products/")["results"]
    (shown,) = anonymous.read(f"/courses/{product.courses.get().code}/")["products"]
    assert (listed["seats_left"], shown["seats_left"]) == (2, 2)


def test_a_seat_that_goes_changes_the_etag(anonymous: Api, product: Product) -> None:
    path = f"/products/{product.pk}/"
    etag = etag_of(anonymous, path)
    assert ask(anonymous, path, etag).status_code == 304
    OrderFactory(product=product)
    response = ask(anonymous, path, etag)
    assert (response.status_code, response.json()["seats_left"]) == (200, 2)


@pytest.mark.parametrize("path", ["/products/", "/courses/"])
def test_seats_take_no_statement_for_each_product(anonymous: Api, path: str) -> None:
    course = CourseFactory()
    OrderFactory(product=ProductFactory(max_orders=3, courses=[course]))
    of_one = len(count(anonymous, path))
    for product in ProductFactory.create_batch(5, max_orders=3, courses=[course]):
        OrderFactory(product=product)
    statements = count(anonymous, path)
    assert len(statements) == of_one, listing(statements)


def test_a_product_that_is_sold_out_is_refused(api: Api, product: Product) -> None:
    Product.objects.update(max_orders=0)
    response = api.order(product)
    assert (response.status_code, response.json()["code"]) == (409, "product_sold_out")
    assert not Order.objects.exists()


def test_being_sold_out_is_told_in_french(owner: Any, product: Product) -> None:
    Product.objects.update(max_orders=0)
    response = Api(owner, language="fr").order(product)
    assert response.json()["detail"].startswith("Toutes les places sont prises.")
