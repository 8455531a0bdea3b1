"""Where a course run stands today: the eight states a catalogue shows, best first.

The rule is written twice: in Python for what is shown, in SQL for what is looked for.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Case, IntegerField, Min, Q, QuerySet, When
from django.db.models.lookups import In
from django.utils.translation import gettext as _

from joanie.core.models import CourseRun

# Of the states in which one can enroll.
OPEN_PRIORITIES = frozenset({0, 1, 2})
# Of a run without dates, and of a course without runs.
TO_BE_SCHEDULED = 7


class Schedule(Protocol):
    """The dates that decide. A missing end means for ever."""

    start: datetime | None
    end: datetime | None
    enrollment_start: datetime | None
    enrollment_end: datetime | None


@dataclass(frozen=True)
class CourseRunState:
    """``priority``: lower is better. ``datetime``: the moment that the text announces."""

    priority: int
    datetime: datetime | None
    call_to_action: str
    text: str


def compute_state(run: Schedule, now: datetime) -> CourseRunState:  # noqa: PLR0911 - eight states
    """Say whether the run is to come, on-going or over, and whether one can enroll."""
    if run.start is None or run.enrollment_start is None:
        return _to_be_scheduled()
    is_enrollment_over = run.enrollment_end is not None and run.enrollment_end <= now
    is_open = run.enrollment_start <= now and not is_enrollment_over
    enroll, see = _("enroll now"), _("see details")
    if run.end is not None and run.end <= now:
        if is_open:
            return CourseRunState(2, run.enrollment_end, _("study now"), _("forever open"))
        return CourseRunState(6, None, "", _("archived"))
    if run.start <= now:
        if is_open:
            text = _("closing on") if run.enrollment_end else _("on-going")
            return CourseRunState(0, run.enrollment_end, enroll, text)
        return CourseRunState(5, None, see, _("on-going"))
    if is_open:
        return CourseRunState(1, run.start, enroll, _("starting on"))
    if is_enrollment_over:
        return CourseRunState(4, None, see, _("enrollment closed"))
    return CourseRunState(3, run.start, see, _("starting on"))


def compute_best_state(runs: Iterable[Schedule], now: datetime) -> CourseRunState:
    """Give the state of a course: the best of its runs, to be scheduled when it has none.

    Of equal states, the one that announces the nearest moment.
    """
    states = (compute_state(run, now) for run in runs)
    return min(states, key=_rank, default=_to_be_scheduled())


def find_next_change(runs: Iterable[Schedule], now: datetime) -> datetime | None:
    """Return the first moment after now when one of the states may change; None: they stay."""
    moments = (
        moment
        for run in runs
        for moment in (run.start, run.end, run.enrollment_start, run.enrollment_end)
        if moment is not None and moment > now
    )
    return min(moments, default=None)


def is_open_for_enrollment(run: Schedule, now: datetime) -> bool:
    return compute_state(run, now).priority in OPEN_PRIORITIES


def priority_of_run(now: datetime) -> Case:
    """Say in SQL what ``compute_state`` says of a row of course runs."""
    is_started, is_archived = Q(start__lte=now), Q(end__lte=now)
    is_enrollment_over = Q(enrollment_end__lte=now)
    is_enrollment_endless = Q(enrollment_end__isnull=True)
    is_open = Q(enrollment_start__lte=now) & (is_enrollment_endless | Q(enrollment_end__gt=now))
    return Case(
        When(Q(start__isnull=True) | Q(enrollment_start__isnull=True), then=TO_BE_SCHEDULED),
        When(is_archived & is_open, then=2),
        When(is_archived, then=6),
        When(is_started & is_open, then=0),
        When(is_started, then=5),
        When(is_open, then=1),
        When(is_enrollment_over, then=4),
        default=3,
        output_field=IntegerField(),
    )


def is_run_in(priorities: Collection[int], now: datetime) -> Q:
    """Choose the course runs in one of these states, by their priorities."""
    return Q(In(priority_of_run(now), list(priorities)))


def is_course_in(priorities: Collection[int], now: datetime) -> Q:
    """Choose the courses in one of these states, by their priorities.

    Each run is looked at once. A course without runs is found by not being among the others.
    """
    others = set(range(TO_BE_SCHEDULED)).difference(priorities)
    if TO_BE_SCHEDULED in priorities:
        return ~Q(pk__in=_courses_with_runs(others, now))
    return Q(pk__in=_courses_with_runs(priorities, now))


def _courses_with_runs(priorities: Collection[int], now: datetime) -> QuerySet[Any, Any]:
    runs = CourseRun.objects.order_by().values("course").annotate(best=Min(priority_of_run(now)))
    return runs.filter(best__in=list(priorities)).values("course")


def _to_be_scheduled() -> CourseRunState:
    return CourseRunState(TO_BE_SCHEDULED, None, "", _("to be scheduled"))


def _rank(state: CourseRunState) -> tuple[int, bool, float]:
    moment = state.datetime
    return state.priority, moment is None, moment.timestamp() if moment else 0
