"""A worker of the queue that does one job at a time, when it is told to."""

from typing import Any

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.common.sql import execute
from tests.system.stateful.fate import Death

from joanie.common.exceptions import ProviderError
from joanie.payment.tasks import DOCUMENTS

MINUTELY = (
    "joanie.payment.process_inbox",
    "joanie.payment.reconcile",
    "joanie.payment.expire_orders",
    "joanie.core.tell_late_enrollments",
)
NIGHTLY = (
    "joanie.payment.expire_cards",
    "joanie.payment.let_old_rows_go",
    "joanie.payment.take_up_forgotten_work",
    "joanie.payment.reconcile_lately",
    "joanie.payment.warn_of_expiring_cards",
    "joanie.core.forget_old_answers",
)
ENOUGH = 500


class Worker:
    """Does what the library's own does, in the order in which it does it."""

    def jobs(self) -> list[Any]:
        """List what can be done now, documents apart."""
        jobs = ProcrastinateJob.objects.filter(status="todo").exclude(queue_name=DOCUMENTS)
        now = timezone.now()
        due = [job for job in jobs if job.scheduled_at is None or job.scheduled_at <= now]
        return sorted(due, key=lambda job: (-job.priority, job.id))

    def documents(self) -> list[Any]:
        waiting = ProcrastinateJob.objects.filter(status="todo", queue_name=DOCUMENTS)
        return list(waiting.order_by("id"))

    def work_once(self) -> bool:
        """Do the first job; say whether there was one. Whoever dies leaves it in ``doing``."""
        jobs = self.jobs()
        if jobs:
            self.do(jobs[0])
        return bool(jobs)

    def work(self) -> None:
        for _ in range(ENOUGH):
            if not self.work_once():
                return
        raise AssertionError("There is no end of work")

    def do(self, job: Any) -> None:
        execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", job.id)
        try:
            self.run(job.task_name, **job.args)
        except Death:
            raise
        except ProviderError as error:
            self._try_later(job, error)
        else:
            execute("DELETE FROM procrastinate_jobs WHERE id = %s", job.id)

    def run(self, task: str, **arguments: Any) -> None:
        app.perform_import_paths()  # type: ignore[no-untyped-call]
        app.tasks[task].func(**arguments)

    def begin_and_die(self) -> None:
        jobs = self.jobs()
        if jobs:
            execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", jobs[0].id)

    def revive(self) -> None:
        """Put back the jobs of workers that died."""
        execute("UPDATE procrastinate_jobs SET status = 'todo' WHERE status = 'doing'")

    def keep_the_hour(self) -> None:
        self.revive()
        for task in MINUTELY:
            self.run(task, timestamp=0)

    def keep_the_night(self) -> None:
        for task in NIGHTLY:
            self.run(task, timestamp=0)

    def _try_later(self, job: Any, error: Exception) -> None:
        strategy = app.tasks[job.task_name].retry_strategy
        decision = strategy and strategy.get_retry_decision(exception=error, job=job)
        if not decision:
            execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", job.id)
            return
        execute(
            "UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, "
            "scheduled_at = %s WHERE id = %s",
            decision.retry_at,
            job.id,
        )
