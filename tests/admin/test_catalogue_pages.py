"""Editing the catalogue in the admin."""

from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from tests.admin.staff import list_of, page_of, read

from joanie.common.money import Money
from joanie.core.factories import (
    CourseFactory,
    CourseRunFactory,
    EnrollmentFactory,
    OrderFactory,
    OrganizationFactory,
    ProductFactory,
)
from joanie.core.models import Course, CourseRun, Organization, Product

pytestmark = pytest.mark.django_db


def announced() -> set[str]:
    jobs = ProcrastinateJob.objects.filter(task_name="joanie.core.tell_catalogue")
    return {job.args["course_run_id"] for job in jobs}


@pytest.fixture(autouse=True)
def _catalogue(settings: Settings) -> None:
    hook = {"url": "https://catalogue.example.org", "secret": "shared"}
    settings.JOANIE = {**settings.JOANIE, "CATALOGUE_HOOKS": [hook]}


def relation(row: int = 0, **fields: Any) -> dict[str, Any]:
    values = {"id": "", "course": "", "position": 0, "is_graded": "on", **fields}
    return {f"target_course_relations-{row}-{name}": value for name, value in values.items()}


def product_form(relations: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "title": "Diploma",
        "type": "credential",
        "price_0": "120.00",
        "price_1": "EUR",
        "target_course_relations-TOTAL_FORMS": relations,
        "target_course_relations-INITIAL_FORMS": 0,
        **changes,
    }


def add(client: Client, model: Any, form: dict[str, Any]) -> str:
    response = client.post(f"{list_of(model)}add/", form, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_a_product_is_sold_with_its_courses_and_translations(boss: Client) -> None:
    course, target, organization = CourseFactory(), CourseFactory(), OrganizationFactory()
    run = CourseRunFactory(course=target)
    form = product_form(1, title_fr="Diplôme", description_fr="Bon", courses=[course.pk])
    form |= {"organizations": [organization.pk]}
    add(boss, Product, form | relation(course=target.pk, course_runs=[run.pk]))
    product = Product.objects.get()
    assert (product.title, product.title_fr, product.price) == (
        "Diploma",
        "Diplôme",
        Money("120", "EUR"),
    )
    assert product.courses.get() == course
    assert product.target_course_relations.get().course_runs.get() == run


def test_a_product_shows_how_many_of_its_seats_are_taken(boss: Client) -> None:
    product = OrderFactory(product=ProductFactory(max_orders=30)).product
    ProductFactory(title="Without a limit")
    assert "1 / 30" in read(boss, page_of(product))
    assert "1 / 30" in read(boss, list_of(Product))
    boss.post(page_of(product), product_form(max_orders=1))
    assert Product.objects.get(pk=product.pk).max_orders == 1


def test_a_translation_that_is_emptied_falls_back(boss: Client) -> None:
    product = ProductFactory(title="Diploma", title_fr="Diplôme")
    boss.post(page_of(product), product_form(title_fr=""))
    assert not Product.objects.get().title_fr


def test_runs_of_another_course_are_refused_beside_their_field(boss: Client) -> None:
    target, stranger = CourseFactory(code="physics"), CourseRunFactory(title="Spring of maths")
    form = product_form(1) | relation(course=target.pk, course_runs=[stranger.pk])
    page = add(boss, Product, form)
    assert "These are not runs of the course physics: Spring of maths." in page
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("amount", "currency", "message"),
    [
        ("100.5", "JPY", "This currency has no such amount."),
        ("1.005", "EUR", "This currency has no such amount."),
        ("-1", "EUR", "A price cannot be below zero."),
        ("", "EUR", "This field is required."),
        ("99999999999999", "EUR", "12 digits"),
        ("NaN", "EUR", "Enter a number."),
    ],
)
def test_an_impossible_price_is_refused_beside_its_field(
    boss: Client, amount: str, currency: str, message: str
) -> None:
    page = add(boss, Product, product_form(price_0=amount, price_1=currency))
    assert message in page
    assert not Product.objects.exists()


