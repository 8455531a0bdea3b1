"""The eight states of a course run, at every moment of its life, in Python and in SQL."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import product as every_combination

import pytest
from django.db import transaction
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joanie.core.course_run_state import (
    compute_best_state,
    compute_state,
    is_course_in,
    is_open_for_enrollment,
    is_run_in,
    priority_of_run,
)
from joanie.core.factories import CourseFactory
from joanie.core.models import Course, CourseRun

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LONG_AGO, BEFORE = NOW - timedelta(days=30), NOW - timedelta(microseconds=1)
AFTER, IN_A_MONTH = NOW + timedelta(microseconds=1), NOW + timedelta(days=30)

# What the studies and the enrolment are up to, and the priority that this is.
PRIORITIES = {
    ("on-going", "open"): 0,
    ("future", "open"): 1,
    ("archived", "open"): 2,
    ("future", "to come"): 3,
    ("future", "over"): 4,
    ("on-going", "to come"): 5,
    ("on-going", "over"): 5,
    ("archived", "to come"): 6,
    ("archived", "over"): 6,
}
STARTS = (None, LONG_AGO, BEFORE, NOW, AFTER, IN_A_MONTH)
EVERY_SCHEDULE = [
    schedule
    for schedule in every_combination(STARTS, repeat=4)
    if all(
        first is None or last is None or first <= last
        for first, last in (schedule[:2], schedule[2:])
    )
]


@dataclass
class Run:
    start: datetime | None
    end: datetime | None
    enrollment_start: datetime | None
    enrollment_end: datetime | None


def _priority(run: Run) -> int:
    if run.start is None or run.enrollment_start is None:
        return 7
    studies = "on-going" if run.start <= NOW else "future"
    if run.end is not None and run.end <= NOW:
        studies = "archived"
    enrollment = "open" if run.enrollment_start <= NOW else "to come"
    if run.enrollment_end is not None and run.enrollment_end <= NOW:
        enrollment = "over"
    return PRIORITIES[studies, enrollment]


def test_every_schedule_has_the_priority_of_the_table() -> None:
    wrong = [
        schedule
        for schedule in EVERY_SCHEDULE
        if compute_state(Run(*schedule), NOW).priority != _priority(Run(*schedule))
    ]
    assert wrong == []
    assert {_priority(Run(*schedule)) for schedule in EVERY_SCHEDULE} == set(range(8))


def test_one_can_enroll_in_the_first_three_states_only() -> None:
    for schedule in EVERY_SCHEDULE:
        is_open = _priority(Run(*schedule)) in {0, 1, 2}
        assert is_open_for_enrollment(Run(*schedule), NOW) == is_open


@pytest.mark.parametrize(
    ("run", "priority", "moment", "call_to_action", "text"),
    [
        (Run(LONG_AGO, IN_A_MONTH, LONG_AGO, AFTER), 0, AFTER, "enroll now", "closing on"),
        (Run(LONG_AGO, None, LONG_AGO, None), 0, None, "enroll now", "on-going"),
        (Run(AFTER, None, LONG_AGO, None), 1, AFTER, "enroll now", "starting on"),
        (Run(LONG_AGO, BEFORE, LONG_AGO, AFTER), 2, AFTER, "study now", "forever open"),
        (Run(LONG_AGO, BEFORE, LONG_AGO, None), 2, None, "study now", "forever open"),
        (Run(IN_A_MONTH, None, AFTER, None), 3, IN_A_MONTH, "see details", "starting on"),
        (Run(IN_A_MONTH, None, LONG_AGO, BEFORE), 4, None, "see details", "enrollment closed"),
        (Run(LONG_AGO, None, LONG_AGO, BEFORE), 5, None, "see details", "on-going"),
        (Run(LONG_AGO, BEFORE, LONG_AGO, BEFORE), 6, None, "", "archived"),
        (Run(None, None, LONG_AGO, None), 7, None, "", "to be scheduled"),
        (Run(LONG_AGO, None, None, None), 7, None, "", "to be scheduled"),
    ],
)
def test_each_state_is_announced_in_its_words(
    run: Run, priority: int, moment: datetime | None, call_to_action: str, text: str
) -> None:
    state = compute_state(run, NOW)
    assert (state.priority, state.datetime) == (priority, moment)
    assert (state.call_to_action, state.text) == (call_to_action, text)


ONE_OF_EACH = [
    Run(LONG_AGO, IN_A_MONTH, LONG_AGO, AFTER),
    Run(AFTER, None, LONG_AGO, None),
    Run(LONG_AGO, BEFORE, LONG_AGO, AFTER),
    Run(IN_A_MONTH, None, AFTER, None),
    Run(IN_A_MONTH, None, LONG_AGO, BEFORE),
    Run(LONG_AGO, None, LONG_AGO, BEFORE),
    Run(LONG_AGO, BEFORE, LONG_AGO, BEFORE),
    Run(None, None, None, None),
]


def test_a_boundary_belongs_to_what_begins_there() -> None:
    opens_now = Run(IN_A_MONTH, None, NOW, None)
    starts_now = Run(NOW, None, LONG_AGO, None)
    closes_now = Run(LONG_AGO, None, LONG_AGO, NOW)
    ends_now = Run(LONG_AGO, NOW, LONG_AGO, None)
    runs = (opens_now, starts_now, closes_now, ends_now)
    assert [compute_state(run, BEFORE).priority for run in runs] == [3, 1, 0, 0]
    assert [compute_state(run, NOW).priority for run in runs] == [1, 0, 5, 2]


@pytest.mark.parametrize("run", ONE_OF_EACH, ids=range(8))
def test_every_state_speaks_french(run: Run) -> None:
    spoken = compute_state(run, NOW)
    with translation.override("fr"):
        in_french = compute_state(run, NOW)
    assert in_french.text != spoken.text
    assert in_french.call_to_action != spoken.call_to_action or not spoken.call_to_action


@pytest.mark.parametrize("best", range(8))
def test_a_course_has_the_best_state_of_its_runs(best: int) -> None:
    runs = ONE_OF_EACH[best:][::-1]
    assert compute_best_state(runs, NOW) == compute_state(ONE_OF_EACH[best], NOW)


def test_a_course_without_runs_is_to_be_scheduled() -> None:
    assert compute_best_state([], NOW) == compute_state(Run(None, None, None, None), NOW)


def test_of_equal_states_the_nearest_moment_is_announced() -> None:
    for_ever = Run(LONG_AGO, None, LONG_AGO, None)
    soon = Run(LONG_AGO, None, LONG_AGO, AFTER)
    later = Run(LONG_AGO, None, LONG_AGO, IN_A_MONTH)
    assert compute_best_state([for_ever, later, soon], NOW).datetime == AFTER
    assert compute_best_state([for_ever], NOW).datetime is None


def _rows(course: Course, schedules: list[Run]) -> list[CourseRun]:
    return CourseRun.objects.bulk_create(
        CourseRun(course=course, resource_link=f"run-{number}", **asdict(schedule))
        for number, schedule in enumerate(schedules)
    )


def assert_sql_agrees(schedules: list[Run]) -> None:
    """Compare both ways of telling, for each run and for a course that has them all."""
    course = CourseFactory(organizations=[])
    runs = _rows(course, schedules)
    told = CourseRun.objects.annotate(priority=priority_of_run(NOW))
    assert dict(told.values_list("pk", "priority")) == {
        run.pk: compute_state(run, NOW).priority for run in runs
    }
    best = compute_best_state(runs, NOW).priority
    assert Course.objects.filter(is_course_in({best}, NOW)).exists()
    assert not Course.objects.filter(is_course_in(set(range(8)) - {best}, NOW)).exists()


@pytest.mark.django_db
def test_sql_agrees_on_every_schedule() -> None:
    assert_sql_agrees([Run(*schedule) for schedule in EVERY_SCHEDULE])


@pytest.mark.django_db
@pytest.mark.parametrize("best", range(9))
def test_sql_agrees_on_the_best_state_of_a_course(best: int) -> None:
    assert_sql_agrees(ONE_OF_EACH[best:])


@pytest.mark.django_db
def test_rows_in_several_states_are_found() -> None:
    for number, schedule in enumerate(ONE_OF_EACH):
        course = CourseFactory(code=str(number))
        course.course_runs.create(title=course.code, resource_link=course.code, **asdict(schedule))
    CourseFactory(code="none")
    for priorities, codes in (({0, 3}, {"0", "3"}), ({6, 7}, {"6", "7", "none"}), (set(), set())):
        runs = CourseRun.objects.filter(is_run_in(priorities, NOW))
        courses = Course.objects.filter(is_course_in(priorities, NOW))
        assert set(runs.values_list("title", flat=True)) == codes - {"none"}
        assert set(courses.values_list("code", flat=True)) == codes


moments = st.none() | st.sampled_from(STARTS) | st.datetimes(timezones=st.just(UTC))
periods = st.tuples(moments, moments).filter(
    lambda period: period[0] is None or period[1] is None or period[0] <= period[1]
)
schedules = st.builds(lambda studies, enrollment: Run(*studies, *enrollment), periods, periods)


@pytest.mark.django_db
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(schedules, max_size=6))
def test_sql_agrees_on_any_schedules(schedules: list[Run]) -> None:
    with transaction.atomic():
        assert_sql_agrees(schedules)
        transaction.set_rollback(True)
