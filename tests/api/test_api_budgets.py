"""How many SQL statements requests take. None grows with the number of rows."""

from typing import Any

import pytest
from tests.api.api_client import Api
from tests.statements import captured_statements, listing

from joanie.core.factories import (
    AddressFactory,
    CourseFactory,
    CourseRunFactory,
    EnrollmentFactory,
    OrderFactory,
    OrganizationFactory,
    ProductFactory,
    ProductTargetCourseRelationFactory,
)
from joanie.core.models import Course, CourseRun, Order, OrderTargetCourseRelation, Product
from joanie.payment.factories import CreditCardFactory, PaymentFactory, ProformaInvoiceFactory


def make_product(courses: list[Course] | None = None, runs: int = 2) -> Product:
    """Make one that gives access to a whole course, and to one run of another."""
    product: Product = ProductFactory(
        courses=courses or [CourseFactory()], organizations=OrganizationFactory.create_batch(2)
    )
    whole, restricted = CourseFactory.create_batch(2)
    for course in (whole, restricted):
        CourseRunFactory.create_batch(runs, course=course)
    ProductTargetCourseRelationFactory(product=product, course=whole)
    run = restricted.course_runs.first()
    ProductTargetCourseRelationFactory(product=product, course=restricted, course_runs=[run])
    return product


def make_order(owner: Any, product: Product | None = None) -> None:
    """Make one as it is after a purchase: paid, with its document, contents and enrolments."""
    order = OrderFactory(owner=owner, product=product or make_product())
    PaymentFactory.create_batch(2, order=order)
    ProformaInvoiceFactory(order=order)
    freeze_contents(order)
    for relation in order.product.target_course_relations.all():
        EnrollmentFactory(owner=owner, course_run=relation.course.course_runs.first())


def freeze_contents(order: Order) -> None:
    for relation in order.product.target_course_relations.all():
        frozen = OrderTargetCourseRelation.objects.create(order=order, course=relation.course)
        frozen.course_runs.set(relation.course_runs.all())


def count(api: Api, path: str, **query: Any) -> list[str]:
    api.get("/addresses/")
    with captured_statements() as statements:
        api.read(path, **query)
    return statements


@pytest.mark.parametrize("rows", [1, 20, 100])
def test_a_list_of_orders_takes_7_statements_at_most(api: Api, owner: Any, rows: int) -> None:
    for _ in range(rows):
        make_order(owner)
    statements = count(api, "/orders/", page_size=100)
    assert len(statements) <= 7, listing(statements)


def test_an_order_takes_6_statements_at_most(api: Api, owner: Any) -> None:
    make_order(owner)
    statements = count(api, f"/orders/{owner.joanie_orders.get().pk}/")
    assert len(statements) <= 6, listing(statements)


@pytest.mark.parametrize("rows", [1, 10])
def test_a_product_takes_13_statements_at_most(api: Api, owner: Any, rows: int) -> None:
    """When nothing of it is kept, as in a test's transaction; with an order of one's own."""
    courses = CourseFactory.create_batch(rows)
    product = make_product(courses, runs=rows)
    for course in courses:
        order = OrderFactory(owner=owner, product=product, course=course)
        freeze_contents(order)
    statements = count(api, f"/products/{product.pk}/")
    assert len(statements) <= 13, listing(statements)


@pytest.mark.parametrize("rows", [1, 10])
def test_a_course_takes_14_statements_at_most(api: Api, owner: Any, rows: int) -> None:
    course = CourseFactory(organizations=OrganizationFactory.create_batch(rows))
    for _ in range(rows):
        OrderFactory(owner=owner, product=make_product([course], runs=rows), course=course)
    statements = count(api, f"/courses/{course.code}/")
    assert len(statements) <= 14, listing(statements)


