"""What an order freezes, and who sells it."""

import uuid

import pytest
from django.db import IntegrityError
from pytest_django import Settings

from joanie.common.money import Money
from joanie.core.factories import (
    CourseFactory,
    CourseRunFactory,
    OrderFactory,
    OrganizationFactory,
    ProductFactory,
    ProductTargetCourseRelationFactory,
    UserFactory,
)
from joanie.core.models import Order, Product
from joanie.core.services.orders import NotSoldHere, choose_organization, create_order

pytestmark = pytest.mark.django_db


def _place(product: Product, **changes: object) -> Order:
    return create_order(
        **{
            "owner": UserFactory(),
            "course": product.courses.first(),
            "product": product,
            "organization": product.organizations.first(),
            "language": "fr",
            **changes,
        }
    )


def test_an_order_is_what_was_offered() -> None:
    product = ProductFactory(price=Money("99.99", "EUR"), vat_rate="5.50")
    order = Order.objects.get(pk=_place(product).pk)
    assert (order.state, order.total, order.language) == ("pending", product.price, "fr")
    assert str(order.vat_rate) == "5.50"
    Product.objects.update(price=Money("1.00", "EUR"), vat_rate=20)
    assert Order.objects.get().total == Money("99.99", "EUR")


@pytest.mark.parametrize("rate", ["20", "5.5", "0"])
def test_the_vat_rate_of_the_settings_is_that_of_a_product_without_one(
    settings: Settings, rate: str
) -> None:
    settings.JOANIE = {**settings.JOANIE, "DEFAULT_VAT_RATE": rate}
    assert float(_place(ProductFactory()).vat_rate) == float(rate)
    assert float(_place(ProductFactory(vat_rate="7.00")).vat_rate) == 7


def test_the_contents_are_those_of_the_day() -> None:
    product = ProductFactory()
    run = CourseRunFactory()
    CourseRunFactory(course=run.course)
    whole = ProductTargetCourseRelationFactory(product=product, position=1, is_graded=False)
    ProductTargetCourseRelationFactory(product=product, course=run.course, course_runs=[run])
    order = _place(product)
    product.target_course_relations.all().delete()
    ProductTargetCourseRelationFactory(product=product)
    frozen = [
        (each.course, each.position, each.is_graded, [*each.course_runs.all()])
        for each in order.target_course_relations.all()
    ]
    assert frozen == [(run.course, 0, True, [run]), (whole.course, 1, False, [])]


def test_two_orders_at_once_are_one() -> None:
    order = _place(ProductFactory())
    with pytest.raises(IntegrityError, match="one_active_order"):
        _place(order.product, owner=order.owner)


def test_the_seller_that_was_asked_for_sells() -> None:
    sellers = OrganizationFactory.create_batch(3)
    product = ProductFactory(organizations=sellers)
    assert choose_organization(product, sellers[2].pk) == sellers[2]


def test_the_only_seller_sells() -> None:
    product = ProductFactory()
    assert choose_organization(product, None) == product.organizations.get()


def test_a_seller_of_other_products_is_refused() -> None:
    product = ProductFactory()
    for stranger in (OrganizationFactory().pk, uuid.uuid4()):
        with pytest.raises(NotSoldHere) as refusal:
            choose_organization(product, stranger)
        assert refusal.value.field == "organization"


def test_a_product_without_a_seller_is_refused() -> None:
    with pytest.raises(NotSoldHere) as refusal:
        choose_organization(ProductFactory(organizations=[]), None)
    assert refusal.value.field == "product"


def test_the_seller_with_the_fewest_active_orders_sells() -> None:
    busy, free = OrganizationFactory(code="A"), OrganizationFactory(code="B")
    product = ProductFactory(organizations=[busy, free])
    OrderFactory(product=product, organization=busy)
    assert choose_organization(product, None) == free


def test_between_two_alike_the_code_decides() -> None:
    last, first = OrganizationFactory(code="B"), OrganizationFactory(code="A")
    product = ProductFactory(organizations=[last, first])
    assert choose_organization(product, None) == first


@pytest.mark.parametrize("state", ["canceled", "refunded"])
def test_orders_that_are_over_are_not_counted(state: str) -> None:
    first, second = OrganizationFactory(code="A"), OrganizationFactory(code="B")
    product = ProductFactory(organizations=[first, second])
    OrderFactory.create_batch(2, product=product, organization=first, state=state)
    OrderFactory(product=product, organization=second)
    assert choose_organization(product, None) == first


def test_orders_of_other_products_are_not_counted() -> None:
    first, second = OrganizationFactory(code="A"), OrganizationFactory(code="B")
    courses = CourseFactory.create_batch(2)
    product = ProductFactory(organizations=[first, second], courses=courses)
    OrderFactory.create_batch(2, organization=first)
    assert choose_organization(product, None) == first
