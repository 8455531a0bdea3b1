from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from joanie.core.course_run_state import compute_state
from joanie.core.models import Course, CourseRun, Organization, Product
from joanie.demo.catalogue import load_catalogue
from joanie.demo.dataset import read_presentations, read_sellers

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _catalogue() -> None:
    load_catalogue(TODAY)


def contents() -> dict[str, list[dict[str, Any]]]:
    """Give every row, without the moment it was last written."""
    return {
        model.__name__: [without_moment(row) for row in model.objects.order_by("pk").values()]
        for model in (Organization, Course, CourseRun, Product)
    }


def without_moment(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "updated_on"}


def test_it_has_what_the_dataset_has() -> None:
    counted = [model.objects.count() for model in (Organization, Course, CourseRun, Product)]
    assert counted == [4, 7, 22, 22]


def test_loading_says_what_there_is() -> None:
    assert load_catalogue(TODAY) == Counter(
        organizations=4, courses=7, course_runs=22, products=22
    )


def test_loading_again_the_same_day_changes_nothing() -> None:
    before = contents()
    load_catalogue(TODAY)
    assert contents() == before


def test_loading_again_on_another_day_changes_dates_only() -> None:
    before = contents()
    load_catalogue(TODAY + timedelta(days=30))
    after = contents()
    for run, moved in zip(before.pop("CourseRun"), after.pop("CourseRun"), strict=True):
        dates = {name for name in run if run[name] != moved[name]}
        assert dates == {"start", "end", "enrollment_start", "enrollment_end"}
        assert moved["start"] - run["start"] == timedelta(days=30)
    assert after == before


def test_every_run_is_open_for_enrolment() -> None:
    states = Counter(compute_state(run, NOW).priority for run in CourseRun.objects.all())
    assert states == {0: 3, 1: 19}


def test_runs_keep_their_order_and_their_length() -> None:
    runs = CourseRun.objects.order_by("start", "course__code").select_related("course")
    kept = [
        (run.course.code, run.title.split()[-1], (run.end - run.start).days)
        for run in runs
        if run.start and run.end
    ]
    assert kept == [(each.module, each.code, each.days) for each in read_presentations()]


def test_each_product_is_one_run_of_its_course() -> None:
    seen = set()
    for product in Product.objects.all():
        relation = product.target_course_relations.get()
        run = relation.course_runs.get()
        assert run.course == relation.course == product.courses.get()
        assert product.organizations.get() == run.course.organizations.get()
        seen.add(run)
    assert len(seen) == 22


def test_prices_are_in_the_currency_and_with_the_vat_of_the_seller() -> None:
    sold = Product.objects.values_list(
        "organizations__country", "price_currency", "vat_rate"
    ).distinct()
    assert set(sold) == {
        ("FR", "EUR", Decimal(20)),
        ("GB", "GBP", Decimal(20)),
        ("JP", "JPY", Decimal(10)),
        ("BE", "EUR", Decimal(21)),
    }


def test_one_product_is_free() -> None:
    assert [product.title for product in Product.objects.filter(price=0)] == [
        "Module GGG, presentation 2013J"
    ]


def test_every_seller_can_issue_a_document() -> None:
    for seller in read_sellers():
        assert all(seller.identity.values())


def test_the_catalogue_is_in_french_too(client: Client) -> None:
    response = client.get("/api/v1.0/courses/AAA/", headers={"Accept-Language": "fr"})
    course = response.json()
    assert course["title"] == "Module AAA, à distance"
    assert [product["title"] for product in course["products"]] == [
        "Module AAA, session 2013J",
        "Module AAA, session 2014J",
    ]
