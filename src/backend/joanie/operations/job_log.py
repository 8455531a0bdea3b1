"""One line in the log for each job, its time in the metrics, and its ids in all lines of it."""

import logging
import time
from typing import Any

from procrastinate import JobContext
from procrastinate.jobs import Job
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker

from joanie.common import metrics
from joanie.common.exceptions import JoanieError
from joanie.common.log_context import log_context

logger = logging.getLogger(__name__)


async def log_job(call_next: AsyncCallNext, context: JobContext, _worker: Worker) -> Any:
    """Run a job: a worker middleware of Procrastinate.

    What a periodic task did as it should is only told to who asks for details. What raises is
    told each time it is tried, and with its traceback unless it is an error of ours.
    """
    job = context.job
    error: BaseException | None = None
    started = time.monotonic()
    # Of two that have one name, a task's own argument gives way.
    ids = {**_ids_in(job.task_kwargs), "job_id": job.id, "task": job.task_name}
    with log_context(**ids):
        try:
            return await call_next()
        except BaseException as raised:
            error = raised
            raise
        finally:
            _tell(job, error, time.monotonic() - started)


def _tell(job: Job, error: BaseException | None, seconds: float) -> None:
    outcome = "ok" if error is None else "error"
    metrics.jobs.labels(job.task_name, outcome).observe(seconds)
    is_quiet = error is None and "timestamp" in job.task_kwargs
    logger.log(
        logging.WARNING if error else logging.DEBUG if is_quiet else logging.INFO,
        "Job %s: %s in %.0f ms",
        job.task_name,
        outcome if error is None else f"{type(error).__name__}: {error}",
        seconds * 1000,
        extra={"outcome": outcome, "duration_ms": round(seconds * 1000, 1)},
        exc_info=None if isinstance(error, JoanieError) else error,
    )


def _ids_in(arguments: dict[str, Any]) -> dict[str, str]:
    """Return the arguments that say what a job is about: ids, and nothing else."""
    return {name: str(value) for name, value in arguments.items() if name.endswith("_id")}
