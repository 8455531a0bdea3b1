"""From a learner's wish to the LMS and back, with everything real but the learner."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from tests.core.purchases import buy, move
from tests.lms_handler.open_edx import SECRET, OpenEdX

from joanie.core.factories import CourseRunFactory, UserFactory
from joanie.core.models import CourseRun, Enrollment
from joanie.core.services.access import update_access
from joanie.core.services.enrollments import enroll, resend_enrollment, unenroll
from joanie.core.services.telling_lms import LMSUnavailable, tell_late_enrollments
from joanie.emulators.kit.serving import run_emulator
from joanie.emulators.openedx import create_app

pytestmark = pytest.mark.django_db

HERE, THERE = "https://here.example.org/", "https://there.example.org/"
COURSE = "course-v1:org+{}+2026"


@pytest.fixture
def other_lms() -> Iterator[OpenEdX]:
    with run_emulator(create_app([SECRET])) as base_url, OpenEdX(base_url) as lms:
        yield lms


@pytest.fixture(autouse=True)
def _two_lms(_impatient: None, settings: Settings, lms: OpenEdX, other_lms: OpenEdX) -> None:
    backends = [{**lms.settings(), "prefix": HERE}, {**other_lms.settings(), "prefix": THERE}]
    settings.JOANIE = {**settings.JOANIE, "LMS_BACKENDS": backends}


@pytest.fixture
def owner() -> Any:
    return UserFactory(username="grace")


def make_run(site: str, name: str = "python", **fields: Any) -> CourseRun:
    link = f"{site}courses/{COURSE.format(name)}/course/"
    run: CourseRun = CourseRunFactory(resource_link=link, **fields)
    return run


def work() -> None:
    """Do what is in the queue, once, as a worker would."""
    for job in ProcrastinateJob.objects.filter(status="todo").order_by("id"):
        try:
            app.tasks[job.task_name](**job.args)
        except LMSUnavailable:
            continue
    ProcrastinateJob.objects.filter(status="todo").delete()


def outcome() -> tuple[str, str]:
    enrollment = Enrollment.objects.get()
    return enrollment.state, enrollment.failure


def make_late() -> None:
    Enrollment.objects.update(updated_on=timezone.now() - timedelta(hours=2))


def test_buying_entering_and_leaving_reach_the_lms(lms: OpenEdX, owner: Any) -> None:
    order = buy(make_run(HERE).course, owner=owner)
    update_access(order.pk)
    work()
    assert lms.is_active()
    move(order, "refunded")
    update_access(order.pk)
    work()
    assert lms.is_active() is False


def test_each_run_is_told_to_its_own_lms(lms: OpenEdX, other_lms: OpenEdX, owner: Any) -> None:
    enroll(owner=owner, course_run=make_run(HERE, "here", is_listed=True))
    enroll(owner=owner, course_run=make_run(THERE, "there", is_listed=True))
    work()
    assert lms.enrollment(course=COURSE.format("here")) is not None
    assert lms.enrollment(course=COURSE.format("there")) is None
    assert other_lms.enrollment(course=COURSE.format("there")) is not None
    assert other_lms.enrollment(course=COURSE.format("here")) is None


def test_a_run_of_no_lms_is_entered_all_the_same(lms: OpenEdX, owner: Any) -> None:
    enroll(owner=owner, course_run=make_run("https://nowhere.example.org/", is_listed=True))
    work()
    assert outcome() == ("set", "")
    assert lms.enrollment() is None


@pytest.mark.parametrize(
    "fault",
    [
        {"mode": "html"},
        {"mode": "status", "status": 500},
        {"mode": "status", "status": 302},
        {"mode": "timeout_before"},
        {"mode": "timeout_after"},
        {"mode": "reset"},
    ],
    ids=lambda fault: " ".join(map(str, fault.values())),
)
@pytest.mark.parametrize("is_leaving", [True, False])
def test_what_the_lms_did_not_hear_it_hears_later(
    lms: OpenEdX, owner: Any, fault: dict[str, Any], is_leaving: bool
) -> None:
    run = make_run(HERE, is_listed=True)
    enroll(owner=owner, course_run=run)
    if is_leaving:
        work()
        unenroll(owner=owner, course_run=run)
    lms.fail(**fault)
    work()
    state, failure = outcome()
    assert state == "failed"
    assert 10 < len(failure) < 100
    assert "<" not in failure
    lms.misbehave()
    make_late()
    tell_late_enrollments()
    assert outcome() == ("set", "")
    assert lms.is_active() is not is_leaving


def test_a_learner_without_an_account_there_is_told_when_there_is_one(
    lms: OpenEdX, owner: Any
) -> None:
    lms.misbehave(unknown_user="grace")
    enroll(owner=owner, course_run=make_run(HERE, is_listed=True))
    work()
    assert outcome() == ("failed", "The user grace does not exist. (status 406)")
    lms.misbehave()
    make_late()
    assert tell_late_enrollments() == 0
    resend_enrollment(Enrollment.objects.get().pk)
    work()
    assert outcome() == ("set", "")
    assert lms.is_active()


def test_an_lms_that_is_slow_does_not_delay_the_other(
    lms: OpenEdX, other_lms: OpenEdX, owner: Any
) -> None:
    lms.fail("timeout_before")
    for name in ("a", "b", "c"):
        enroll(owner=owner, course_run=make_run(HERE, name, is_listed=True))
        enroll(owner=owner, course_run=make_run(THERE, name, is_listed=True))
    Enrollment.objects.update(state="failed")
    make_late()
    assert tell_late_enrollments() == 4
    assert Enrollment.objects.filter(state="set").count() == 3
