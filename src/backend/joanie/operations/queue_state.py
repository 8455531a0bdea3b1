"""How much work waits, and for how long, read from Procrastinate's own tables."""

from dataclasses import dataclass

from django.db import connection

# A worker tells that it lives every ten seconds; one that did not for so long is taken for dead.
DEAD_AFTER = 30

# Through partial indexes of jobs that wait: what was done is not looked at. A job that was to be
# done at once has no date of its own, so that of the first of them is looked up.
_WAITING = """
    SELECT
        waiting.queue_name, waiting.due, waiting.later,
        GREATEST(
            EXTRACT(EPOCH FROM now() - waiting.scheduled_at),
            EXTRACT(EPOCH FROM now() - (
                SELECT min(at) FROM procrastinate_events WHERE job_id = waiting.first_id
            )),
            0
        )::float
    FROM (
        SELECT
            queue_name,
            count(*) FILTER (WHERE scheduled_at IS NULL OR scheduled_at <= now()) AS due,
            count(*) FILTER (WHERE scheduled_at > now()) AS later,
            min(id) FILTER (WHERE scheduled_at IS NULL) AS first_id,
            min(scheduled_at) FILTER (WHERE scheduled_at <= now()) AS scheduled_at
        FROM procrastinate_jobs WHERE status = 'todo' GROUP BY queue_name
    ) AS waiting
"""
_FAILED = """
    SELECT queue_name, count(*) FROM procrastinate_jobs WHERE status = 'failed' GROUP BY 1
"""
_WORKERS = """
    SELECT count(*) FROM procrastinate_workers
    WHERE last_heartbeat > now() - make_interval(secs => %s)
"""


@dataclass(frozen=True)
class Queue:
    """``due`` jobs could be done now, ``later`` ones wait for their moment: most are retries."""

    name: str
    due: int
    later: int
    oldest_due_seconds: float


def read_queues() -> list[Queue]:
    """Return the queues in which something waits, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return [Queue(*row) for row in cursor.fetchall()]


def oldest_due_seconds() -> float:
    """Return how long the job has waited that could have been done first; 0 when there is none."""
    return max((queue.oldest_due_seconds for queue in read_queues()), default=0.0)


def count_failed() -> dict[str, int]:
    """Count the jobs that gave up, by queue; no index helps, so it reads all jobs there are."""
    with connection.cursor() as cursor:
        cursor.execute(_FAILED)
        return dict(cursor.fetchall())


def count_workers() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_WORKERS, [DEAD_AFTER])
        (count,) = cursor.fetchone()
    return int(count)
