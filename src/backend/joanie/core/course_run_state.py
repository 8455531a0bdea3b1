"""Where a course run stands today: the eight states a catalogue shows, best first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext_lazy as _


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
        return CourseRunState(7, None, "", str(_("to be scheduled")))
    is_enrollment_over = run.enrollment_end is not None and run.enrollment_end <= now
    is_open = run.enrollment_start <= now and not is_enrollment_over
    enroll, see = str(_("enroll now")), str(_("see details"))
    if run.end is not None and run.end <= now:
        if is_open:
            return CourseRunState(
                2, run.enrollment_end, str(_("study now")), str(_("forever open"))
            )
        return CourseRunState(6, None, "", str(_("archived")))
    if run.start <= now:
        if is_open:
            return CourseRunState(0, run.enrollment_end, enroll, str(_("closing on")))
        return CourseRunState(5, None, see, str(_("on-going")))
    if is_open:
        return CourseRunState(1, run.start, enroll, str(_("starting on")))
    if is_enrollment_over:
        return CourseRunState(4, None, see, str(_("enrollment closed")))
    return CourseRunState(3, run.start, see, str(_("starting on")))


def is_open_for_enrollment(run: Schedule, now: datetime) -> bool:
    return compute_state(run, now).priority in {0, 1, 2}
