"""Time passes without anybody waiting: what is stored is older than it was."""

from datetime import timedelta

from tests.common.sql import execute, without_triggers

from joanie.core.models import Order

# Longer than any lease, and than payments and creations without an answer are waited for.
A_WHILE = timedelta(minutes=11)
A_DAY = timedelta(hours=25)
MOMENTS = {
    "joanie_core_idempotencyrecord": ("lease_expires_at",),
    "joanie_payment_payment": ("created_on", "pulled_at"),
    "joanie_payment_paymentnotification": ("next_attempt_at",),
    "joanie_payment_mail": ("claimed_until",),
    "procrastinate_jobs": ("scheduled_at",),
    "procrastinate_workers": ("last_heartbeat",),
}


def pass_time(span: timedelta = A_WHILE) -> None:
    """Make everything that is looked at by its age older; orders, which never change, by a day."""
    for table, columns in MOMENTS.items():
        _make_older(table, *columns, span=span)
    if span >= A_DAY:
        with without_triggers(Order):
            _make_older("joanie_core_order", "created_on", span=span)


def _make_older(table: str, *columns: str, span: timedelta) -> None:
    changes = ", ".join(f"{column} = {column} - %s" for column in columns)
    execute(f"UPDATE {table} SET {changes}", *(span for _ in columns))
