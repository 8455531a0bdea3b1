"""A job belongs to the transaction that needs it."""

import re
from pathlib import Path

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

import joanie
from joanie.common.queue import UnknownTask, enqueue

TASK = "joanie.core.update_access"
SOURCE = Path(joanie.__file__).parent
TASK_NAME = re.compile(r'enqueue\(\s*"([^"]+)"')


def _jobs() -> list[dict[str, str]]:
    """Read the queue as somebody else sees it."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs ORDER BY id")
        jobs = [arguments for (arguments,) in cursor.fetchall()]
    other.close()
    return jobs


@pytest.mark.usefixtures("transactional_db")
def test_a_job_is_there_when_its_transaction_is_committed() -> None:
    with transaction.atomic():
        enqueue(TASK, order_id="1")
        assert _jobs() == []
    assert _jobs() == ['{"order_id": "1"}']


@pytest.mark.usefixtures("transactional_db")
def test_a_job_goes_with_a_transaction_that_is_rolled_back() -> None:
    with transaction.atomic():
        enqueue(TASK, order_id="1")
        transaction.set_rollback(True)
    assert _jobs() == []


@pytest.mark.usefixtures("transactional_db")
def test_a_job_goes_with_a_part_that_is_rolled_back() -> None:
    with transaction.atomic():
        enqueue(TASK, order_id="1")
        with transaction.atomic():
            enqueue(TASK, order_id="2")
            transaction.set_rollback(True)
    assert _jobs() == ['{"order_id": "1"}']


@pytest.mark.usefixtures("transactional_db")
def test_without_a_transaction_a_job_is_there_at_once() -> None:
    enqueue(TASK, order_id="1")
    assert _jobs() == ['{"order_id": "1"}']


@pytest.mark.django_db
def test_a_job_waits_for_a_worker_with_its_arguments() -> None:
    enqueue(TASK, order_id="1", number=2, is_last=True, nothing=None)
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.status, job.attempts) == (TASK, "todo", 0)
    assert job.args == {"order_id": "1", "number": 2, "is_last": True, "nothing": None}


@pytest.mark.parametrize(
    "name",
    [
        "joanie.core.send_enrollment",
        "joanie.core.tell_catalogue",
        "joanie.payment.render_document",
        "joanie.payment.send_mail",
    ],
)
@pytest.mark.django_db
def test_money_does_not_wait_for_a_system_that_is_down(name: str) -> None:
    enqueue(name, id="1")
    enqueue("joanie.payment.submit_refund", refund_id="2")
    first, *_ = ProcrastinateJob.objects.order_by("-priority", "id")
    assert first.task_name == "joanie.payment.submit_refund"


@pytest.mark.parametrize("name", ["", "update_access", "joanie.core.update_acess"])
@pytest.mark.django_db
def test_a_task_that_nobody_wrote_is_not_enqueued(name: str) -> None:
    with pytest.raises(UnknownTask):
        enqueue(name, order_id="1")
    assert not ProcrastinateJob.objects.exists()


def test_every_task_that_is_enqueued_was_written() -> None:
    app.perform_import_paths()
    names = {name for path in SOURCE.rglob("*.py") for name in TASK_NAME.findall(path.read_text())}
    assert "joanie.payment.submit_refund" in names
    assert names <= set(app.tasks)
