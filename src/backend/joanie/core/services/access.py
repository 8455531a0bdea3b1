"""Access to what was bought: enrolling the owner of an order, and taking it back."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from joanie.common.queue import enqueue
from joanie.common.transactions import forbid_transaction, short_transaction
from joanie.core.course_run_state import is_open_for_enrollment
from joanie.core.enums import GRANTING_ORDER_STATES, EnrollmentState
from joanie.core.models import CourseRun, Enrollment, Order, OrderTargetCourseRelation
from joanie.core.services.owners import lock_owner
from joanie.lms_handler.registry import get_lms_backend


def update_access(order_id: uuid.UUID) -> None:
    """Make the owner's enrolments fit the order's present state. Safe to repeat.

    While the order grants access, the owner is enrolled in every target course that has exactly
    one run open for enrolment. When it does not any more, the owner loses the runs it contains,
    unless another order or a free listing gives the same access. The LMS is told by jobs.
    """
    with short_transaction():
        order = Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=order_id)
        # Two orders of one owner may give the same access: one decides after the other.
        lock_owner(order.owner_id)
        if order.state in GRANTING_ORDER_STATES:
            _grant(order)
        else:
            _withdraw(order)


def send_enrollment(enrollment_id: uuid.UUID) -> None:
    """Tell the LMS about an enrolment. Safe to repeat, and to run twice at once.

    What changed while the LMS was being told is told again. Raises LMSUnavailable, or what a
    backend that broke raises; the enrolment is then recorded as failed.
    """
    forbid_transaction()
    enrollment = Enrollment.objects.select_related("owner", "course_run").get(pk=enrollment_id)
    resource_link = enrollment.course_run.resource_link
    backend = get_lms_backend(resource_link)
    try:
        if backend is not None:
            backend.set_enrollment(
                username=enrollment.owner.get_username(),
                resource_link=resource_link,
                is_active=enrollment.is_active,
            )
    except Exception:
        Enrollment.objects.filter(pk=enrollment_id).update(state=EnrollmentState.FAILED)
        raise
    is_told = Enrollment.objects.filter(pk=enrollment_id, is_active=enrollment.is_active).update(
        state=EnrollmentState.SET
    )
    if not is_told:
        send_enrollment(enrollment_id)


def _grant(order: Order) -> None:
    now = timezone.now()
    for relation in _relations(order):
        open_runs = [run for run in _runs_of(relation) if is_open_for_enrollment(run, now)]
        if len(open_runs) == 1:
            _set_enrollment(order.owner_id, open_runs[0], is_active=True)


def _withdraw(order: Order) -> None:
    contained = [run for relation in _relations(order) for run in _runs_of(relation)]
    kept = {
        run.pk
        for other in Order.objects.granting_access().filter(owner_id=order.owner_id)
        for relation in _relations(other)
        for run in _runs_of(relation)
    }
    lost = [run for run in contained if not run.is_listed and run.pk not in kept]
    enrollments = Enrollment.objects.filter(
        owner_id=order.owner_id, course_run__in=lost, is_active=True
    ).select_related("course_run")
    for enrollment in enrollments:
        _set_enrollment(order.owner_id, enrollment.course_run, is_active=False)


def _relations(order: Order) -> QuerySet[OrderTargetCourseRelation]:
    return order.target_course_relations.prefetch_related("course_runs", "course__course_runs")


def _runs_of(relation: OrderTargetCourseRelation) -> Iterable[CourseRun]:
    return relation.course_runs.all() or relation.course.course_runs.all()


def _set_enrollment(owner_id: Any, course_run: CourseRun, *, is_active: bool) -> None:
    enrollment, _ = Enrollment.objects.update_or_create(
        owner_id=owner_id, course_run=course_run, defaults={"is_active": is_active}
    )
    enqueue("joanie.core.send_enrollment", enrollment_id=str(enrollment.pk))
