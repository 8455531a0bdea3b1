"""The queue in a real worker process, and what becomes of a job whose worker is killed."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.common.sql import execute
from tests.common.worker_tasks import GATE
from tests.security.secrets_in_text import SecretFinder
from tests.workers import start_worker

from joanie.common.queue import enqueue
from joanie.core.models import Organization

pytestmark = pytest.mark.usefixtures("transactional_db")

WORKER_SETTINGS = "tests.common.worker_settings"
REVIVE = "joanie.core.revive_stalled_jobs"
WAITING_AT_THE_GATE = """
    SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE datname = current_database() AND locktype = 'advisory' AND objid = %s AND NOT granted
"""


def _work() -> None:
    with start_worker(WORKER_SETTINGS) as worker:
        said, _ = worker.communicate(timeout=60)
    assert worker.returncode == 0, said
    assert SecretFinder(()).find(said) is None


def _traces() -> list[str]:
    return sorted(Organization.objects.values_list("title", flat=True))


def _status_of(task_name: str) -> list[str]:
    jobs = ProcrastinateJob.objects.filter(task_name=task_name)
    return [*jobs.order_by("id").values_list("status", flat=True)]


@contextmanager
def _closed_gate() -> Iterator[None]:
    execute("SELECT pg_advisory_lock(%s)", GATE)
    yield
    execute("SELECT pg_advisory_unlock(%s)", GATE)


def _wait_until_it_waits(worker: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not execute(WAITING_AT_THE_GATE, GATE):
        if worker.poll() is not None or time.monotonic() > deadline:
            worker.kill()
            pytest.fail(worker.communicate()[0])


def test_a_job_enqueued_by_a_task_that_is_rolled_back_never_was() -> None:
    enqueue("tests.enqueue", is_rolled_back=True)
    _work()
    assert _status_of("tests.enqueue") == ["succeeded"]
    assert _status_of("tests.leave_trace") == []
    assert _traces() == []


def test_a_job_enqueued_by_a_task_that_commits_is_done() -> None:
    enqueue("tests.enqueue", is_rolled_back=False)
    _work()
    assert _status_of("tests.leave_trace") == ["succeeded"]
    assert _traces() == ["the job it enqueued", "the task itself"]


def test_a_job_whose_worker_was_killed_is_done_once() -> None:
    enqueue("tests.pass_gate", title="a course")
    with _closed_gate(), start_worker(WORKER_SETTINGS) as worker:
        _wait_until_it_waits(worker)
        worker.kill()
        worker.communicate()
    assert (_traces(), _status_of("tests.pass_gate")) == ([], ["doing"])
    execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    enqueue(REVIVE, timestamp=0)
    _work()
    assert _status_of("tests.pass_gate") == _status_of("tests.leave_trace") == ["succeeded"]
    assert _traces() == ["a course", "after a course"]


def test_a_job_whose_worker_lives_is_left_to_it() -> None:
    enqueue("tests.pass_gate", title="a course")
    with start_worker(WORKER_SETTINGS) as worker:
        with _closed_gate():
            _wait_until_it_waits(worker)
            enqueue(REVIVE, timestamp=0)
            _work()
            assert _status_of("tests.pass_gate") == ["doing"]
        worker.communicate(timeout=60)
    assert _status_of("tests.pass_gate") == ["succeeded"]
    assert _traces() == ["a course", "after a course"]


def test_a_killed_job_that_was_queued_anew_does_not_stand_in_the_way_of_others() -> None:
    ((worker,),) = execute(
        "INSERT INTO procrastinate_workers (last_heartbeat)"
        " VALUES (now() - interval '1 hour') RETURNING id"
    )
    for status, title, lock in [
        ("doing", "killed", "one at a time"),
        ("todo", "queued anew", "one at a time"),
        ("doing", "another", None),
    ]:
        execute(
            "INSERT INTO procrastinate_jobs"
            " (queue_name, task_name, args, status, queueing_lock, worker_id) VALUES"
            " ('default', 'tests.leave_trace', jsonb_build_object('title', %s::text), %s, %s, %s)",
            *(title, status, lock, worker if status == "doing" else None),
        )
    enqueue(REVIVE, timestamp=0)
    execute("UPDATE procrastinate_jobs SET priority = 1 WHERE task_name = %s", REVIVE)
    _work()
    assert _traces() == ["another", "queued anew"]
    assert _status_of("tests.leave_trace") == ["failed", "succeeded", "succeeded"]


def test_jobs_that_were_done_go_after_a_week_and_those_that_failed_stay() -> None:
    jobs = [(8, "succeeded"), (8, "cancelled"), (8, "failed"), (6, "succeeded")]
    for days, status in jobs:
        execute(
            "WITH job AS (INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
            " VALUES ('default', 'tests.done', %s) RETURNING id)"
            " INSERT INTO procrastinate_events (job_id, type, at)"
            " SELECT id, 'started', now() - make_interval(days => %s) FROM job",
            *(status, days),
        )
    enqueue("joanie.core.forget_old_jobs", timestamp=0)
    _work()
    assert _status_of("tests.done") == ["failed", "succeeded"]
