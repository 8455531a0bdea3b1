"""Letting go of rows that nobody needs any more, in transactions that stay short."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from joanie.common.transactions import short_transaction
from joanie.conf import joanie_settings

BATCH = 1000


def kept_since(kind: str, now: datetime | None = None) -> datetime | None:
    """Return the moment before which rows of a kind of ``RETENTION_DAYS`` go; None keeps all."""
    days = joanie_settings.retention_days[kind]
    return None if days is None else (now or timezone.now()) - timedelta(days=days)


def delete_in_batches(rows: "QuerySet[Any]") -> int:
    """Delete the rows; return how many. Safe to repeat, and to run twice at once."""
    return _change_in_batches(rows, lambda batch: batch.delete()[0])


def update_in_batches(rows: "QuerySet[Any]", **values: Any) -> int:
    """Write the values to the rows; return how many. Safe to repeat, and to run twice at once."""
    return _change_in_batches(rows, lambda batch: batch.update(**values))


def _change_in_batches(rows: "QuerySet[Any]", change: Callable[["QuerySet[Any]"], int]) -> int:
    """Change the rows, ``BATCH`` in a transaction. What somebody holds is left for another time.

    They are looked for once. A row that does not match any more when its turn comes is left alone.
    """
    changed, rows = 0, rows.order_by()
    pks = rows.values_list("pk", flat=True).iterator(chunk_size=BATCH)
    while batch := list(islice(pks, BATCH)):
        with short_transaction():
            free = rows.filter(pk__in=batch).select_for_update(skip_locked=True)
            held = list(free.values_list("pk", flat=True))
            changed += change(rows.filter(pk__in=held))
    return changed