@pytest.mark.parametrize("path", ["/courses/", "/products/"])
@pytest.mark.parametrize("rows", [1, 10])
def test_the_catalogue_takes_19_statements_at_most(
    api: Api, owner: Any, path: str, rows: int
) -> None:
    """When nothing of it is kept: ``test_api_cards`` says what it takes otherwise."""
    for _ in range(rows):
        make_order(owner)
    statements = count(api, path)
    assert len(statements) <= 19, listing(statements)


LISTS = ["/courses/", "/products/", "/course-runs/", "/organizations/"]


def make_purchase(owner: Any) -> None:
    """Make an order of a product on two courses that have runs of their own."""
    courses = CourseFactory.create_batch(2, organizations=OrganizationFactory.create_batch(2))
    for course in courses:
        CourseRunFactory.create_batch(2, course=course)
    make_order(owner, make_product(courses))


@pytest.mark.parametrize("path", LISTS)
def test_no_list_of_the_catalogue_grows_with_its_rows(
    api: Api, anonymous: Api, owner: Any, path: str
) -> None:
    make_purchase(owner)
    of_one = {reader: len(count(reader, path)) for reader in (api, anonymous)}
    for _ in range(4):
        make_purchase(owner)
    for reader, expected in of_one.items():
        statements = count(reader, path, page_size=100)
        assert len(statements) == expected, listing(statements)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/courses/", {"query": "course", "organization": "ORG", "state": 0, "is_open": "true"}),
        ("/courses/", {"organization": "ORG", "state": [0, 7]}),
        ("/course-runs/", {"query": "run", "course": "C", "organization": "ORG", "state": 0}),
        ("/products/", {"query": "certificate", "course": "C", "organization": "ORG"}),
        ("/products/", {"type": "credential", "currency": "EUR", "price_min": 1}),
        ("/organizations/", {"query": "university"}),
    ],
)
def test_filters_take_no_statement(api: Api, owner: Any, path: str, query: dict[str, Any]) -> None:
    organization = OrganizationFactory(code="ORG")
    course = CourseFactory(code="C", organizations=[organization])
    CourseRunFactory(course=course)
    product = make_product([course])
    product.organizations.add(organization)
    make_order(owner, product)
    statements = count(api, path, **query)
    assert len(statements) == len(count(api, path)), listing(statements)


@pytest.mark.parametrize("path", ["/addresses/", "/credit-cards/"])
def test_a_learners_list_takes_2_statements(api: Api, owner: Any, path: str) -> None:
    AddressFactory.create_batch(5, owner=owner)
    CreditCardFactory.create_batch(5, owner=owner)
    assert len(count(api, path)) == 2


@pytest.mark.parametrize(("sellers", "budget"), [(1, 20), (2, 21)])
def test_placing_an_order_takes_20_statements_and_one_to_choose_a_seller(
    api: Api, sellers: int, budget: int
) -> None:
    product = make_product()
    product.organizations.set(OrganizationFactory.create_batch(sellers))
    code = product.courses.get().code
    api.read("/addresses/")
    with captured_statements() as statements:
        response = api.order(product, course=code)
    assert response.status_code == 201
    assert len(statements) <= budget, listing(statements)


@pytest.mark.parametrize(
    "path",
    [
        "/addresses/",
        "/courses/",
        "/courses/{course}/",
        "/credit-cards/",
        "/orders/",
        "/orders/{order}/",
        "/payment-methods/",
        "/products/",
        "/products/{product}/",
        "/course-runs/",
        "/course-runs/{run}/",
        "/organizations/",
    ],
)
def test_reading_writes_nothing(api: Api, owner: Any, path: str) -> None:
    product = make_product()
    make_order(owner, product)
    order = owner.joanie_orders.get()
    run = CourseRun.objects.first()
    course = product.courses.get()
    named = path.format(order=order.pk, product=product.pk, course=course.code, run=run.pk)
    statements = count(api, named)
    assert statements
    assert all(sql.startswith("SELECT") for sql in statements), listing(statements)