def test_a_price_has_the_decimals_of_its_currency(boss: Client) -> None:
    assert 'value="500"' in read(boss, page_of(ProductFactory(price=Money(500, "JPY"))))
    assert 'value="120.00"' in read(boss, page_of(ProductFactory()))


def run_form(course: Course, **changes: Any) -> dict[str, Any]:
    form = {"course": course.pk, "title": "Spring", "resource_link": "https://lms.example.org/1"}
    return {**form, **changes}


def test_a_run_that_ends_before_it_starts_is_refused_beside_its_end(boss: Client) -> None:
    dates = {"start_0": "2026-05-02", "start_1": "00:00", "end_0": "2026-05-01", "end_1": "00:00"}
    page = add(boss, CourseRun, run_form(CourseFactory(), **dates))
    assert "The end is before the start." in page
    assert "is violated" not in page
    assert not CourseRun.objects.exists()


@pytest.mark.parametrize("link", ["javascript:alert(1)", "lms.example.org/1"])
def test_a_run_needs_an_address_that_opens(boss: Client, link: str) -> None:
    page = add(boss, CourseRun, run_form(CourseFactory(), resource_link=link))
    assert "This is not an http or https address." in page


def test_a_second_run_at_the_same_address_is_refused(boss: Client) -> None:
    run = CourseRunFactory()
    page = add(boss, CourseRun, run_form(run.course, resource_link=run.resource_link))
    assert "already exists" in page


def course_form(course: Course, runs: list[CourseRun], **changes: Any) -> dict[str, Any]:
    form = {
        "code": course.code,
        "title": course.title,
        "course_runs-TOTAL_FORMS": len(runs),
        "course_runs-INITIAL_FORMS": len(runs),
    }
    for number, run in enumerate(runs):
        form |= {
            f"course_runs-{number}-id": run.pk,
            f"course_runs-{number}-course": course.pk,
            f"course_runs-{number}-title": run.title,
            f"course_runs-{number}-resource_link": run.resource_link,
        }
    return form | changes


def test_the_page_of_a_course_shows_its_newest_runs_and_a_link_to_all(boss: Client) -> None:
    course = CourseFactory()
    runs = CourseRunFactory.create_batch(22, course=course)
    page = read(boss, page_of(course))
    assert runs[-1].resource_link in page
    assert f'value="{runs[0].resource_link}"' not in page
    assert "See all of them (22)" in page


def test_a_run_that_is_not_among_the_newest_any_more_is_saved_all_the_same(boss: Client) -> None:
    course = CourseFactory()
    run = CourseRunFactory(course=course)
    form = course_form(course, [run], **{"course_runs-0-title": "Renamed"})
    CourseRunFactory.create_batch(21, course=course)
    assert boss.post(page_of(course), form).status_code == 302
    assert CourseRun.objects.get(pk=run.pk).title == "Renamed"


def test_a_run_stays_in_its_course(boss: Client) -> None:
    run = CourseRunFactory()
    form = run_form(CourseFactory(), title="Renamed", resource_link=run.resource_link)
    boss.post(page_of(run), form)
    kept = CourseRun.objects.get()
    assert (kept.course, kept.title) == (run.course, "Renamed")


def test_catalogues_hear_of_a_run_that_was_changed_added_or_deleted(boss: Client) -> None:
    course = CourseFactory()
    add(boss, CourseRun, run_form(course))
    run = CourseRun.objects.get()
    assert announced() == {str(run.pk)}
    ProcrastinateJob.objects.all()._raw_delete("default")
    boss.post(page_of(run, "delete"), {"post": "yes"})
    assert announced() == {str(run.pk)}
    assert not CourseRun.objects.exists()


