"""Enrolments that an LMS did not hear of at first."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from tests.core.lms import NotingLMS
from tests.statements import captured_statements

from joanie.core.factories import CourseRunFactory, EnrollmentFactory
from joanie.core.models import CourseRun, Enrollment
from joanie.core.services import telling_lms
from joanie.core.services.enrollments import resend_enrollment
from joanie.core.services.telling_lms import tell_late_enrollments, tell_refused_enrollments

pytestmark = pytest.mark.django_db

HERE, THERE = "https://here.example.org/", "https://there.example.org/"
LMS = "tests.core.lms"


@pytest.fixture(autouse=True)
def told() -> Iterator[list[tuple[str, str, bool]]]:
    yield NotingLMS.told
    NotingLMS.told.clear()


@pytest.fixture(autouse=True)
def _two_lms(_joanie_settings: None, settings: Settings) -> None:
    """There, everything works; here, nothing does."""
    backends = [
        {"prefix": HERE, "backend": f"{LMS}.LMSThatIsDownAndCounts"},
        {"prefix": THERE, "backend": f"{LMS}.NotingLMS"},
    ]
    settings.JOANIE = {**settings.JOANIE, "LMS_BACKENDS": backends}


def _run(prefix: str) -> CourseRun:
    run: CourseRun = CourseRunFactory(resource_link=f"{prefix}courses/{uuid.uuid4()}")
    return run


def _fail(run: CourseRun, *, hours: float = 2, failure: str = "It is down.", **row: Any) -> Any:
    enrollment = EnrollmentFactory(course_run=run, state="failed", failure=failure, **row)
    since = timezone.now() - timedelta(hours=hours)
    Enrollment.objects.filter(pk=enrollment.pk).update(updated_on=since)
    return enrollment


def _states(run: CourseRun) -> set[str]:
    return set(run.enrollments.values_list("state", flat=True))


@pytest.mark.parametrize("is_active", [True, False])
def test_what_failed_is_told_once_the_lms_is_back(told: list[object], is_active: bool) -> None:
    run = _run(THERE)
    enrollment = _fail(run, is_active=is_active)
    assert tell_late_enrollments() == 1
    assert told == [(enrollment.owner.username, run.resource_link, is_active)]
    assert _states(run) == {"set"}
    assert tell_late_enrollments() == 0


def test_an_lms_that_is_down_is_asked_once_and_keeps_nobody_waiting(told: list[Any]) -> None:
    here, there = _run(HERE), _run(THERE)
    for _ in range(5):
        _fail(here)
        _fail(there)
    assert tell_late_enrollments() == 6
    assert [link for _, link, _ in told].count(here.resource_link) == 1
    assert (_states(here), _states(there)) == ({"failed"}, {"set"})


def test_a_backend_that_breaks_keeps_nobody_waiting_either(settings: Settings) -> None:
    backends = settings.JOANIE["LMS_BACKENDS"]
    broken = {"prefix": HERE, "backend": f"{LMS}.BrokenLMS"}
    settings.JOANIE = {**settings.JOANIE, "LMS_BACKENDS": [broken, backends[1]]}
    here, there = _run(HERE), _run(THERE)
    for run in (here, there, here, there):
        _fail(run)
    assert tell_late_enrollments() == 3
    assert (_states(here), _states(there)) == ({"failed"}, {"set"})


def test_a_run_whose_lms_is_not_configured_any_more_needs_nobody_to_be_told() -> None:
    run = _run("https://nowhere.example.org/")
    _fail(run)
    tell_late_enrollments()
    assert _states(run) == {"set"}


def test_what_its_own_job_still_tells_is_left_to_it() -> None:
    _fail(_run(THERE), hours=0.9)
    assert tell_late_enrollments() == 0


def test_what_is_told_is_not_told_again() -> None:
    EnrollmentFactory(course_run=_run(THERE))
    assert tell_late_enrollments() == tell_refused_enrollments() == 0


def test_what_was_refused_waits_for_the_next_day() -> None:
    run = _run(THERE)
    _fail(run, failure="The user grace does not exist.", is_refused=True)
    assert tell_late_enrollments() == 0
    assert tell_refused_enrollments() == 1
    assert _states(run) == {"set"}
    told = Enrollment.objects.get()
    assert (told.failure, told.is_refused) == ("", False)


def test_a_sweep_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling_lms, "BATCH", 3)
    run = _run(THERE)
    for _ in range(4):
        _fail(run)
    assert [tell_late_enrollments() for _ in range(3)] == [3, 1, 0]


def test_looking_for_what_failed_is_one_statement() -> None:
    here = _run(HERE)
    for _ in range(20):
        _fail(here)
    with captured_statements() as statements:
        tell_late_enrollments()
    assert len(statements) == 3


def test_staff_can_have_it_told_at_once() -> None:
    enrollment = _fail(_run(THERE), hours=0)
    resend_enrollment(enrollment.pk)
    job = ProcrastinateJob.objects.get(task_name="joanie.core.send_enrollment")
    assert job.args == {"enrollment_id": str(enrollment.pk)}


@pytest.mark.parametrize("name", ["tell_late_enrollments", "tell_refused_enrollments"])
def test_sweeps_run_by_themselves_and_never_twice_at_once(name: str) -> None:
    task = app.tasks[f"joanie.core.{name}"]
    assert task.lock == task.queueing_lock == task.name
    assert task.name in {each.task.name for each in app.periodic_registry.periodic_tasks.values()}
