"""What a job is about, in the log."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from procrastinate import JobContext
from procrastinate.jobs import Job
from procrastinate.worker import Worker

from joanie.common.log_context import log_context
from joanie.operations.job_log import log_job


def ids_while_doing(**arguments: object) -> dict[str, str]:
    """Give what all lines of a job say."""
    job = Job(
        id=7,
        queue="default",
        lock=None,
        queueing_lock=None,
        task_name="host.send",
        task_kwargs=dict(arguments),
    )

    async def do() -> dict[str, str]:
        with log_context() as known:
            return dict(known)

    context = cast("JobContext", SimpleNamespace(job=job))
    found: Any = asyncio.run(log_job(do, context, cast("Worker", None)))
    return cast("dict[str, str]", found)


def test_a_job_is_about_the_ids_among_its_arguments() -> None:
    ids = ids_while_doing(order_id="o", amount="12")
    assert ids == {"job_id": "7", "task": "host.send", "order_id": "o"}


def test_an_argument_of_a_host_s_task_may_have_any_name() -> None:
    ids = ids_while_doing(job_id="theirs", task="theirs", alias="theirs")
    assert ids == {"job_id": "7", "task": "host.send"}
