"""What a process counts and times, for Prometheus. Every number of that kind is defined here.

They are in the library's own registry, so a host that exposes one has ours in it. Nothing that
comes from outside is a label: an alias is one of the settings, or "" for what names none of them.
Counting takes microseconds and no lock that is held for longer; it never raises.
"""

import os
from pathlib import Path

from django.db import transaction
from prometheus_client import Counter, Histogram

# Where the processes of one server share their numbers. The library writes there, and would
# complain in the middle of a payment.
if directory := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    Path(directory).mkdir(parents=True, exist_ok=True)

# Seconds: another system answers in a fraction of one, or is given up after ten or more.
_CALLS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_RENDERING = (0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_JOBS = (0.05, 0.25, 1, 5, 15, 60, 300)

notification_deliveries = Counter(
    "joanie_notification_deliveries",
    "HTTP requests at the notification URLs, by how they were answered: done; duplicate; kept, to"
    " be tried again; rejected, for no provider sent it; challenge, a check of our address; error,"
    " when it could not be stored.",
    ["backend", "outcome"],
)
notification_attempts = Counter(
    "joanie_notification_attempts",
    "Times that a stored notification was worked on, on receipt or later, by how it ended:"
    " processed; ignored, for it does not concern us; failed, to be tried again; parked for a"
    " person.",
    ["backend", "outcome"],
)
payments = Counter(
    "joanie_payments",
    "Attempts to pay that ended, by their state then.",
    ["backend", "state"],
)
payments_flagged = Counter(
    "joanie_payments_flagged",
    "Payments that came and that a person should look at, by reason.",
    ["backend", "flag"],
)
orders = Counter(
    "joanie_orders",
    "Times that an order came to a state; new ones that are to be paid are not counted.",
    ["state"],
)
provider_calls = Histogram(
    "joanie_provider_call_seconds",
    "Time that calls of a payment backend took, what they booked included, by how they ended:"
    " ok, the code of the error, or broken when it was none of ours. Of a list, the pages after"
    " the first are there only when they fail.",
    ["backend", "operation", "outcome"],
    buckets=_CALLS,
)
document_rendering = Histogram(
    "joanie_document_render_seconds",
    "Time that it took to lay out a PDF and to write it.",
    buckets=_RENDERING,
)
mails = Counter(
    "joanie_mails",
    "Mails that were tried to be sent, by how it ended: sent; dropped, for it is not true any more"
    " or nobody takes it; failed, to be tried again.",
    ["outcome"],
)
webhook_deliveries = Counter(
    "joanie_webhook_deliveries",
    "Times that a webhook was tried to be delivered, by how it ended: delivered; failed, to be"
    " tried again; given_up; gone, for the endpoint wants no more.",
    ["outcome"],
)
webhook_seconds = Histogram(
    "joanie_webhook_delivery_seconds",
    "Time that endpoints of webhooks took to answer.",
    buckets=_CALLS,
)
jobs = Histogram(
    "joanie_job_seconds",
    "Time that jobs took, by task and by whether they raised: ok, error.",
    ["task", "outcome"],
    buckets=_JOBS,
)


def count_once_committed(counter: Counter) -> None:
    """Count what the current transaction does, after its commit; not at all after a rollback."""
    transaction.on_commit(counter.inc, robust=True)
