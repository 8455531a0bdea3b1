"""What an order opens to its owner, and what is closed again."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.core.purchases import buy, move
from tests.statements import captured_statements

from joanie.core.factories import (
    CourseFactory,
    CourseRunFactory,
    EnrollmentFactory,
    UserFactory,
)
from joanie.core.models import Course, CourseRun, Enrollment, Order
from joanie.core.services.access import update_access
from joanie.core.services.enrollments import enroll, unenroll

pytestmark = pytest.mark.django_db

GRANTING = ["validated", "refunding"]
OTHER = ["pending", "failed", "canceled", "refunded"]


def _order(*targets: Course | CourseRun, state: str = "validated", owner: Any = None) -> Order:
    return buy(*targets, owner=owner or UserFactory(), state=state)


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


def test_a_run_that_closed_while_the_money_was_on_its_way_is_entered() -> None:
    run = CourseRunFactory(enrollment_end=timezone.now() + timedelta(hours=1))
    order = _order(run.course)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert _access_of(order) == {run: True}


def test_a_run_that_is_open_now_goes_before_one_that_has_closed() -> None:
    run = CourseRunFactory(enrollment_end=timezone.now() + timedelta(hours=1))
    order = _order(run.course)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        opened = CourseRunFactory(course=run.course)
        assert _access_of(order) == {opened: True}


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
    assert Enrollment.objects.count() == len(_jobs()) == 1


def test_a_place_that_was_given_up_is_taken_again_with_a_new_order() -> None:
    enrollment = EnrollmentFactory(is_active=False)
    order = _order(enrollment.course_run, owner=enrollment.owner)
    assert _access_of(order) == {enrollment.course_run: True}


def test_what_the_learner_left_is_not_opened_again_by_the_same_order() -> None:
    run = CourseRunFactory()
    order = _order(run)
    update_access(order.pk)
    unenroll(owner=order.owner, course_run=run)
    assert _access_of(order) == {run: False}
    assert len(_jobs()) == 2


def test_a_learner_who_chose_one_of_two_runs_is_not_put_into_the_other() -> None:
    chosen, other = CourseRunFactory.create_batch(2, course=CourseFactory())
    order = _order(chosen.course)
    enroll(owner=order.owner, course_run=chosen)
    CourseRun.objects.filter(pk=other.pk).update(enrollment_end=timezone.now())
    assert _access_of(order) == {chosen: True}
    unenroll(owner=order.owner, course_run=chosen)
    assert _access_of(order) == {chosen: False}


def test_what_was_opened_is_closed_with_the_refund() -> None:
    run = CourseRunFactory()
    order = _order(run)
    update_access(order.pk)
    assert _access_of(move(order, "refunded")) == {run: False}
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
    move(order, "refunded")
    assert _access_of(order) == _access_of(order)
    assert len(_jobs()) == 2


@pytest.mark.parametrize("state", GRANTING)
def test_what_another_order_opens_stays_open(state: str) -> None:
    run = CourseRunFactory()
    order = _order(run)
    update_access(order.pk)
    _order(run.course, state=state, owner=order.owner)
    assert _access_of(move(order, "refunded")) == {run: True}


@pytest.mark.parametrize("state", OTHER)
def test_another_order_that_opens_nothing_keeps_nothing_open(state: str) -> None:
    run = CourseRunFactory()
    order = _order(run)
    update_access(order.pk)
    _order(run, state=state, owner=order.owner)
    assert _access_of(move(order, "refunded")) == {run: False}


def test_another_order_for_another_run_keeps_only_that_one_open() -> None:
    run, other = CourseRunFactory.create_batch(2, course=CourseFactory())
    order = _order(run)
    update_access(order.pk)
    update_access(_order(other, owner=order.owner).pk)
    assert _access_of(move(order, "refunded")) == {run: False, other: True}


def test_an_order_of_somebody_else_keeps_nothing_open() -> None:
    run = CourseRunFactory()
    order, theirs = _order(run), _order(run)
    update_access(order.pk)
    update_access(theirs.pk)
    assert _access_of(move(order, "refunded")) == {run: False}
    assert _access_of(theirs) == {run: True}


def test_a_run_that_everybody_may_enter_stays_open() -> None:
    run = CourseRunFactory(is_listed=True)
    order = _order(run)
    update_access(order.pk)
    assert _access_of(move(order, "refunded")) == {run: True}


def test_an_order_that_is_reinstated_opens_again() -> None:
    run = CourseRunFactory()
    order = _order(run)
    update_access(order.pk)
    assert _access_of(move(order, "refunded")) == {run: False}
    assert _access_of(move(order, "validated")) == {run: True}


def test_a_run_that_was_chosen_is_given_back_with_a_reinstated_order() -> None:
    chosen, _ = CourseRunFactory.create_batch(2, course=CourseFactory())
    order = _order(chosen.course)
    enroll(owner=order.owner, course_run=chosen)
    assert _access_of(move(order, "refunded")) == {chosen: False}
    assert _access_of(move(order, "validated")) == {chosen: True}


def test_a_run_is_given_back_although_enrollment_is_over_by_now() -> None:
    run = CourseRunFactory()
    order = _order(run)
    update_access(order.pk)
    _access_of(move(order, "refunded"))
    CourseRun.objects.update(enrollment_end=timezone.now())
    assert _access_of(move(order, "validated")) == {CourseRun.objects.get(): True}


def test_a_run_that_the_learner_left_is_not_given_back() -> None:
    left, kept = CourseRunFactory.create_batch(2)
    order = _order(left, kept)
    update_access(order.pk)
    unenroll(owner=order.owner, course_run=left)
    assert _access_of(move(order, "refunded")) == {left: False, kept: False}
    assert _access_of(move(order, "validated")) == {left: False, kept: True}


@pytest.mark.parametrize("told", ["record_told", "record_failure"])
def test_telling_the_lms_does_not_make_forget_that_a_run_was_taken_back(told: str) -> None:
    chosen, _ = CourseRunFactory.create_batch(2, course=CourseFactory())
    order = _order(chosen.course)
    enroll(owner=order.owner, course_run=chosen)
    _access_of(move(order, "refunded"))
    rows = Enrollment.objects.all()
    rows.record_told() if told == "record_told" else rows.record_failure("It is down.")
    assert rows.get().is_taken_back
    assert _access_of(move(order, "validated")) == {chosen: True}
    assert not rows.get().is_taken_back


def test_what_an_earlier_order_lost_is_not_chosen_again_for_the_learner() -> None:
    before, _ = CourseRunFactory.create_batch(2, course=CourseFactory())
    order = _order(before.course)
    enroll(owner=order.owner, course_run=before)
    _access_of(move(order, "refunded"))
    again = _order(before.course, owner=order.owner)
    assert _access_of(again) == {before: False}


def test_nothing_is_given_back_beside_another_run_that_was_entered_meanwhile() -> None:
    first, second = CourseRunFactory.create_batch(2, course=CourseFactory())
    order = _order(first.course)
    enroll(owner=order.owner, course_run=first)
    _access_of(move(order, "refunded"))
    again = _order(first.course, owner=order.owner)
    enroll(owner=again.owner, course_run=second)
    assert _access_of(move(order, "validated")) == {first: False, second: True}


def test_the_number_of_statements_does_not_grow_with_other_orders() -> None:
    run = CourseRunFactory()
    order = _order(run)
    counts = []
    for _ in range(3):
        move(order, "validated")
        update_access(order.pk)
        move(order, "refunded")
        with captured_statements() as statements:
            update_access(order.pk)
        counts.append(len(statements))
        _order(CourseRunFactory(), owner=order.owner)
    assert len(set(counts)) == 1
