"""Speaking to the database itself, past every model."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction


def execute(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Run one statement; return its rows, if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def refused(because: str) -> Iterator[None]:
    """Expect the database to refuse, and carry on in the same transaction."""
    with pytest.raises(DatabaseError, match=because), transaction.atomic():
        yield


@contextmanager
def without_triggers(model: type[models.Model]) -> Iterator[None]:
    """Write what no trigger lets pass, as a person with the database's password could."""
    table = model._meta.db_table
    # What is deferred to the commit stands in the way of ALTER TABLE.
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
