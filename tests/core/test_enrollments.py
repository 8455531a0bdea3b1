"""Telling the LMS who is enrolled where."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.jobs import Job
from pytest_django import Settings
from tests.core.lms import NotingLMS

from joanie.common.transactions import NetworkInTransaction
from joanie.core.factories import EnrollmentFactory
from joanie.core.models import Enrollment
from joanie.core.models.enrollments import LATE_AFTER
from joanie.core.services.telling_lms import send_enrollment
from joanie.lms_handler.base import LMSUnavailable
from joanie.lms_handler.registry import get_lms_backend

pytestmark = pytest.mark.django_db

NOTING = {"backend": "tests.core.lms.NotingLMS"}
DOWN = {"backend": "tests.core.lms.LMSThatIsDown"}
BROKEN = {"backend": "tests.core.lms.BrokenLMS"}
REFUSING = {"backend": "tests.core.lms.RefusingLMS"}


@pytest.fixture(autouse=True)
def told() -> Iterator[list[tuple[str, str, bool]]]:
    yield NotingLMS.told
    NotingLMS.told.clear()


def _use(settings: Settings, *backends: dict[str, object]) -> None:
    settings.JOANIE = {**settings.JOANIE, "LMS_BACKENDS": [*backends]}


def _outcome() -> tuple[str, str]:
    enrollment = Enrollment.objects.get()
    return enrollment.state, enrollment.failure


@pytest.mark.parametrize("is_active", [True, False])
@pytest.mark.parametrize("state", ["set", "failed"])
def test_the_lms_is_told(
    settings: Settings, told: list[object], is_active: bool, state: str
) -> None:
    _use(settings, NOTING)
    enrollment = EnrollmentFactory(is_active=is_active, state=state)
    send_enrollment(enrollment.pk)
    run = enrollment.course_run
    assert told == [(enrollment.owner.username, run.resource_link, is_active)]
    assert Enrollment.objects.get().state == "set"


def test_telling_it_twice_does_no_harm(settings: Settings, told: list[object]) -> None:
    _use(settings, NOTING)
    enrollment = EnrollmentFactory()
    send_enrollment(enrollment.pk)
    send_enrollment(enrollment.pk)
    assert len(told) == 2
    assert Enrollment.objects.get().state == "set"


def test_an_lms_that_is_down_fails_the_enrollment_until_it_is_back(settings: Settings) -> None:
    _use(settings, DOWN)
    enrollment = EnrollmentFactory()
    with pytest.raises(LMSUnavailable):
        send_enrollment(enrollment.pk)
    assert _outcome() == ("failed", "The LMS is not available.")
    _use(settings, NOTING)
    send_enrollment(enrollment.pk)
    assert _outcome() == ("set", "")


def test_a_refusal_is_recorded_and_left_for_the_next_day(settings: Settings) -> None:
    _use(settings, REFUSING)
    send_enrollment(EnrollmentFactory().pk)
    assert _outcome() == ("failed", "The user grace does not exist.")


@pytest.mark.parametrize("backend", [NOTING, DOWN, REFUSING])
def test_telling_is_no_wish_of_the_learner(settings: Settings, backend: dict[str, object]) -> None:
    _use(settings, backend)
    enrollment = EnrollmentFactory()
    with suppress(LMSUnavailable):
        send_enrollment(enrollment.pk)
    assert Enrollment.objects.get().updated_on == enrollment.updated_on


def test_what_changes_while_the_lms_is_told_is_told_too(
    settings: Settings, told: list[tuple[str, str, bool]]
) -> None:
    _use(settings, {"backend": "tests.core.lms.LMSThatTheLearnerOvertakes"})
    send_enrollment(EnrollmentFactory().pk)
    assert [is_active for *_, is_active in told] == [True, False]
    assert _outcome() == ("set", "")


def test_an_lms_that_is_down_is_asked_again_until_the_sweep_takes_over() -> None:
    task = app.tasks["joanie.core.send_enrollment"]
    waits = []
    for attempts in range(20):
        job = Job(
            id=1,
            queue="default",
            lock=None,
            queueing_lock=None,
            task_name=task.name,
            attempts=attempts,
        )
        retry = task.get_retry_exception(LMSUnavailable(), job)
        if retry is None:
            break
        waits.append(retry.retry_decision.retry_at - timezone.now())
    assert len(waits) == 5
    assert timedelta(minutes=20) < sum(waits, timedelta()) < LATE_AFTER


def test_a_backend_that_breaks_fails_the_enrollment_too(settings: Settings) -> None:
    _use(settings, BROKEN)
    enrollment = EnrollmentFactory()
    with pytest.raises(KeyError):
        send_enrollment(enrollment.pk)
    assert _outcome() == ("failed", "The backend of the LMS broke: KeyError.")


def test_a_backend_that_is_not_there_fails_the_enrollment_too(settings: Settings) -> None:
    _use(settings, {"backend": "nowhere.Backend"})
    enrollment = EnrollmentFactory()
    with pytest.raises(ImportError):
        send_enrollment(enrollment.pk)
    assert _outcome() == ("failed", "The backend of the LMS broke: ModuleNotFoundError.")


def test_a_run_without_an_lms_needs_nobody_to_be_told(settings: Settings) -> None:
    _use(settings)
    send_enrollment(EnrollmentFactory(state="failed").pk)
    assert Enrollment.objects.get().state == "set"


def test_an_enrollment_that_is_gone_is_not_sent() -> None:
    enrollment = EnrollmentFactory()
    enrollment.delete()
    with pytest.raises(Enrollment.DoesNotExist):
        send_enrollment(enrollment.pk)


def test_the_lms_is_not_told_inside_a_transaction() -> None:
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        send_enrollment(EnrollmentFactory().pk)


def test_the_first_backend_whose_prefix_fits_is_taken(settings: Settings) -> None:
    here, there = "https://here.example.org/", "https://there.example.org/"
    _use(
        settings,
        {**DOWN, "prefix": here, "configuration": {"key": "a"}},
        {**NOTING, "prefix": there},
        NOTING,
    )
    backend = get_lms_backend(f"{here}courses/1")
    assert (type(backend).__name__, backend.configuration) == ("LMSThatIsDown", {"key": "a"})
    assert isinstance(get_lms_backend(f"{there}courses/1"), NotingLMS)
    assert isinstance(get_lms_backend("https://elsewhere.example.org/"), NotingLMS)


def test_no_backend_fits_an_lms_that_nobody_configured(settings: Settings) -> None:
    _use(settings, {**NOTING, "prefix": "https://here.example.org/"})
    assert get_lms_backend("https://elsewhere.example.org/") is None
