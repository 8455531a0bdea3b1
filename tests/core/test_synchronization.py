"""Catalogues that are told about course runs."""

import hashlib
import hmac
import logging
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from tests.common.sql import execute
from tests.common.tiny_server import TinyServer, running_tiny_server
from tests.emulators.receiver import Received, Receiver, run_receiver
from tests.statements import captured_statements

from joanie.common.exceptions import JoanieError
from joanie.common.transactions import NetworkInTransaction
from joanie.core.factories import (
    CourseFactory,
    CourseRunFactory,
    OrganizationFactory,
    ProductFactory,
)
from joanie.core.models import CourseRun
from joanie.core.services.synchronization import (
    CatalogueUnavailable,
    announce_course_runs,
    announce_courses,
    announce_products,
    name_of_catalogue,
    tell_catalogue,
)

pytestmark = pytest.mark.django_db

TASK = "joanie.core.tell_catalogue"
SECRET = "theirs"
LINK = "https://lms.example.org/courses/1"


@pytest.fixture
def configure(settings: Settings) -> Callable[..., None]:
    def configure(*urls: str, **changes: Any) -> None:
        hooks = [{"url": url, "secret": SECRET} for url in urls]
        settings.JOANIE = {**settings.JOANIE, "CATALOGUE_HOOKS": hooks, **changes}

    return configure


@pytest.fixture
def catalogue(configure: Callable[..., None]) -> Iterator[Receiver]:
    with run_receiver() as receiver:
        configure(receiver.url)
        yield receiver


@pytest.fixture
def server(configure: Callable[..., None]) -> Iterator[TinyServer]:
    with running_tiny_server() as server:
        paths = ("/404", "/silent", "/302", "/hang-up")
        configure(*(f"{server.url}{path}" for path in paths), LMS_TIMEOUT=0.5)
        yield server


def queued() -> list[dict[str, Any]]:
    jobs = ProcrastinateJob.objects.filter(task_name=TASK).order_by("id")
    return [job.args for job in jobs]


def tell(url: str, run: CourseRun) -> None:
    tell_catalogue(catalogue=name_of_catalogue(url), course_run_id=run.pk)


def is_signed(received: Received) -> bool:
    digest = hmac.new(SECRET.encode(), received.body, hashlib.sha256).hexdigest()
    return received.headers["Authorization"] == f"SIG-HMAC-SHA256 {digest}"


def test_a_job_is_queued_for_each_catalogue_and_run(configure: Callable[..., None]) -> None:
    configure("https://a.example.org/hook", "https://b.example.org/hook")
    run = CourseRunFactory(resource_link=LINK)
    announce_course_runs([run.pk, run.pk])
    assert queued() == [
        {
            "catalogue": name_of_catalogue(url),
            "course_run_id": str(run.pk),
            "resource_link": LINK,
        }
        for url in ("https://a.example.org/hook", "https://b.example.org/hook")
    ]


def test_no_secret_is_in_the_queue(configure: Callable[..., None]) -> None:
    configure("https://a.example.org/hook/its-key?token=its-token")
    announce_course_runs([CourseRunFactory().pk])
    (job,) = queued()
    assert not any(secret in str(job) for secret in (SECRET, "its-key", "its-token"))
    assert job["catalogue"].startswith("https://a.example.org ")


def test_without_a_catalogue_nothing_is_done() -> None:
    ids = [CourseRunFactory().pk]
    with captured_statements() as statements:
        announce_course_runs(ids)
        announce_courses(ids)
        announce_products(ids)
    assert statements == []


def test_an_announcement_goes_with_the_transaction(configure: Callable[..., None]) -> None:
    configure("https://a.example.org/hook")
    run = CourseRunFactory()
    with transaction.atomic():
        announce_course_runs([run.pk])
        transaction.set_rollback(True)
    assert queued() == []


def test_a_course_is_announced_by_its_runs(configure: Callable[..., None]) -> None:
    configure("https://a.example.org/hook")
    run = CourseRunFactory()
    CourseRunFactory()
    announce_courses([run.course_id])
    assert [job["course_run_id"] for job in queued()] == [str(run.pk)]


def test_a_product_is_announced_by_the_runs_it_leads_to(configure: Callable[..., None]) -> None:
    configure("https://a.example.org/hook")
    run, _shown_only = CourseRunFactory(), CourseRunFactory()
    product = ProductFactory(courses=[_shown_only.course], target_courses=[run.course])
    announce_products([product.pk])
    assert [job["course_run_id"] for job in queued()] == [str(run.pk)]


def test_a_catalogue_gets_the_run_signed(catalogue: Receiver) -> None:
    organizations = [OrganizationFactory(code="B"), OrganizationFactory(code="A")]
    course = CourseFactory(code="physics", organizations=organizations)
    run = CourseRunFactory(
        course=course,
        title="Autumn",
        title_fr="Automne",
        resource_link=LINK,
        start=datetime(2027, 1, 4, 9, tzinfo=UTC),
        end=None,
        enrollment_start=datetime(2026, 11, 1, tzinfo=UTC),
        enrollment_end=datetime(2027, 1, 3, 23, 59, 59, tzinfo=UTC),
    )
    product = ProductFactory(target_courses=[course])
    tell(catalogue.url, run)
    (received,) = catalogue.received
    assert is_signed(received)
    assert received.headers["Content-Type"] == "application/json"
    assert received.event == {
        "id": str(run.pk),
        "resource_link": LINK,
        "is_deleted": False,
        "course": "physics",
        "organizations": ["A", "B"],
        "products": [str(product.pk)],
        "title": "Autumn",
        "titles": {"en": "Autumn", "fr": "Automne"},
        "start": "2027-01-04T09:00:00Z",
        "end": None,
        "enrollment_start": "2026-11-01T00:00:00Z",
        "enrollment_end": "2027-01-03T23:59:59Z",
        "is_listed": False,
    }


