"""What an order opens to its owner, and what is closed again."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from joanie.core.factories import (
    CourseFactory,
    CourseRunFactory,
    EnrollmentFactory,
    ProductFactory,
    ProductTargetCourseRelationFactory,
    UserFactory,
)
from joanie.core.models import Course, CourseRun, Enrollment, Order
from joanie.core.services.access import update_access
from joanie.core.services.orders import create_order

pytestmark = pytest.mark.django_db

GRANTING = ["validated", "refunding"]
OTHER = ["pending", "failed", "canceled", "refunded"]


def _order(*targets: Course | CourseRun, state: str = "validated", owner: Any = None) -> Order:
    """Place an order for whole courses, or for some of their runs only."""
    product = ProductFactory()
    for target in targets:
        relation = (
            {"course": target}
            if isinstance(target, Course)
            else {
                "course": target.course,
                "course_runs": [target],
            }
        )
        ProductTargetCourseRelationFactory(product=product, **relation)
    order = create_order(
        owner=owner or UserFactory(),
        course=product.courses.get(),
        product=product,
        organization=product.organizations.get(),
        language="en",
    )
    return _move(order, "validated", state)


def _move(order: Order, *states: str) -> Order:
    """Move an order on a way that its machine allows."""
    ways = {"pending": [], "failed": ["failed"], "canceled": ["canceled"]}
    for state in ways.get(states[-1], dict.fromkeys(states)):
        Order.objects.filter(pk=order.pk).update(state=state)
    return Order.objects.get(pk=order.pk)


def _access_of(order: Order) -> dict[CourseRun, bool]:
    update_access(order.pk)
    rows = Enrollment.objects.filter(owner=order.owner).select_related("course_run")
    return {row.course_run: row.is_active for row in rows}


def _jobs() -> list[str]:
    jobs = ProcrastinateJob.objects.filter(task_name="joanie.core.send_enrollment")
    return [job.args["enrollment_id"] for job in jobs.order_by("id")]


@pytest.mark.parametrize("state", GRANTING)
def test_the_only_open_run_of_a_course_is_entered_at_once(state: str) -> None:
    run = CourseRunFactory()
    over = timezone.now() - timedelta(days=1)
    CourseRunFactory(course=run.course, enrollment_end=over)
    order = _order(run.course, state=state)
    assert _access_of(order) == {run: True}
    assert _jobs() == [str(Enrollment.objects.get().pk)]


@pytest.mark.parametrize("runs", [0, 2])
def test_between_none_or_several_runs_the_learner_chooses(runs: int) -> None:
    course = CourseFactory()
    CourseRunFactory.create_batch(runs, course=course)
    assert _access_of(_order(course)) == {}
    assert _jobs() == []


def test_every_course_of_the_order_is_opened() -> None:
    first, second = CourseRunFactory.create_batch(2)
    elsewhere = CourseRunFactory()
    assert _access_of(_order(first.course, second.course)) == {first: True, second: True}
    assert not elsewhere.enrollments.exists()


def test_only_the_runs_that_were_bought_are_opened() -> None:
    bought = CourseRunFactory()
    CourseRunFactory(course=bought.course)
    assert _access_of(_order(bought)) == {bought: True}


@pytest.mark.parametrize("state", OTHER)
def test_an_order_in_any_other_state_opens_nothing(state: str) -> None:
    assert _access_of(_order(CourseRunFactory().course, state=state)) == {}


def test_opening_twice_is_opening_once() -> None:
    run = CourseRunFactory()
    order = _order(run)
    assert _access_of(order) == _access_of(order) == {run: True}
    assert Enrollment.objects.count() == 1


def test_a_place_that_was_given_up_is_taken_again() -> None:
    order = _order(CourseRunFactory())
    run = CourseRun.objects.get()
    EnrollmentFactory(owner=order.owner, course_run=run, is_active=False)
    assert _access_of(order) == {run: True}


def test_what_was_opened_is_closed_with_the_refund() -> None:
    run = CourseRunFactory()
    order = _order(run)
    update_access(order.pk)
    assert _access_of(_move(order, "refunded")) == {run: False}
    assert len(_jobs()) == 2


def test_what_the_learner_chose_is_closed_too() -> None:
    chosen = CourseRunFactory()
    CourseRunFactory(course=chosen.course)
    order = _order(chosen.course, state="refunded")
    EnrollmentFactory(owner=order.owner, course_run=chosen)
    assert _access_of(order) == {chosen: False}


def test_closing_twice_is_closing_once() -> None:
    order = _order(CourseRunFactory())
    update_access(order.pk)
    _move(order, "refunded")
    assert _access_of(order) == _access_of(order)
    assert len(_jobs()) == 2


@pytest.mark.parametrize("state", GRANTING)
def test_what_another_order_opens_stays_open(state: str) -> None:
    run = CourseRunFactory()
    order = _order(run)
    update_access(order.pk)
    _order(run.course, state=state, owner=order.owner)
    assert _access_of(_move(order, "refunded")) == {run: True}


@pytest.mark.parametrize("state", OTHER)
def test_another_order_that_opens_nothing_keeps_nothing_open(state: str) -> None:
    run = CourseRunFactory()
    order = _order(run)
    update_access(order.pk)
    _order(run, state=state, owner=order.owner)
    assert _access_of(_move(order, "refunded")) == {run: False}


def test_another_order_for_another_run_keeps_only_that_one_open() -> None:
    run, other = CourseRunFactory.create_batch(2, course=CourseFactory())
    order = _order(run)
    update_access(order.pk)
    update_access(_order(other, owner=order.owner).pk)
    assert _access_of(_move(order, "refunded")) == {run: False, other: True}


def test_an_order_of_somebody_else_keeps_nothing_open() -> None:
    run = CourseRunFactory()
    order, theirs = _order(run), _order(run)
    update_access(order.pk)
    update_access(theirs.pk)
    assert _access_of(_move(order, "refunded")) == {run: False}
    assert _access_of(theirs) == {run: True}


def test_a_run_that_everybody_may_enter_stays_open() -> None:
    run = CourseRunFactory(is_listed=True)
    order = _order(run)
    update_access(order.pk)
    assert _access_of(_move(order, "refunded")) == {run: True}


def test_an_order_that_is_reinstated_opens_again() -> None:
    run = CourseRunFactory()
    order = _order(run)
    update_access(order.pk)
    assert _access_of(_move(order, "refunded")) == {run: False}
    assert _access_of(_move(order, "validated")) == {run: True}
