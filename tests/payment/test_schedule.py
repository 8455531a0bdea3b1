"""When the periodic tasks run, as the library reads what we wrote."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from procrastinate.contrib.django import app

from joanie.payment import tasks  # noqa: F401 - registers them

MORNING = datetime(2026, 11, 21, 10, 3, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("joanie.payment.process_inbox", 10),
        ("joanie.payment.reconcile", 60),
        ("joanie.payment.expire_orders", 300),
        ("joanie.payment.take_up_forgotten_work", 24 * 3600),
    ],
)
def test_a_task_runs_as_often_as_is_said(name: str, seconds: int) -> None:
    app.perform_import_paths()
    (periodic,) = [
        each for each in app.periodic_registry.periodic_tasks.values() if each.task.name == name
    ]
    moments = periodic.croniter
    moments.set_current(MORNING)
    times = [moments.get_next(datetime) for _ in range(100)]
    assert {(later - sooner).total_seconds() for sooner, later in pairwise(times)} == {seconds}
