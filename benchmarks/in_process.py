"""The same requests without a server: how many statements they take, and where the time goes."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pyinstrument import Profiler

from benchmarks.exceptions import BenchFailed
from benchmarks.rows import Row, Run
from benchmarks.wire import HOST, Request

TRANSACTION_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def count_statements(row: Row, run: Run) -> int:
    """Count the SQL statements of a request, transaction control left out."""
    client = Client(raise_request_exception=False)
    requests = row.requests(run)
    if not row.is_once:
        _ask(client, requests[0], row.status)
    with CaptureQueriesContext(connection) as context:
        _ask(client, requests[0], row.status)
    return sum(
        not query["sql"].startswith(TRANSACTION_CONTROL) for query in context.captured_queries
    )


def profile(row: Row, run: Run, *, most: int = 200) -> str:
    """Say where the time of up to ``most`` requests goes, once the first ones were answered."""
    client = Client(raise_request_exception=False)
    requests = [*row.requests(run)]
    first, rest = (requests[:2], requests[2:]) if row.is_once else (requests, requests * most)
    for request in first:
        _ask(client, request, row.status)
    profiler = Profiler(interval=0.0005)
    with profiler:
        for request in rest[:most]:
            _ask(client, request, row.status)
    text = profiler.output_text(unicode=True, color=False, show_all=False)
    return f"{len(rest[:most])} requests of “{row.name}”\n{text}"


def _ask(client: Client, request: Request, status: int) -> None:
    answer = client.generic(
        request.method,
        request.path,
        request.body,
        content_type="application/json",
        headers=dict(request.headers),
        SERVER_NAME=HOST,
    )
    if answer.status_code != status:
        raise BenchFailed(f"{request.path}: {answer.status_code} {answer.content[:300]!r}")
