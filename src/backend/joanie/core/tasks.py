"""Background work of the core. Every task is safe to repeat: a killed worker's job runs again."""

import uuid
from datetime import datetime

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from joanie.common.queue import AFTER_MONEY
from joanie.conf import joanie_settings
from joanie.core.services import (
    fulfilment,
    idempotency,
    outgoing_events,
    synchronization,
    telling_lms,
)

STALLED_AFTER = 30


# For about a day; later ``joanie.payment.take_up_forgotten_work`` puts it back.
@app.task(
    name="joanie.core.update_access", retry=RetryStrategy(max_attempts=8, exponential_wait=4)
)
def update_access(order_id: str, state: str = "", moment: str = "") -> None:
    """Tell that the order came to the state at the moment, and make access fit its present one.

    Neither waits for the other to succeed; what one of them raises has both done again.
    """
    try:
        if state:
            outgoing_events.tell_of_order(
                order_id=uuid.UUID(order_id), state=state, moment=datetime.fromisoformat(moment)
            )
    finally:
        fulfilment.fulfil(uuid.UUID(order_id))


# For about half an hour; later ``tell_late_enrollments`` does.
@app.task(
    name="joanie.core.send_enrollment",
    priority=AFTER_MONEY,
    retry=RetryStrategy(max_attempts=5, exponential_wait=4),
)
def send_enrollment(enrollment_id: str) -> None:
    telling_lms.send_enrollment(uuid.UUID(enrollment_id))


@app.periodic(cron="*/10 * * * *")
@app.task(
    name="joanie.core.tell_late_enrollments",
    priority=AFTER_MONEY,
    lock="joanie.core.tell_late_enrollments",
    queueing_lock="joanie.core.tell_late_enrollments",
)
def tell_late_enrollments(timestamp: int) -> None:
    telling_lms.tell_late_enrollments()


@app.periodic(cron="0 4 * * *")
@app.task(
    name="joanie.core.tell_refused_enrollments",
    priority=AFTER_MONEY,
    lock="joanie.core.tell_refused_enrollments",
    queueing_lock="joanie.core.tell_refused_enrollments",
)
def tell_refused_enrollments(timestamp: int) -> None:
    telling_lms.tell_refused_enrollments()


# For about a day.
@app.task(
    name="joanie.core.tell_catalogue",
    priority=AFTER_MONEY,
    retry=RetryStrategy(max_attempts=8, exponential_wait=4),
)
def tell_catalogue(catalogue: str, course_run_id: str, resource_link: str) -> None:
    synchronization.tell_catalogue(
        catalogue=catalogue, course_run_id=uuid.UUID(course_run_id), resource_link=resource_link
    )


@app.periodic(cron="40 3 * * *")
@app.task(name="joanie.core.forget_old_answers", queueing_lock="joanie.core.forget_old_answers")
def forget_old_answers(timestamp: int) -> None:
    idempotency.forget_old_answers()


@app.periodic(cron="10 3 * * *")
@app.task(
    name="joanie.core.forget_old_jobs",
    priority=AFTER_MONEY,
    queueing_lock="joanie.core.forget_old_jobs",
    pass_context=True,
)
async def forget_old_jobs(context: JobContext, timestamp: int) -> None:
    """Delete the jobs done ``RETENTION_DAYS`` ago, a host's own too. Those that failed stay."""
    days = joanie_settings.retention_days["jobs"]
    if days is not None:
        await context.app.job_manager.delete_old_jobs(
            nb_hours=24 * days, include_cancelled=True, include_aborted=True
        )


@app.periodic(cron="* * * * *")
@app.task(
    name="joanie.core.revive_stalled_jobs",
    queueing_lock="joanie.core.revive_stalled_jobs",
    pass_context=True,
)
async def revive_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Put back the jobs whose worker gave no sign of life for ``STALLED_AFTER`` seconds."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            # The same work waits already, under the same queueing lock: once is enough.
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)
