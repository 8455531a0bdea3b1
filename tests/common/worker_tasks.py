"""Tasks that a real worker runs in tests. Their effect is an organization."""

import uuid

from django.db import connection, transaction
from procrastinate.contrib.django import app

from joanie.common.queue import enqueue
from joanie.core.models import Organization

GATE = 20261121


@app.task(name="tests.leave_trace")
def leave_trace(title: str) -> None:
    Organization.objects.create(code=uuid.uuid4().hex, title=title)


@app.task(name="tests.enqueue")
def enqueue_in_a_transaction(*, is_rolled_back: bool) -> None:
    with transaction.atomic():
        leave_trace("the task itself")
        enqueue("tests.leave_trace", title="the job it enqueued")
        transaction.set_rollback(is_rolled_back)


@app.task(name="tests.pass_gate")
def pass_gate(title: str) -> None:
    """Work, wait at the gate that the test holds, and commit behind it."""
    with transaction.atomic(), connection.cursor() as cursor:
        leave_trace(title)
        enqueue("tests.leave_trace", title=f"after {title}")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [GATE])
