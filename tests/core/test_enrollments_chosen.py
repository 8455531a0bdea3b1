"""Which runs a learner may enter, and leaving them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.concurrency import at_once
from tests.core.purchases import buy

from joanie.core.factories import CourseFactory, CourseRunFactory, EnrollmentFactory, UserFactory
from joanie.core.models import CourseRun, Enrollment, Order
from joanie.core.services.access import update_access
from joanie.core.services.enrollments import (
    CourseRunNotBought,
    EnrollmentNotOpen,
    NotEnrolled,
    OtherCourseRunEntered,
    enroll,
    unenroll,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Any:
    return UserFactory(username="grace")


def _runs(number: int, **fields: Any) -> list[CourseRun]:
    runs: list[CourseRun] = CourseRunFactory.create_batch(number, course=CourseFactory(), **fields)
    return runs


def _jobs() -> int:
    return ProcrastinateJob.objects.filter(task_name="joanie.core.send_enrollment").count()


def _active(owner: Any) -> set[CourseRun]:
    return {row.course_run for row in Enrollment.objects.of(owner.pk).active()}


def _close(run: CourseRun) -> None:
    CourseRun.objects.filter(pk=run.pk).update(enrollment_end=timezone.now())


def test_anybody_may_enter_a_listed_run(owner: Any) -> None:
    (run,) = _runs(1, is_listed=True)
    enrollment, is_new = enroll(owner=owner, course_run=run)
    assert (enrollment.is_active, enrollment.state, is_new) == (True, "set", True)
    assert _jobs() == 1


def test_a_run_that_is_not_listed_has_to_be_bought(owner: Any) -> None:
    (run,) = _runs(1)
    buy(run.course, owner=UserFactory())
    with pytest.raises(CourseRunNotBought):
        enroll(owner=owner, course_run=run)
    buy(run.course, owner=owner)
    assert enroll(owner=owner, course_run=run)[1]


@pytest.mark.parametrize("state", ["pending", "failed", "canceled", "refunded"])
def test_an_order_that_gives_no_access_opens_no_run(owner: Any, state: str) -> None:
    (run,) = _runs(1)
    buy(run, owner=owner, state=state)
    with pytest.raises(CourseRunNotBought):
        enroll(owner=owner, course_run=run)
    assert _active(owner) == set()


def test_only_the_runs_that_were_bought_can_be_entered(owner: Any) -> None:
    bought, other = _runs(2)
    buy(bought, owner=owner)
    with pytest.raises(CourseRunNotBought):
        enroll(owner=owner, course_run=other)


@pytest.mark.parametrize(
    "dates",
    [
        {"enrollment_start": timedelta(days=1)},
        {"enrollment_end": timedelta(days=-1)},
        {"enrollment_start": None},
        {"start": None},
    ],
)
def test_a_run_that_is_not_open_cannot_be_entered(owner: Any, dates: dict[str, Any]) -> None:
    now = timezone.now()
    fields = {name: None if delta is None else now + delta for name, delta in dates.items()}
    (run,) = _runs(1, is_listed=True, **fields)
    with pytest.raises(EnrollmentNotOpen):
        enroll(owner=owner, course_run=run)
    assert not Enrollment.objects.exists()


def test_entering_twice_is_entering_once(owner: Any) -> None:
    (run,) = _runs(1, is_listed=True)
    first, _ = enroll(owner=owner, course_run=run)
    again, is_new = enroll(owner=owner, course_run=run)
    assert (again, is_new) == (first, False)
    assert _jobs() == 1


def test_who_is_in_a_run_that_closed_stays_in_it(owner: Any) -> None:
    (run,) = _runs(1, is_listed=True)
    enroll(owner=owner, course_run=run)
    _close(run)
    assert enroll(owner=owner, course_run=CourseRun.objects.get())[0].is_active


def test_a_run_that_was_left_can_be_entered_again_while_it_is_open(owner: Any) -> None:
    (run,) = _runs(1, is_listed=True)
    enroll(owner=owner, course_run=run)
    assert not unenroll(owner=owner, course_run=run).is_active
    assert enroll(owner=owner, course_run=run)[0].is_active
    assert _jobs() == 3
    unenroll(owner=owner, course_run=run)
    _close(run)
    with pytest.raises(EnrollmentNotOpen):
        enroll(owner=owner, course_run=CourseRun.objects.get())


def test_a_run_can_be_left_after_it_closed(owner: Any) -> None:
    (run,) = _runs(1)
    EnrollmentFactory(owner=owner, course_run=run)
    _close(run)
    assert not unenroll(owner=owner, course_run=run).is_active


def test_leaving_twice_is_leaving_once(owner: Any) -> None:
    (run,) = _runs(1)
    EnrollmentFactory(owner=owner, course_run=run)
    assert unenroll(owner=owner, course_run=run) == unenroll(owner=owner, course_run=run)
    assert _jobs() == 1


def test_what_was_never_entered_cannot_be_left(owner: Any) -> None:
    (run,) = _runs(1, is_listed=True)
    EnrollmentFactory(course_run=run)
    with pytest.raises(NotEnrolled):
        unenroll(owner=owner, course_run=run)
    assert _jobs() == 0


@pytest.mark.parametrize("is_listed", [True, False])
def test_among_the_open_runs_of_a_course_one_is_chosen(owner: Any, is_listed: bool) -> None:
    first, second = _runs(2, is_listed=is_listed)
    buy(first.course, owner=owner)
    enroll(owner=owner, course_run=first)
    with pytest.raises(OtherCourseRunEntered):
        enroll(owner=owner, course_run=second)
    unenroll(owner=owner, course_run=first)
    enroll(owner=owner, course_run=second)
    assert _active(owner) == {second}


def test_a_run_that_closed_does_not_stand_in_the_way_of_the_next(owner: Any) -> None:
    first, second = _runs(2)
    buy(first.course, owner=owner)
    enroll(owner=owner, course_run=first)
    _close(first)
    enroll(owner=owner, course_run=second)
    assert _active(owner) == {first, second}


def test_runs_of_other_courses_and_of_other_people_do_not_count(owner: Any) -> None:
    first, second = _runs(2, is_listed=True)
    (elsewhere,) = _runs(1, is_listed=True)
    EnrollmentFactory(course_run=first)
    enroll(owner=owner, course_run=elsewhere)
    enroll(owner=owner, course_run=second)
    assert _active(owner) == {elsewhere, second}


def test_a_run_that_was_bought_by_itself_comes_on_top(owner: Any) -> None:
    chosen, bought = _runs(2)
    buy(chosen.course, owner=owner)
    enroll(owner=owner, course_run=chosen)
    update_access(buy(bought, owner=owner).pk)
    assert _active(owner) == {chosen, bought}
    unenroll(owner=owner, course_run=bought)
    enroll(owner=owner, course_run=bought)
    assert _active(owner) == {chosen, bought}


def test_a_run_is_still_chosen_beside_one_that_was_bought_by_itself(owner: Any) -> None:
    bought, chosen, third = _runs(3)
    update_access(buy(bought, owner=owner).pk)
    buy(bought.course, owner=owner)
    enroll(owner=owner, course_run=chosen)
    with pytest.raises(OtherCourseRunEntered):
        enroll(owner=owner, course_run=third)
    assert _active(owner) == {bought, chosen}


def test_two_orders_of_the_same_runs_give_one_choice(owner: Any) -> None:
    first, second = _runs(2)
    buy(first.course, owner=owner)
    buy(first.course, owner=owner)
    enroll(owner=owner, course_run=first)
    with pytest.raises(OtherCourseRunEntered):
        enroll(owner=owner, course_run=second)


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_entered_at_once_one_is_taken(owner: Any) -> None:
    runs = _runs(2, is_listed=True)
    outcomes = at_once(*[lambda run=run: enroll(owner=owner, course_run=run) for run in runs])
    refused = [each for each in outcomes if isinstance(each, OtherCourseRunEntered)]
    assert (len(refused), len(_active(owner))) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_entering_the_same_run_at_once_makes_one_enrollment(owner: Any) -> None:
    (run,) = _runs(1, is_listed=True)
    outcomes = at_once(*[lambda: enroll(owner=owner, course_run=run)] * 4)
    assert sorted(is_new for _, is_new in outcomes) == [False, False, False, True]
    assert (Enrollment.objects.count(), _jobs()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_refund_and_a_choice_at_once_leave_nobody_inside(owner: Any) -> None:
    (run,) = _runs(1)
    order = buy(run, owner=owner)
    Order.objects.filter(pk=order.pk).update(state="refunded")
    at_once(
        lambda: update_access(order.pk),
        lambda: enroll(owner=owner, course_run=run),
    )
    assert _active(owner) == set()