def test_catalogues_hear_of_the_runs_that_a_product_leads_to_and_led_to(boss: Client) -> None:
    before, after = CourseRunFactory(), CourseRunFactory()
    product = ProductFactory(target_courses=[before.course])
    old = product.target_course_relations.get()
    form = product_form(2) | {"target_course_relations-INITIAL_FORMS": 1}
    form |= relation(0, id=old.pk, product=product.pk, course=before.course_id, DELETE="on")
    form |= relation(1, product=product.pk, course=after.course_id)
    assert boss.post(page_of(product), form).status_code == 302
    assert announced() == {str(before.pk), str(after.pk)}


def test_runs_deleted_together_are_announced(boss: Client) -> None:
    runs = CourseRunFactory.create_batch(2)
    ids = [run.pk for run in runs]
    form = {"action": "delete_selected", "_selected_action": ids, "post": "yes"}
    boss.post(list_of(CourseRun), form)
    assert not CourseRun.objects.exists()
    assert announced() == {str(each) for each in ids}


@pytest.mark.parametrize("part", ["product", "course", "organization"])
def test_what_was_sold_is_not_deleted(boss: Client, part: str) -> None:
    row = getattr(OrderFactory(), part)
    page = boss.post(page_of(row, "delete"), {"post": "yes"}).content.decode()
    assert "protected related objects" in page
    assert type(row)._default_manager.filter(pk=row.pk).exists()


def test_a_run_that_restricts_what_was_sold_is_not_deleted(boss: Client) -> None:
    """Without it all runs of the course would be given."""
    run = CourseRunFactory()
    order = OrderFactory()
    order.target_course_relations.create(course=run.course).course_runs.add(run)
    boss.post(page_of(run, "delete"), {"post": "yes"})
    boss.post(
        list_of(CourseRun),
        {"action": "delete_selected", "_selected_action": [run.pk], "post": "yes"},
    )
    assert CourseRun.objects.get() == run


def test_ten_uses_say_enough_why_something_is_kept(boss: Client) -> None:
    run = CourseRunFactory()
    EnrollmentFactory.create_batch(12, course_run=run)
    page = read(boss, page_of(run, "delete"))
    assert page.count("<li>enrollment") == 10
    assert "… and more" in page


def test_what_was_never_sold_can_be_deleted(boss: Client) -> None:
    product = ProductFactory()
    boss.post(page_of(product, "delete"), {"post": "yes"})
    organization = product.organizations.model.objects.first()
    boss.post(page_of(organization, "delete"), {"post": "yes"})
    assert not Product.objects.exists()
    assert not Organization.objects.filter(pk=organization.pk).exists()


def test_runs_are_found_by_their_course_and_told_apart(boss: Client) -> None:
    run = CourseRunFactory(course=CourseFactory(code="maths"), title="Spring", start=None)
    query = {
        "app_label": "joanie_core",
        "model_name": "producttargetcourserelation",
        "field_name": "course_runs",
        "term": "maths",
    }
    found = boss.get("/admin/joanie_core/courserun/search/", query).json()["results"]
    assert found == [{"id": str(run.pk), "text": "maths: Spring"}]


def test_no_page_of_the_catalogue_loads_a_table_to_choose_from(boss: Client) -> None:
    product = ProductFactory(target_courses=[CourseFactory()])
    stranger = CourseRunFactory(title="Another run", course__title="Another course")
    OrganizationFactory(title="Another seller")
    pages = [page_of(product), page_of(product.courses.get()), page_of(stranger)]
    lists = [list_of(model) for model in (Product, Course, CourseRun)]
    for address in pages[:2]:
        assert "Another" not in read(boss, address)
    for address in lists:
        assert "Another seller" not in read(boss, address)


def test_a_list_is_filtered_by_what_was_typed(boss: Client) -> None:
    ours, other = ProductFactory(title="Ours"), ProductFactory(title="Theirs")
    query = {"organizations__id__exact": str(ours.organizations.get().pk)}
    page = read(boss, list_of(Product), **query)
    assert ours.title in page
    assert other.title not in page
    assert boss.get(list_of(Product), {"organizations__id__exact": "x"}).status_code == 302