def test_a_product_that_leads_to_other_runs_of_the_course_is_not_named(
    catalogue: Receiver,
) -> None:
    run, other = CourseRunFactory.create_batch(2, course=CourseFactory())
    product = ProductFactory(target_courses=[run.course])
    product.target_course_relations.get().course_runs.set([other])
    tell(catalogue.url, run)
    tell(catalogue.url, other)
    assert [each.event["products"] for each in catalogue.received] == [[], [str(product.pk)]]


def test_a_run_is_sent_as_it_is_when_it_is_sent(catalogue: Receiver) -> None:
    run = CourseRunFactory(title="Before")
    announce_course_runs([run.pk])
    CourseRun.objects.filter(pk=run.pk).update(title="After")
    (job,) = queued()
    app.tasks[TASK](**job)
    assert catalogue.received[0].event["title"] == "After"


def test_a_run_that_is_gone_is_said_to_be_deleted(catalogue: Receiver) -> None:
    run = CourseRunFactory(resource_link=LINK)
    announce_course_runs([run.pk])
    CourseRun.objects.filter(pk=run.pk).delete()
    (job,) = queued()
    app.tasks[TASK](**job)
    assert catalogue.received[0].event == {
        "id": str(run.pk),
        "resource_link": LINK,
        "is_deleted": True,
    }


def test_a_run_that_nobody_knew_any_more_is_announced_all_the_same(catalogue: Receiver) -> None:
    gone = uuid.uuid4()
    announce_course_runs([gone])
    assert queued()[0]["resource_link"] == ""


@pytest.mark.parametrize("status", [500, 502, 503, 408, 429])
def test_a_catalogue_that_is_down_is_told_later(catalogue: Receiver, status: int) -> None:
    run = CourseRunFactory()
    catalogue.answer_with(status)
    with pytest.raises(CatalogueUnavailable):
        tell(catalogue.url, run)
    tell(catalogue.url, run)
    first, second = catalogue.received
    assert first.body == second.body
    assert is_signed(second)


@pytest.mark.parametrize("path", ["/silent", "/hang-up"])
def test_a_catalogue_that_does_not_answer_is_told_later(server: TinyServer, path: str) -> None:
    started = time.monotonic()
    with pytest.raises(CatalogueUnavailable):
        tell(f"{server.url}{path}", CourseRunFactory())
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("path", ["/404", "/302"])
def test_a_catalogue_that_refuses_or_redirects_is_not_asked_again(
    server: TinyServer, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    run = CourseRunFactory()
    tell(f"{server.url}{path}", run)
    assert [called for _method, called, _headers, _body in server.requests] == [path]
    (error,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert str(run.pk) in error.getMessage()
    assert path[1:] in error.getMessage()


def test_a_catalogue_whose_address_is_none_is_logged(
    configure: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    configure("catalogue.example.org/hook")
    tell("catalogue.example.org/hook", CourseRunFactory())
    assert "refuses course run" in caplog.text


def test_a_catalogue_that_is_not_configured_any_more_is_not_told(catalogue: Receiver) -> None:
    tell(f"{catalogue.url}/old", CourseRunFactory())
    assert catalogue.received == []


@pytest.mark.django_db(transaction=True)
def test_what_changes_while_it_is_sent_is_sent_again(catalogue: Receiver) -> None:
    run = CourseRunFactory(title="Before")
    take = catalogue.take

    def change_and_take(received: Received) -> int:
        CourseRun.objects.filter(pk=run.pk).update(title="After")
        connection.close()
        return take(received)

    catalogue.take = change_and_take  # type: ignore[method-assign]
    tell(catalogue.url, run)
    assert [each.event["title"] for each in catalogue.received] == ["Before", "After"]


def test_no_secret_is_shown(catalogue: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    catalogue.answer_with(500)
    with pytest.raises(JoanieError) as error:
        tell(catalogue.url, CourseRunFactory())
    assert SECRET not in f"{caplog.text} {error.value!r} {error.value.context}"


def test_a_catalogue_is_not_told_inside_a_transaction(catalogue: Receiver) -> None:
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        tell(catalogue.url, CourseRunFactory())


@pytest.mark.django_db(transaction=True)
def test_a_worker_tells_until_the_catalogue_has_heard(catalogue: Receiver) -> None:
    run = CourseRunFactory()
    catalogue.answer_with(500)
    announce_course_runs([run.pk])
    jobs = ProcrastinateJob.objects.filter(task_name=TASK)
    _work(catalogue.url)
    assert [(job.status, job.attempts) for job in jobs.all()] == [("todo", 1)]
    execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = %s", TASK)
    _work(catalogue.url)
    assert [job.status for job in jobs.all()] == ["succeeded"]
    assert [is_signed(each) for each in catalogue.received] == [True, True]


def _work(catalogue_url: str) -> None:
    """Run a worker that ends when it finds no more work."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.core.catalogue_worker_settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "WORKER_DATABASE": connection.settings_dict["NAME"],
        "CATALOGUE_URL": catalogue_url,
    }
    arguments = [sys.executable, "-m", "django", "procrastinate", "worker", "--one-shot"]
    done = subprocess.run(
        arguments, env=environment, timeout=60, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
