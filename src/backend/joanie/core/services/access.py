"""Access to what was bought: enrolling the owner of an order, and taking it back."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils import timezone

from joanie.common.transactions import short_transaction
from joanie.core.course_run_state import is_open_for_enrollment
from joanie.core.enums import GRANTING_ORDER_STATES
from joanie.core.models import CourseRun, Enrollment, Order, OrderTargetCourseRelation
from joanie.core.services.enrollments import runs_by_order, write_enrollment
from joanie.core.services.owners import lock_owner


def update_access(order_id: uuid.UUID) -> None:
    """Make the owner's enrolments fit the order's present state. Safe to repeat.

    While the order grants access, the owner is enrolled in every target course that has exactly
    one run open for enrolment: now, else when the order was placed, since the money may have come
    after the last day. When it does not any more, the owner loses the runs it contains,
    unless another order or a free listing gives the same access. An order that is reinstated
    gives back what was lost, and nothing that the learner left. The LMS is told by jobs.
    """
    with short_transaction():
        order = Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=order_id)
        # Two orders of one owner may give the same access: one decides after the other.
        lock_owner(order.owner_id)
        if order.state in GRANTING_ORDER_STATES:
            _grant(order)
        else:
            _withdraw(order)


def _grant(order: Order) -> None:
    now = timezone.now()
    known = {row.course_run_id: row for row in Enrollment.objects.of(order.owner_id)}
    for runs in _runs_by_course(order):
        for run in _runs_to_enter(order, runs, known, now):
            write_enrollment(owner_id=order.owner_id, course_run=run, is_active=True)


def _runs_to_enter(
    order: Order,
    runs: Sequence[CourseRun],
    known: dict[uuid.UUID, Enrollment],
    now: datetime,
) -> list[CourseRun]:
    """Choose for the learner: what was taken back from them, else the only open run.

    Nothing when they are in an open run already. An enrolment that changed after the order was
    placed is a later wish than the order.
    """
    open_now, open_then = (
        [run for run in runs if is_open_for_enrollment(run, moment)]
        for moment in (now, order.created_on)
    )
    open_runs = open_now or open_then
    if any(run.pk in known and known[run.pk].is_active for run in open_runs):
        return []
    changed = {
        run.pk: known[run.pk]
        for run in runs
        if run.pk in known and known[run.pk].updated_on > order.created_on
    }
    lost = [run for run in runs if run.pk in changed and changed[run.pk].is_taken_back]
    if lost:
        return lost
    return open_runs if len(open_runs) == 1 and open_runs[0].pk not in changed else []


def _withdraw(order: Order) -> None:
    kept = set().union(*runs_by_order(order.owner_id))
    contained = {run.pk for runs in _runs_by_course(order) for run in runs}
    lost = (
        Enrollment.objects.of(order.owner_id)
        .active()
        .filter(course_run__in=contained - kept, course_run__is_listed=False)
        .select_related("course_run")
    )
    for enrollment in lost:
        write_enrollment(
            owner_id=order.owner_id,
            course_run=enrollment.course_run,
            is_active=False,
            is_taken_back=True,
        )


def _runs_by_course(order: Order) -> Iterable[Sequence[CourseRun]]:
    """Give the runs that the order contains, those of each course together. One statement."""
    contained = OrderTargetCourseRelation.objects.filter(order=order).with_runs()
    runs: dict[uuid.UUID, list[CourseRun]] = {}
    for run in CourseRun.objects.filter(pk__in=contained.values("run")):
        runs.setdefault(run.course_id, []).append(run)
    return runs.values()
