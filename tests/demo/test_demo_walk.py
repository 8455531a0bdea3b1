"""The walk of the demo, against a web server and a provider in this process."""

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.live_server_helper import LiveServer
from tests.provider import Provider

from joanie.core.enums import OrderState
from joanie.core.models import Enrollment, Order
from joanie.demo.bearer_token import sign_token
from joanie.demo.browser import Browser
from joanie.demo.catalogue import load_catalogue
from joanie.demo.counterpart import find_counterpart
from joanie.demo.exceptions import DemoFailed, UnexpectedAnswer
from joanie.demo.learner import Learner
from joanie.demo.narration import Narrator
from joanie.demo.walk import Walk
from joanie.payment.ledger.verification import verify_ledger


class Worker:
    """Does what is in the queue, each job once."""

    def __init__(self) -> None:
        self._done: set[int] = set()

    def work(self) -> None:
        for job in ProcrastinateJob.objects.exclude(pk__in=self._done).order_by("pk"):
            app.tasks[job.task_name](**job.args)
            self._done.add(job.pk)


def ignore(_response: object = None) -> None:
    pass


@pytest.fixture
def learner(live_server: LiveServer) -> Iterator[Learner]:
    load_catalogue(timezone.now().date())
    token = sign_token("learner", lasts=timedelta(minutes=10))
    learner = Learner(live_server.url, token, watch=ignore, check=Worker().work)
    with closing(learner):
        yield learner


@pytest.fixture
def told() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def walk(
    learner: Learner, provider: Provider, told: io.StringIO, tmp_path: Path
) -> Iterator[Walk]:
    browser = Browser(str(provider.http.base_url).rstrip("/"), watch=ignore)
    with closing(browser):
        yield Walk(
            learner,
            browser,
            Narrator(told),
            find_counterpart(),
            directory=tmp_path,
            reconcile=ignore,
        )


def test_the_whole_walk(walk: Walk, told: io.StringIO, tmp_path: Path) -> None:
    walk.run()
    walk.sum_up()
    states = Counter(Order.objects.values_list("state", "total_currency"))
    assert states == {
        (OrderState.VALIDATED, "EUR"): 2,
        (OrderState.VALIDATED, "GBP"): 1,
        (OrderState.VALIDATED, "JPY"): 1,
        (OrderState.REFUNDED, "EUR"): 1,
        (OrderState.CANCELED, "EUR"): 1,
    }
    assert Enrollment.objects.filter(is_active=True).count() == 4
    assert len(list(tmp_path.glob("PF-*.pdf"))) == 4
    assert len(list(tmp_path.glob("CN-*.pdf"))) == 1
    assert list(verify_ledger()) == []
    assert "JPY 15,000" in told.getvalue()


def test_the_page_that_is_left_open_can_be_paid(walk: Walk, provider: Provider) -> None:
    walk.browse()
    walk.save_address()
    provider.pay(walk.leave_a_page_open())
    provider.deliver()
    assert Order.objects.get().state == OrderState.VALIDATED


def test_a_refused_call_says_what_was_answered(learner: Learner) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"POST .*/orders/ answered 400") as caught:
        learner.order(course="AAA", product="00000000-0000-0000-0000-000000000000")
    assert "product" in str(caught.value)


def test_waiting_ends_and_says_what_for(
    walk: Walk, learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("joanie.demo.learner.PATIENCE", 0)
    walk.browse()
    walk.save_address()
    walk.leave_a_page_open()
    order: Any = learner.orders()[0]
    with pytest.raises(DemoFailed, match=r"is pending after 0 seconds; it should be paid"):
        learner.wait_for(order, "paid", lambda seen: seen["state"] == "validated")
