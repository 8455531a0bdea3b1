"""What a host shows in the place of what Joanie shows."""

from typing import Any

import pytest
from pytest_django import Settings
from tests.api.api_client import ADDRESS, Api
from tests.core.purchases import buy
from tests.statements import captured_statements, listing

from joanie.api.shown import KINDS
from joanie.api.views.documentation import describe_api
from joanie.core.factories import (
    AddressFactory,
    CourseRunFactory,
    EnrollmentFactory,
    ProductFactory,
    ProductTargetCourseRelationFactory,
)
from joanie.core.models import Address, Course, Organization, Product
from joanie.payment.factories import CreditCardFactory

PARTS = "tests.api.parts"
ALL = {
    "address": "HostAddressSerializer",
    "course": "HostCourseSerializer",
    "course_run": "HostCourseRunSerializer",
    "credit_card": "HostCreditCardSerializer",
    "enrollment": "HostEnrollmentSerializer",
    "order": "HostOrderSerializer",
    "organization": "HostOrganizationSerializer",
    "payment_method": "HostPaymentMethodSerializer",
    "product": "HostProductSerializer",
    "target_course": "HostTargetCourseSerializer",
}


def use(settings: Settings, *kinds: str, **others: str) -> None:
    classes = {**{kind: ALL[kind] for kind in kinds}, **others}
    paths = {kind: f"{PARTS}.{name}" for kind, name in classes.items()}
    settings.JOANIE = {**settings.JOANIE, "SERIALIZERS": paths}


@pytest.fixture
def product(db: None) -> Product:
    """Give a product with a target course that has a run."""
    relation = ProductTargetCourseRelationFactory(course=CourseRunFactory().course)
    product: Product = relation.product
    return product


def organization_of(product: Product) -> Organization:
    return product.organizations.get()


def course_of(product: Product) -> Course:
    return product.courses.get()


def test_every_kind_is_tried_here() -> None:
    assert set(ALL) == set(KINDS)


def test_an_organization_says_more_wherever_it_is_shown(
    anonymous: Api, product: Product, settings: Settings
) -> None:
    use(settings, "organization")
    city = organization_of(product).city
    pk, course = product.pk, course_of(product)
    by_id = anonymous.read(f"/organizations/{organization_of(product).pk}/")
    listed = anonymous.read("/organizations/", page_size=100)["results"]
    shown = anonymous.read(f"/products/{pk}/")
    in_course = anonymous.read(f"/courses/{course.code}/")["products"][0]
    assert by_id in listed
    assert (by_id["city"], by_id["code"]) == (city, organization_of(product).code)
    assert shown["organizations"] == in_course["organizations"] == [by_id]
    assert all("city" in each for each in shown["target_courses"][0]["organizations"])


def test_a_product_is_the_host_s_on_a_course_too(
    anonymous: Api, api: Api, product: Product, settings: Settings
) -> None:
    use(settings, "product")
    for reader, name in (
        (anonymous, "AnonymousUser"),
        (api, "grace"),
        (anonymous, "AnonymousUser"),
    ):
        shown = reader.read(f"/products/{product.pk}/")
        (on_course,) = reader.read(f"/courses/{course_of(product).code}/")["products"]
        assert shown["reader"] == on_course["reader"] == name
        assert "certificate" not in shown
        assert shown["title"] == product.title


def test_what_a_host_adds_is_not_kept(
    anonymous: Api, product: Product, settings: Settings
) -> None:
    use(settings, "course")
    path = f"/courses/{course_of(product).code}/"
    course_of(product).organizations.set([organization_of(product)])
    assert anonymous.read(path)["sellers"] == [organization_of(product).city]
    settings.JOANIE = {**settings.JOANIE, "SERIALIZERS": {}}
    assert "sellers" not in anonymous.read(path)


def test_a_run_can_be_written_over(
    api: Api, owner: Any, product: Product, settings: Settings
) -> None:
    use(settings, "course_run")
    run = CourseRunFactory(resource_link="https://lms.example/courses/1")
    EnrollmentFactory(owner=owner, course_run=run)
    shown = api.read(f"/course-runs/{run.pk}/")
    assert shown["platform"] == "lms.example"
    assert api.read("/enrollments/")["results"][0]["course_run"] == shown
    (target,) = api.read(f"/products/{product.pk}/")["target_courses"]
    assert "platform" in target["course_runs"][0]


def test_a_field_of_joanie_s_can_be_another(
    api: Api, owner: Any, product: Product, settings: Settings
) -> None:
    use(settings, "target_course")
    course = product.target_courses.get()
    order = buy(course, owner=owner)
    for path in (f"/products/{product.pk}/", f"/orders/{order.pk}/"):
        (target,) = api.read(path)["target_courses"]
        assert target["title"] == f"{course.code}: {course.title}"
        assert len(target["course_runs"]) == 1


