"""The databases of the bench, in the embedded PostgreSQL. They are made anew each time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from sandbox.embedded_postgres.server import ConnectionParameters, ensure_running

MAIN = "joanie_bench"
SMALL = "joanie_bench_small"
PGBENCH = "joanie_bench_pgbench"


def create(name: str, *, template: str = "template1") -> None:
    """Make a database, in the place of one that is there. ``template`` must have no readers."""
    connections.close_all()
    drop(name)
    with _server() as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )


def drop(*names: str) -> None:
    with _server() as server:
        for name in names:
            statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            server.execute(statement.format(sql.Identifier(name)))


def fingerprint(name: str) -> str:
    """Read what was noted of a database; nothing when there is none."""
    with _server() as server:
        row = server.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        ).fetchone()
    return (row[0] if row else None) or ""


def note_fingerprint(name: str, text: str) -> None:
    with _server() as server:
        server.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(text))
        )


def parameters(name: str) -> ConnectionParameters:
    return ensure_running(settings.DATABASES["default"]["DATA_DIR"], database=name)


@contextmanager
def _server() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**parameters("postgres"), autocommit=True) as server:
        yield server
