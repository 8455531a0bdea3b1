"""When what was not taken is tried again."""

import random
from datetime import datetime, timedelta

# After each failed attempt, from the first on; the last one counts for all that follow.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=12),
)
# Up to a tenth more, so that what failed together does not come back together.
JITTER = 0.1
TRIED_FOR = timedelta(days=3)

# An endpoint that failed is left alone: twice as long with each failure in a row.
SHORTEST_REST = timedelta(seconds=5)
LONGEST_REST = timedelta(minutes=10)


def find_next_attempt(
    *, attempts: int, queued_at: datetime, now: datetime, asked: timedelta = timedelta()
) -> datetime | None:
    """Say when to try again after ``attempts`` failed ones; None when it was tried for long.

    ``asked``: how long the receiver wants it to wait; not longer than we ever do. The last attempt
    is made when it has been tried for ``TRIED_FOR``.
    """
    end = queued_at + TRIED_FOR
    if now >= end:
        return None
    wait = max(WAITS[min(attempts, len(WAITS)) - 1], min(asked, WAITS[-1]))
    later = wait * random.uniform(1, 1 + JITTER)  # noqa: S311 # nosec B311
    return min(now + later, end)


def find_rest(failures_in_a_row: int, asked: timedelta = timedelta()) -> timedelta:
    """Say how long an endpoint is left alone, whatever waits for it, or longer if it asks."""
    rest = SHORTEST_REST
    for _ in range(min(failures_in_a_row - 1, 10)):
        rest *= 2
    return min(max(rest, asked), LONGEST_REST)
