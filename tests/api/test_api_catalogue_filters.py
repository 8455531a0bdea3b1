"""Narrowing the lists of the catalogue down."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import Settings
from tests.api.api_client import NO_ID, Api

from joanie.common.money import Money
from joanie.core.factories import (
    CourseFactory,
    CourseRunFactory,
    OrderFactory,
    OrganizationFactory,
    ProductFactory,
)

NOW = datetime(2030, 6, 1, 12, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(days=1), NOW + timedelta(days=1)

# The dates of a run by the priority of its state.
DATES: dict[int, dict[str, datetime | None]] = {
    0: {"start": BEFORE, "enrollment_start": BEFORE},
    1: {"start": AFTER, "enrollment_start": BEFORE},
    2: {"start": BEFORE, "end": NOW, "enrollment_start": BEFORE},
    3: {"start": AFTER, "enrollment_start": AFTER},
    4: {"start": AFTER, "enrollment_start": BEFORE, "enrollment_end": NOW},
    5: {"start": BEFORE, "enrollment_start": BEFORE, "enrollment_end": NOW},
    6: {"start": BEFORE, "end": NOW, "enrollment_start": BEFORE, "enrollment_end": NOW},
    7: {"start": None, "enrollment_start": None},
}


def make_run(priority: int, **values: Any) -> Any:
    dates = {"end": None, "enrollment_end": None, **DATES[priority]}
    return CourseRunFactory(title=str(priority), **dates, **values)


def codes(api: Api, path: str, **query: Any) -> list[str]:
    return [row["code"] for row in api.read(path, **query)["results"]]


def titles(api: Api, path: str, **query: Any) -> set[str]:
    return {row["title"] for row in api.read(path, **query)["results"]}


@pytest.fixture
def in_each_state(db: None) -> None:
    for priority in DATES:
        run = make_run(priority, course=CourseFactory(code=str(priority)))
        make_run(7, course=run.course)
    CourseFactory(code="none")


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("priority", DATES)
@pytest.mark.usefixtures("in_each_state")
def test_courses_and_runs_by_state(anonymous: Api, priority: int) -> None:
    without_runs = ["none"] if priority == 7 else []
    assert codes(anonymous, "/courses/", state=priority) == [str(priority), *without_runs]
    assert titles(anonymous, "/course-runs/", state=priority) == {str(priority)}


@time_machine.travel(NOW, tick=False)
@pytest.mark.usefixtures("in_each_state")
def test_several_states_may_be_given(anonymous: Api) -> None:
    assert codes(anonymous, "/courses/", state=[1, 4]) == ["1", "4"]
    assert titles(anonymous, "/course-runs/", state=["", 1, 4]) == {"1", "4"}


@time_machine.travel(NOW, tick=False)
@pytest.mark.usefixtures("in_each_state")
def test_what_one_can_enroll_in(anonymous: Api) -> None:
    assert codes(anonymous, "/courses/", is_open="true") == ["0", "1", "2"]
    assert codes(anonymous, "/courses/", is_open="false") == ["3", "4", "5", "6", "7", "none"]
    assert titles(anonymous, "/course-runs/", is_open="true") == {"0", "1", "2"}
    assert codes(anonymous, "/courses/", is_open="true", state=[0, 5]) == ["0"]


@time_machine.travel(NOW, tick=True)
@pytest.mark.usefixtures("in_each_state")
def test_what_is_chosen_by_its_state_is_shown_in_it(anonymous: Api) -> None:
    for priority in DATES:
        (shown, *_) = anonymous.read("/courses/", state=priority)["results"]
        assert shown["state"]["priority"] == priority


def test_courses_of_an_organization_by_its_code_or_id(anonymous: Api) -> None:
    here, there = OrganizationFactory(code="here"), OrganizationFactory(code="there")
    CourseFactory(code="a", organizations=[here, there])
    CourseFactory(code="b", organizations=[there])
    assert codes(anonymous, "/courses/", organization="here") == ["a"]
    assert codes(anonymous, "/courses/", organization=there.pk) == ["a", "b"]


def test_products_of_an_organization_and_on_a_course(anonymous: Api) -> None:
    course, seller = CourseFactory(code="a"), OrganizationFactory(code="seller")
    ProductFactory(title="both", courses=[course, CourseFactory()], organizations=[seller])
    ProductFactory(title="on the course", courses=[course])
    ProductFactory(title="sold", organizations=[seller, OrganizationFactory()])
    assert titles(anonymous, "/products/", course="a") == {"both", "on the course"}
    assert titles(anonymous, "/products/", organization=seller.pk) == {"both", "sold"}
    assert titles(anonymous, "/products/", organization="seller", course="a") == {"both"}


def test_runs_of_a_course_and_of_an_organization(anonymous: Api) -> None:
    run = CourseRunFactory(title="mine", course__code="a")
    CourseRunFactory(title="another")
    organization = run.course.organizations.get()
    assert titles(anonymous, "/course-runs/", course="a") == {"mine"}
    assert titles(anonymous, "/course-runs/", organization=organization.code) == {"mine"}


def test_products_by_type_and_currency(anonymous: Api) -> None:
    ProductFactory(title="euros", type="enrollment")
    ProductFactory(title="yen", price=Money(15000, "JPY"))
    assert titles(anonymous, "/products/", type="enrollment") == {"euros"}
    assert titles(anonymous, "/products/", currency="JPY") == {"yen"}
    assert titles(anonymous, "/products/", currency="USD") == set()


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({"price_min": "10"}, {"10", "10.01"}),
        ({"price_min": "10.001"}, {"10.01"}),
        ({"price_max": "10"}, {"0", "10"}),
        ({"price_max": "0"}, {"0"}),
        ({"price_min": "1", "price_max": "10.00"}, {"10"}),
        ({"price_min": "11", "price_max": "9"}, set()),
    ],
)
def test_products_by_price(anonymous: Api, limits: dict[str, str], found: set[str]) -> None:
    for amount in ("0", "10", "10.01"):
        ProductFactory(title=amount, price=Money(amount, "EUR"))
    ProductFactory(title="yen", price=Money(10, "JPY"))
    assert titles(anonymous, "/products/", currency="EUR", **limits) == found


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("/courses/", "query", "a\x00b"),
        ("/courses/", "query", "x" * 101),
        ("/courses/", "organization", "nobody"),
        ("/courses/", "organization", NO_ID),
        ("/courses/", "organization", "\x00"),
        ("/courses/", "state", "8"),
        ("/courses/", "state", "-1"),
        ("/courses/", "state", "open"),
        ("/courses/", "state", "9" * 5000),
        ("/courses/", "is_open", "maybe"),
        ("/course-runs/", "course", "unknown"),
        ("/course-runs/", "organization", "x" * 5000),
        ("/course-runs/", "state", "\x00"),
        ("/products/", "type", "null"),
        ("/products/", "type", "gift"),
        ("/products/", "course", "unknown"),
        ("/products/", "course", "\x00"),
        ("/products/", "organization", "nobody"),
        ("/products/", "currency", "XXX"),
        ("/products/", "currency", "eur"),
        ("/products/", "price_min", "cheap"),
        ("/products/", "price_min", "-1"),
        ("/products/", "price_max", "NaN"),
        ("/products/", "price_max", "Infinity"),
        ("/products/", "price_max", "1e400"),
        ("/products/", "price_max", "0.0001"),
        ("/organizations/", "query", "\x00"),
    ],
)
def test_a_value_that_means_nothing_is_a_400(
    anonymous: Api, path: str, name: str, value: str
) -> None:
    response = anonymous.get(path, **{name: value})
    assert response.status_code == 400
    ((field, (message, *_)),) = response.json().items()
    assert (field, bool(message)) == (name, True)


def test_prices_are_compared_in_one_currency_only(anonymous: Api) -> None:
    response = anonymous.get("/products/", price_min="10")
    assert response.status_code == 400
    assert response.json() == {"currency": ["Say the currency of the price too."]}


def test_every_value_that_means_nothing_is_told_of(anonymous: Api) -> None:
    refused = anonymous.get("/products/", currency="XXX", price_min="x", type="gift")
    assert set(refused.json()) == {"currency", "price_min", "type"}
    unknown = anonymous.get("/products/", course="unknown", organization="nobody")
    assert unknown.json() == {
        "course": ["There is no such course."],
        "organization": ["There is no such organization."],
    }


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({"organization": "nobody"}, "organization", "Cet établissement n"),
        ({"currency": "XXX"}, "currency", "Cette devise n"),
        ({"price_max": "5"}, "currency", "Indiquez aussi la devise"),
        ({"type": "gift"}, "type", "Sélectionnez un choix valide"),
    ],
)
@pytest.mark.django_db
def test_refusals_speak_french(query: dict[str, str], field: str, message: str) -> None:
    (told,) = Api(language="fr").get("/products/", **query).json()[field]
    assert told.startswith(message)


@pytest.mark.parametrize("path", ["/courses/", "/products/", "/course-runs/", "/organizations/"])
def test_an_empty_value_chooses_nothing(anonymous: Api, path: str) -> None:
    ProductFactory(courses=[CourseRunFactory().course])
    everything = anonymous.read(path)
    names = (
        "query",
        "course",
        "organization",
        "state",
        "is_open",
        "type",
        "currency",
        "price_min",
    )
    assert anonymous.read(path, **dict.fromkeys(names, "")) == everything


def test_a_filter_of_a_list_does_not_touch_a_single_row(anonymous: Api) -> None:
    product = ProductFactory(type="credential")
    path = f"/products/{product.pk}/"
    assert anonymous.read(path, type="enrollment", currency="XXX")["id"] == str(product.pk)


def test_pages_keep_the_filters(anonymous: Api) -> None:
    organization = OrganizationFactory(code="here")
    CourseFactory.create_batch(3, organizations=[organization])
    CourseFactory()
    first = anonymous.read("/courses/", organization="here", page_size=2)
    assert first["count"] == 3
    assert "organization=here" in first["next"]
    second = anonymous.read("/courses/", organization="here", page_size=2, page=2)
    assert len(second["results"]) == 1


def test_a_learner_finds_their_orders_in_what_is_chosen(api: Api, owner: Any) -> None:
    order = OrderFactory(owner=owner)
    (course,) = api.read("/courses/", query=order.course.code)["results"]
    assert [each["id"] for each in course["orders"]] == [str(order.pk)]


def test_the_hosts_settings_of_filters_do_not_matter(anonymous: Api, settings: Settings) -> None:
    settings.FILTERS_DEFAULT_LOOKUP_EXPR = "icontains"
    settings.FILTERS_NULL_CHOICE_LABEL = "none"
    settings.FILTERS_DISABLE_HELP_TEXT = True
    ProductFactory(type="credential")
    assert anonymous.read("/products/", type="credential", currency="EUR")["count"] == 1
    assert anonymous.get("/products/", type="null").status_code == 400
    assert anonymous.get("/courses/", is_open="null").status_code == 400
