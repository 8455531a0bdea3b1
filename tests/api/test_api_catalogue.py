"""Organizations, courses, products and course runs, as anybody reads them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from tests.api.api_client import NO_ID, Api

from joanie.common.money import Money
from joanie.core.factories import (
    CourseFactory,
    CourseRunFactory,
    OrderFactory,
    OrganizationFactory,
    ProductFactory,
    ProductTargetCourseRelationFactory,
)
from joanie.core.models import Course, CourseRun, Product
from joanie.payment.factories import PaymentFactory, ProformaInvoiceFactory

NOW = datetime(2030, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def run(db: None) -> CourseRun:
    run: CourseRun = CourseRunFactory(
        title="Spring",
        resource_link="https://lms.example.org/spring",
        enrollment_start=datetime(2030, 5, 1, tzinfo=UTC),
        enrollment_end=datetime(2030, 7, 1, tzinfo=UTC),
        start=datetime(2030, 5, 15, tzinfo=UTC),
        end=None,
    )
    return run


@pytest.fixture
def product(run: CourseRun) -> Product:
    product: Product = ProductFactory(
        title="Diploma", description="Two courses.", call_to_action="Enroll"
    )
    ProductTargetCourseRelationFactory(
        product=product, course=run.course, position=3, is_graded=False
    )
    return product


def described_run(run: CourseRun) -> dict[str, Any]:
    return {
        "id": str(run.pk),
        "title": "Spring",
        "resource_link": "https://lms.example.org/spring",
        "start": "2030-05-15T00:00:00Z",
        "end": None,
        "enrollment_start": "2030-05-01T00:00:00Z",
        "enrollment_end": "2030-07-01T00:00:00Z",
        "state": {
            "priority": 0,
            "datetime": "2030-07-01T00:00:00Z",
            "call_to_action": "enroll now",
            "text": "closing on",
        },
    }


def described_organizations(row: Any) -> list[dict[str, str]]:
    return [
        {"id": str(each.pk), "code": each.code, "title": each.title}
        for each in row.organizations.all()
    ]


def described_product(product: Product, run: CourseRun) -> dict[str, Any]:
    return {
        "id": str(product.pk),
        "title": "Diploma",
        "description": "Two courses.",
        "type": "credential",
        "price": 120.0,
        "price_currency": "EUR",
        "call_to_action": "Enroll",
        "certificate": None,
        "max_orders": None,
        "seats_left": None,
        "organizations": described_organizations(product),
        "target_courses": [
            {
                "code": run.course.code,
                "title": run.course.title,
                "organizations": described_organizations(run.course),
                "position": 3,
                "is_graded": False,
                "course_runs": [described_run(run)],
            }
        ],
        "orders": None,
    }


@time_machine.travel(NOW, tick=False)
def test_a_course_run(anonymous: Api, run: CourseRun) -> None:
    assert anonymous.read(f"/course-runs/{run.pk}/") == described_run(run)
    assert anonymous.read("/course-runs/")["results"] == [described_run(run)]


def test_an_organization(anonymous: Api) -> None:
    organization = OrganizationFactory(code="UNI", title="University")
    expected = {"id": str(organization.pk), "code": "UNI", "title": "University"}
    assert anonymous.read(f"/organizations/{organization.pk}/") == expected
    assert anonymous.read("/organizations/")["results"] == [expected]


def test_organizations_come_by_code_and_runs_by_start(anonymous: Api) -> None:
    for code in ("b", "c", "a"):
        OrganizationFactory(code=code)
    course = CourseFactory(organizations=[])
    for days in (0, 2, 1):
        CourseRunFactory(
            course=course, title=str(days), start=NOW + timedelta(days=days), end=None
        )
    codes = [each["code"] for each in anonymous.read("/organizations/")["results"]]
    titles = [run["title"] for run in anonymous.read("/course-runs/")["results"]]
    assert (codes, titles) == (["a", "b", "c"], ["0", "1", "2"])


@time_machine.travel(NOW, tick=False)
def test_a_product(anonymous: Api, product: Product, run: CourseRun) -> None:
    expected = described_product(product, run)
    assert anonymous.read(f"/products/{product.pk}/") == expected
    assert anonymous.read("/products/")["results"] == [expected]


@time_machine.travel(NOW, tick=False)
def test_a_course(anonymous: Api, product: Product, run: CourseRun) -> None:
    course = product.courses.get()
    expected = {
        "code": course.code,
        "title": course.title,
        "state": {
            "priority": 7,
            "datetime": None,
            "call_to_action": "",
            "text": "to be scheduled",
        },
        "organizations": described_organizations(course),
        "products": [described_product(product, run)],
        "orders": None,
    }
    assert anonymous.read(f"/courses/{course.code}/") == expected
    assert expected in anonymous.read("/courses/")["results"]


@time_machine.travel(NOW, tick=False)
def test_a_course_shows_the_best_of_its_runs(anonymous: Api, run: CourseRun) -> None:
    CourseRunFactory(course=run.course, enrollment_end=NOW)
    CourseRunFactory(course=run.course, start=None, end=None)
    state = anonymous.read(f"/courses/{run.course.code}/")["state"]
    assert state == described_run(run)["state"]


@time_machine.travel(NOW, tick=False)
def test_the_state_of_a_course_is_told_in_french(run: CourseRun) -> None:
    state = Api(language="fr").read(f"/courses/{run.course.code}/")["state"]
    assert (state["priority"], state["text"]) == (0, "clôture le")


def test_only_the_chosen_runs_of_a_target_course_are_shown(anonymous: Api) -> None:
    chosen, _ = CourseRunFactory.create_batch(2, course=CourseFactory())
    product = ProductFactory()
    ProductTargetCourseRelationFactory(product=product, course=chosen.course, course_runs=[chosen])
    (target,) = anonymous.read(f"/products/{product.pk}/")["target_courses"]
    assert [run["id"] for run in target["course_runs"]] == [str(chosen.pk)]


def test_target_courses_come_in_their_order(anonymous: Api) -> None:
    product = ProductFactory()
    for position in (2, 0, 1):
        ProductTargetCourseRelationFactory(product=product, position=position)
    targets = anonymous.read(f"/products/{product.pk}/")["target_courses"]
    assert [target["position"] for target in targets] == [0, 1, 2]


@pytest.mark.parametrize(
    ("price", "written"),
    [
        (Money(15000, "JPY"), b'"price":15000,"price_currency":"JPY"'),
        (Money("12.345", "KWD"), b'"price":12.345,"price_currency":"KWD"'),
        (Money("0.10", "EUR"), b'"price":0.1,"price_currency":"EUR"'),
        (Money("999999999999.999", "BHD"), b'"price":999999999999.999,"price_currency":"BHD"'),
        (Money(0, "EUR"), b'"price":0.0,"price_currency":"EUR"'),
    ],
)
def test_a_price_is_a_number_without_rounding(
    anonymous: Api, price: Money, written: bytes
) -> None:
    product = ProductFactory(price=price)
    assert written in anonymous.get(f"/products/{product.pk}/").content


def test_readers_find_their_own_orders_only(api: Api, other: Api, owner: Any) -> None:
    order = OrderFactory(owner=owner)
    course, product = order.course, order.product
    PaymentFactory(order=order, url="https://pay.example.org/1")
    invoice = ProformaInvoiceFactory(order=order, reference="PF-1")
    expected = {
        "id": str(order.pk),
        "owner": "grace",
        "course": course.code,
        "product": str(product.pk),
        "organization": str(order.organization_id),
        "total": 120.0,
        "total_currency": "EUR",
        "state": "pending",
        "created_on": order.created_on.isoformat().replace("+00:00", "Z"),
        "main_proforma_invoice": "PF-1",
        "proforma_invoices": [
            {
                "reference": "PF-1",
                "total": 120.0,
                "total_currency": "EUR",
                "issued_on": invoice.issued_on.isoformat(),
            }
        ],
        "certificate": None,
        "enrollments": [],
        "payment": {
            "state": "pending",
            "provider": "page",
            "failure_code": None,
            "url": "https://pay.example.org/1",
        },
    }
    seen = api.read(f"/courses/{course.code}/")
    assert seen["orders"] == [expected]
    assert seen["products"][0]["orders"] == [expected]
    assert api.read(f"/products/{product.pk}/")["orders"] == [expected]
    assert api.read("/products/")["results"][0]["orders"] == [expected]
    assert other.read(f"/courses/{course.code}/")["orders"] == []
    assert other.read(f"/courses/{course.code}/")["products"][0]["orders"] == []
    assert other.read(f"/products/{product.pk}/")["orders"] == []


def test_a_product_seen_on_a_course_has_the_orders_of_that_course(api: Api, owner: Any) -> None:
    here, there = CourseFactory.create_batch(2)
    product = ProductFactory(courses=[here, there])
    on_here = OrderFactory(owner=owner, product=product, course=here)
    OrderFactory(owner=owner, product=product, course=there)
    seen = api.read(f"/products/{product.pk}/", course=here.code)
    assert [order["id"] for order in seen["orders"]] == [str(on_here.pk)]
    assert len(api.read(f"/products/{product.pk}/")["orders"]) == 2
    (nested,) = api.read(f"/courses/{here.code}/")["products"]
    assert [order["id"] for order in nested["orders"]] == [str(on_here.pk)]


@pytest.mark.parametrize("code", ["elsewhere", "unknown", "nul\x00"])
def test_a_product_that_is_not_on_the_course_is_not_there(anonymous: Api, code: str) -> None:
    CourseFactory(code="elsewhere")
    response = anonymous.get(f"/products/{ProductFactory().pk}/", course=code)
    assert response.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        f"/products/{NO_ID}/",
        f"/course-runs/{NO_ID}/",
        f"/organizations/{NO_ID}/",
        "/products/not-a-uuid/",
        "/products/1.5/",
        "/course-runs/%00/",
        "/organizations/%00/",
        "/courses/unknown/",
        "/courses/%00/",
        "/courses/%ED%A0%80/",
    ],
)
def test_what_is_not_there_is_a_404(anonymous: Api, path: str) -> None:
    response = anonymous.get(path)
    assert response.status_code == 404
    assert response.json() == {"detail": "Not found.", "code": "not_found"}


def test_a_code_may_have_dots(anonymous: Api) -> None:
    CourseFactory(code="course.v1")
    assert anonymous.read("/courses/course.v1/")["code"] == "course.v1"


@pytest.mark.parametrize("path", ["/courses/", "/products/", "/course-runs/", "/organizations/"])
def test_lists_come_in_pages(anonymous: Api, path: str) -> None:
    for organization in OrganizationFactory.create_batch(21):
        course = CourseRunFactory(course__organizations=[organization]).course
        ProductFactory(courses=[course], organizations=[organization])
    first = anonymous.read(path)
    assert (first["count"], len(first["results"]), first["previous"]) == (21, 20, None)
    assert first["next"].endswith(f"{path}?page=2")
    assert len(anonymous.read(path, page=2)["results"]) == 1
    assert len(anonymous.read(path, page_size=100)["results"]) == 21


def test_a_page_has_100_rows_at_most(anonymous: Api) -> None:
    Course.objects.bulk_create(Course(code=f"c{number}", title="c") for number in range(101))
    assert len(anonymous.read("/courses/", page_size=1000)["results"]) == 100


@pytest.mark.parametrize("page", ["0", "abc", "-1", "2", "9" * 5000, "\x00", "1.5"])
def test_a_page_that_is_not_there_is_a_404(anonymous: Api, page: str) -> None:
    response = anonymous.get("/courses/", page=page)
    assert response.status_code == 404
    assert response.json() == {"detail": "Invalid page.", "code": "not_found"}


@pytest.mark.parametrize("size", ["0", "abc", "-1", "9" * 5000])
def test_a_page_size_that_is_none_is_the_usual_one(anonymous: Api, size: str) -> None:
    assert anonymous.get("/courses/", page_size=size).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_the_catalogue_is_not_written_here(anonymous: Api, method: str) -> None:
    OrganizationFactory()
    response = anonymous.send(method, "/courses/", {})
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
