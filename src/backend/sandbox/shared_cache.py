"""Django's database cache, with counters that are exact and cost little.

Requests are counted in it. Django's own ``add`` counts the whole table each time, and its
``incr`` loses what others count at the same moment. ``createcachetable`` makes the table.
"""

import base64
import pickle  # as Django's own, from our own database # nosec B403
import secrets
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router, transaction

# One addition in so many takes away what has expired.
SWEEP = 500

# Writes nothing when there is a value, as there is for all but the first request of a window.
ADD = """
    INSERT INTO {table} AS kept (cache_key, value, expires)
    SELECT %s, %s, %s WHERE NOT EXISTS
        (SELECT 1 FROM {table} WHERE cache_key = %s AND expires > now())
    ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires
    WHERE kept.expires <= now()
"""
# Nobody waits for the disk: a power cut may cost a count.
LOCK = """
    SELECT value, set_config('synchronous_commit', 'off', true) FROM {table}
    WHERE cache_key = %s AND expires > now() FOR UPDATE
"""


class SharedCache(DatabaseCache):
    """One cache for all processes, in PostgreSQL."""

    _table: str

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Keep it unless the key is there and has not expired; say whether it was kept."""
        name = self.make_and_validate_key(key, version=version)
        with connections[self._database].cursor() as cursor:
            if not secrets.randbelow(SWEEP):
                cursor.execute(self._sql("DELETE FROM {table} WHERE expires <= now()"))
            cursor.execute(self._sql(ADD), [name, _encode(value), self._end(timeout), name])
            return bool(cursor.rowcount)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Count, one process after the other. Raises ValueError when the key is not there."""
        name = self.make_and_validate_key(key, version=version)
        with (
            transaction.atomic(using=self._database),
            connections[self._database].cursor() as cursor,
        ):
            cursor.execute(self._sql(LOCK), [name])
            row = cursor.fetchone()
            if row is None:
                raise ValueError(f"Key {key!r} not found")
            count: int = _decode(row[0]) + delta
            cursor.execute(
                self._sql("UPDATE {table} SET value = %s WHERE cache_key = %s"),
                [_encode(count), name],
            )
        return count

    @property
    def _database(self) -> str:
        return router.db_for_write(self.cache_model_class)

    def _sql(self, statement: str) -> str:
        table = connections[self._database].ops.quote_name(self._table)
        return statement.replace("{table}", table)

    def _end(self, timeout: Any) -> datetime:
        end = self.get_backend_timeout(timeout)
        return (
            datetime.max.replace(tzinfo=UTC) if end is None else datetime.fromtimestamp(end, UTC)
        )


def _encode(value: object) -> str:
    return base64.b64encode(pickle.dumps(value)).decode("ascii")


def _decode(text: str) -> Any:
    return pickle.loads(base64.b64decode(text))  # noqa: S301 - as Django's own # nosec B301