def test_an_order_is_the_host_s_wherever_it_is_shown(
    api: Api, owner: Any, settings: Settings
) -> None:
    use(settings, "order")
    product = ProductFactory()
    placed = api.order(product, organization=str(organization_of(product).pk)).json()
    shown = api.read(f"/orders/{placed['id']}/")
    (listed,) = api.read("/orders/")["results"]
    (beside,) = api.read(f"/products/{product.pk}/")["orders"]
    for order in (placed, shown, listed, beside):
        assert order["email"] == owner.email
        assert "payment" not in order
    assert placed["payment_info"]["provider"] == "page"
    assert "target_courses" in shown
    assert "target_courses" not in beside


def test_an_enrollment_is_the_host_s_alone_and_in_an_order(
    api: Api, owner: Any, settings: Settings
) -> None:
    use(settings, "enrollment")
    run = CourseRunFactory()
    order = buy(run.course, owner=owner)
    body = {"course_run": run.resource_link}
    entered = api.post("/enrollments/", body).json()
    shown = api.read(f"/enrollments/{entered['id']}/")
    assert entered == shown == api.read("/enrollments/")["results"][0]
    assert shown["is_taken_back"] is False
    assert api.read(f"/orders/{order.pk}/")["enrollments"] == [shown]


def test_a_payment_method_says_more(anonymous: Api, settings: Settings) -> None:
    use(settings, "payment_method")
    methods = anonymous.read("/payment-methods/")["results"]
    assert {each["logo"] for each in methods} == {"/logos/page.svg", "/logos/euros.svg"}


def test_an_address_is_checked_as_the_host_wants(api: Api, settings: Settings) -> None:
    use(settings, "address")
    answer = api.post("/addresses/", {**ADDRESS, "title": "Home", "postcode": "MK7 6AA"})
    assert (answer.status_code, list(answer.json())) == (400, ["postcode"])
    made = api.post("/addresses/", {**ADDRESS, "title": "Home"}).json()
    assert made["line"] == "75002 Paris"
    assert api.read("/addresses/") == [made] == [api.read(f"/addresses/{made['id']}/")]
    assert api.send("PATCH", f"/addresses/{made['id']}/", {"city": "Lyon"}).json()["line"] == (
        "75002 Lyon"
    )


def test_no_class_of_a_host_s_makes_somebody_else_s_address_mine(
    api: Api, settings: Settings
) -> None:
    hers, mine = AddressFactory(), api.post("/addresses/", {**ADDRESS, "title": "Home"}).json()
    use(settings, address="AddressWithAChosenId")
    with pytest.raises(TypeError, match="An address has no id"):
        api.send("PATCH", f"/addresses/{mine['id']}/", {"id": str(hers.pk)})
    assert Address.objects.get(pk=hers.pk).owner_id == hers.owner_id


def test_a_card_says_more(api: Api, owner: Any, settings: Settings) -> None:
    use(settings, "credit_card")
    card = CreditCardFactory(owner=owner, backend="page")
    changed = api.send("PATCH", f"/credit-cards/{card.pk}/", {"title": "Mine", "backend": "x"})
    assert changed.json()["backend"] == "page"
    assert api.read("/credit-cards/") == [changed.json()]


@pytest.mark.parametrize("path", ["/courses/", "/products/", "/orders/"])
def test_statements_do_not_grow_with_rows(
    api: Api, owner: Any, settings: Settings, path: str
) -> None:
    use(settings, *ALL)
    counts = []
    for count in (2, 5):
        for _ in range(count):
            buy(CourseRunFactory().course, owner=owner)
        api.read(path)
        with captured_statements() as statements:
            api.read(path)
        counts.append(len(statements))
    assert counts[0] == counts[1], listing(statements)


def test_the_description_says_what_is_shown(settings: Settings) -> None:
    before = describe_api()["components"]["schemas"]
    use(settings, *ALL)
    after = describe_api()["components"]["schemas"]
    assert set(before) - set(after) == {"LatestPayment", "NullEnum", "PaymentState"}
    assert "city" in after["Organization"]["properties"]
    assert after["Course"]["properties"]["sellers"]["type"] == "array"
    for name in ("Order", "OrderSummary", "Checkout"):
        assert "payment" not in after[name]["properties"]
        assert after[name]["properties"]["email"]["format"] == "email"
    assert "target_courses" not in after["OrderSummary"]["properties"]
    assert "payment_info" in after["Checkout"]["properties"]
    assert "line" in after["Address"]["properties"]
    assert "line" not in after["AddressRequest"]["properties"]
    assert after["PatchedAddressRequest"]["properties"].keys() == (
        after["AddressRequest"]["properties"].keys()
    )
    settings.JOANIE = {**settings.JOANIE, "SERIALIZERS": {}}
    assert describe_api()["components"]["schemas"] == before
