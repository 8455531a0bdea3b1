"""Places in course runs: the learner's choice of one, and leaving it. The LMS is told by jobs."""

import uuid
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import Refused
from joanie.common.queue import enqueue
from joanie.common.transactions import short_transaction
from joanie.core.course_run_state import is_open_for_enrollment
from joanie.core.enums import GRANTING_ORDER_STATES
from joanie.core.models import CourseRun, Enrollment, OrderTargetCourseRelation
from joanie.core.services.owners import lock_owner


class CannotEnroll(Refused):
    """The run that was asked for cannot be entered."""

    code = "cannot_enroll"
    status = HTTPStatus.BAD_REQUEST
    field = "course_run"
    detail = _("You cannot enroll in this course run.")


class EnrollmentNotOpen(CannotEnroll):
    code = "enrollment_not_open"
    detail = _("This course run is not open for enrollment.")


class CourseRunNotBought(CannotEnroll):
    code = "course_run_not_bought"
    detail = _("This course run comes with a product that you have not bought.")


class OtherCourseRunEntered(CannotEnroll):
    code = "other_course_run_entered"
    detail = _("You are enrolled in another open run of this course. Leave it first.")


class NotEnrolled(Refused):
    code = "not_enrolled"
    status = HTTPStatus.BAD_REQUEST
    field = "is_active"
    detail = _("You are not enrolled in this course run.")


def enroll(*, owner: AbstractBaseUser, course_run: CourseRun) -> tuple[Enrollment, bool]:
    """Enter a run that is open; say whether it is for the first time. Safe to repeat.

    A run that is not listed has to come with an order of the owner. Among the open runs of one
    course a learner is in one, unless an order gives the one and not the other.
    Raises EnrollmentNotOpen, CourseRunNotBought, OtherCourseRunEntered.
    """
    with short_transaction():
        lock_owner(owner.pk)
        known = _find(owner, course_run)
        if known is not None and known.is_active:
            return known, False
        _check_may_enter(owner, course_run, timezone.now())
        entered = write_enrollment(owner_id=owner.pk, course_run=course_run, is_active=True)
    return entered, known is None


def unenroll(*, owner: AbstractBaseUser, course_run: CourseRun) -> Enrollment:
    """Leave a run, at any time. Safe to repeat.

    What was bought stays bought: the run can be entered again while it is open.
    Raises NotEnrolled when the owner has never been in it.
    """
    with short_transaction():
        lock_owner(owner.pk)
        known = _find(owner, course_run)
        if known is None:
            raise NotEnrolled
        if not known.is_active:
            return known
        return write_enrollment(owner_id=owner.pk, course_run=course_run, is_active=False)


def resend_enrollment(enrollment_id: uuid.UUID) -> None:
    """Have the LMS told again, whatever it said before. Safe to repeat."""
    enqueue("joanie.core.send_enrollment", enrollment_id=str(enrollment_id))


def write_enrollment(
    *, owner_id: Any, course_run: CourseRun, is_active: bool, is_taken_back: bool = False
) -> Enrollment:
    """Write that the owner is in the run or not any more, and enqueue telling the LMS.

    In the caller's transaction, which holds the owner's lock. ``is_taken_back``: not by the
    learner's own choice.
    """
    enrollment, _is_new = Enrollment.objects.update_or_create(
        owner_id=owner_id,
        course_run=course_run,
        defaults={"is_active": is_active, "is_taken_back": is_taken_back},
    )
    enqueue("joanie.core.send_enrollment", enrollment_id=str(enrollment.pk))
    return enrollment


def runs_by_order(owner_id: Any) -> list[set[uuid.UUID]]:
    """List the runs that each order of the owner gives access to now. One statement."""
    contained = (
        OrderTargetCourseRelation.objects.filter(
            order__owner=owner_id, order__state__in=GRANTING_ORDER_STATES
        )
        .with_runs()
        .values_list("order", "run")
        .distinct()
    )
    runs: dict[uuid.UUID, set[uuid.UUID]] = {}
    for order_id, run_id in contained:
        runs.setdefault(order_id, set()).add(run_id)
    return list(runs.values())


def _find(owner: AbstractBaseUser, course_run: CourseRun) -> Enrollment | None:
    return Enrollment.objects.of(owner.pk).filter(course_run=course_run).first()


def _check_may_enter(owner: AbstractBaseUser, course_run: CourseRun, now: datetime) -> None:
    if not is_open_for_enrollment(course_run, now):
        raise EnrollmentNotOpen
    bought = runs_by_order(owner.pk)
    if not course_run.is_listed and not any(course_run.pk in runs for runs in bought):
        raise CourseRunNotBought
    others = CourseRun.objects.filter(
        course=course_run.course_id,
        enrollments__owner=owner.pk,
        enrollments__is_active=True,
    )
    for other in others.exclude(pk=course_run.pk):
        comes_apart = any((course_run.pk in runs) != (other.pk in runs) for runs in bought)
        if is_open_for_enrollment(other, now) and not comes_apart:
            raise OtherCourseRunEntered
