"""What an order gives, and takes back, is what the host says."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException
from pytest_django import Settings
from tests.common.sql import execute
from tests.core.purchases import buy, move
from tests.core.shelves import Shelf

from joanie.common.queue import enqueue, put_back
from joanie.core.factories import CourseRunFactory, UserFactory
from joanie.core.models import Enrollment, Order
from joanie.core.services.fulfilment import take_up_failed
from joanie.core.tasks import update_access
from joanie.payment.services.forgotten_work import take_up_forgotten_work


@pytest.fixture(autouse=True)
def _empty_shelf() -> None:
    Shelf.lent.clear()


def use(settings: Settings, name: str) -> None:
    settings.JOANIE = {**settings.JOANIE, "FULFILMENT": f"tests.core.shelves.{name}"}


def order_of_a_run() -> Order:
    return buy(CourseRunFactory().course, owner=UserFactory())


@pytest.mark.django_db
def test_without_a_setting_the_learner_is_enrolled() -> None:
    update_access(str(order_of_a_run().pk))
    assert Enrollment.objects.filter(is_active=True).count() == 1


@pytest.mark.django_db
def test_the_host_s_class_stands_in_its_place(settings: Settings) -> None:
    use(settings, "Shelf")
    order = order_of_a_run()
    update_access(str(order.pk))
    move(order, "refunded")
    update_access(str(order.pk))
    assert Shelf.lent == [True, False]
    assert not Enrollment.objects.exists()


@pytest.mark.django_db
def test_it_can_do_both(settings: Settings) -> None:
    use(settings, "ShelfAndSeats")
    update_access(str(order_of_a_run().pk))
    assert (Shelf.lent, Enrollment.objects.count()) == ([True], 1)


@pytest.mark.django_db
def test_what_changed_meanwhile_is_told_again(settings: Settings) -> None:
    use(settings, "Slow")
    update_access(str(order_of_a_run().pk))
    assert Shelf.lent == [True, False]


@pytest.mark.django_db
def test_what_it_raises_has_the_job_run_again(settings: Settings) -> None:
    use(settings, "Down")
    with pytest.raises(ConnectionError):
        update_access(str(order_of_a_run().pk))
    assert update_access.retry_strategy is not None


@pytest.mark.django_db(transaction=True)
def test_it_may_call_another_system(settings: Settings) -> None:
    use(settings, "Shelf")
    update_access(str(order_of_a_run().pk))
    assert Shelf.had_transaction is False


@pytest.mark.django_db
def test_what_cannot_be_told_of_an_order_does_not_keep_its_learner_out() -> None:
    order = order_of_a_run()
    with pytest.raises(ValueError, match="isoformat"):
        update_access(str(order.pk), "validated", "no moment at all")
    assert Enrollment.objects.filter(is_active=True).count() == 1


def a_job_that_gave_up(task: str = "joanie.core.update_access", age: int = 1) -> int:
    """Return its number; ``age`` is in days."""
    enqueue(task, order_id=str(uuid.uuid4()))
    job = ProcrastinateJob.objects.latest("id")
    execute("UPDATE procrastinate_jobs SET status = 'failed', attempts = 8 WHERE id = %s", job.pk)
    execute(
        "UPDATE procrastinate_events SET at = %s WHERE job_id = %s",
        timezone.now() - timedelta(days=age),
        job.pk,
    )
    return int(job.pk)


def status_of(job_id: int) -> str:
    return str(ProcrastinateJob.objects.get(pk=job_id).status)


@pytest.mark.django_db
def test_a_job_that_gave_up_is_put_back_once_a_day() -> None:
    job_id = a_job_that_gave_up()
    assert [take_up_forgotten_work(), take_up_forgotten_work()] == [1, 0]
    assert status_of(job_id) == "todo"
    assert ProcrastinateJob.objects.count() == 1
    assert update_access.retry_strategy is not None
    (job,) = ProcrastinateJob.objects.all()
    decision = update_access.retry_strategy.get_retry_decision(
        exception=ConnectionError(), job=job.procrastinate_job
    )
    assert decision is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("task", "age"),
    [("joanie.core.update_access", 31), ("joanie.payment.refund_unusable_money", 1)],
)
def test_what_is_too_old_or_something_else_stays_as_it_failed(task: str, age: int) -> None:
    job_id = a_job_that_gave_up(task, age)
    assert take_up_failed(timezone.now()) == 0
    assert status_of(job_id) == "failed"


@pytest.mark.django_db
def test_a_job_that_waits_or_is_done_is_not_put_back() -> None:
    enqueue("joanie.core.update_access", order_id=str(uuid.uuid4()))
    assert take_up_failed(timezone.now()) == 0
    (job,) = ProcrastinateJob.objects.all()
    with pytest.raises(ConnectorException), transaction.atomic():
        put_back(job.pk)


@pytest.mark.django_db
def test_those_that_were_tried_least_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joanie.core.services.fulfilment.BATCH", 1)
    often, seldom = a_job_that_gave_up(), a_job_that_gave_up()
    execute("UPDATE procrastinate_jobs SET attempts = 20 WHERE id = %s", often)
    take_up_failed(timezone.now())
    assert (status_of(often), status_of(seldom)) == ("failed", "todo")
