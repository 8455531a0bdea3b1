"""The only way to enqueue background work.

A job is written through Django's own connection, in the web process and in the worker alike, so it
belongs to the transaction that needs it: a rollback takes the job with it, and no crash after the
commit can lose it. (Procrastinate's own ``.defer()`` inside a worker goes through the worker's own
pool, and outlives a rollback.) A job whose worker was killed is put back and runs again, so every
task must be safe to repeat.
"""

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.settings import settings as procrastinate_settings
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

Argument = str | int | bool | None

# Below the others' 0, for what waits for a system that no money depends on: while that one does
# not answer, its jobs take all the time they are allowed, and there may be thousands.
AFTER_MONEY = -1


class UnknownTask(LookupError):
    """No task has this name: a job for it would wait for ever."""


def enqueue(task_name: str, **arguments: Argument) -> None:
    """Add a job to the queue, in the current transaction.

    Arguments are JSON: pass ids as strings. Raises UnknownTask.
    """
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    if task_name not in app.tasks:
        raise UnknownTask(task_name)
    task = app.tasks[task_name]
    configure_task(
        name=task_name, job_manager=_manager(), queue=task.queue, priority=task.priority
    ).defer(**arguments)


def put_back(job_id: int) -> None:
    """Have a job that failed for good tried once more, in the current transaction.

    It keeps its number and arguments. Raises ConnectorException for one that has not failed.
    """
    _manager().retry_job_by_id(job_id, retry_at=timezone.now())


def _manager() -> JobManager:
    return JobManager(DjangoConnector(alias=procrastinate_settings.DATABASE_ALIAS))
