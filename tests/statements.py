"""Counting SQL statements, transaction control left out."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

TRANSACTION_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


class Statements(list[str]):
    """The statements of a block, filled when it ends."""


@contextmanager
def captured_statements() -> Iterator[Statements]:
    statements = Statements()
    with CaptureQueriesContext(connection) as context:
        yield statements
    statements.extend(
        query["sql"]
        for query in context.captured_queries
        if not query["sql"].startswith(TRANSACTION_CONTROL)
    )


def listing(statements: list[str]) -> str:
    return "\n".join(f"{number}. {sql[:160]}" for number, sql in enumerate(statements, start=1))
