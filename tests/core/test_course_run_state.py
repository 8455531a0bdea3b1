"""The eight states of a course run, at every moment of its life."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product as every_combination

import pytest

from joanie.core.course_run_state import compute_state, is_open_for_enrollment

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
        (Run(LONG_AGO, None, LONG_AGO, None), 0, None, "enroll now", "closing on"),
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
