"""Locks with a time limit, and the guard that keeps the network out of transactions."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction
from psycopg import errors

from joanie.common.exceptions import Busy
from joanie.conf import joanie_settings


class NetworkInTransaction(RuntimeError):
    """A call to another system inside a transaction would hold locks while it waits."""


@contextmanager
def short_transaction() -> Iterator[None]:
    """Open a transaction in which a lock is waited for ``LOCK_TIMEOUT`` seconds at most.

    Raises Busy when a lock is not to be had, or when PostgreSQL broke a deadlock: nothing was
    done, the caller may try again.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('lock_timeout', %s, true)",
                    [f"{int(joanie_settings.LOCK_TIMEOUT * 1000)}ms"],
                )
            yield
    except DatabaseError as error:
        if isinstance(error.__cause__, (errors.LockNotAvailable, errors.DeadlockDetected)):
            raise Busy from error
        raise


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Read the database as it is now, whatever is written meanwhile. Reads only.

    Inside a transaction it is the caller's snapshot.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def forbid_transaction() -> None:
    """Raise NetworkInTransaction inside a transaction, one that a test opened around all apart."""
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise NetworkInTransaction
