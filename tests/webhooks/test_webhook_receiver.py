"""A worker sends, and a receiver in JavaScript believes what its own library believes."""

from datetime import timedelta

import pytest
from tests.common.sql import execute
from tests.security.secrets_in_text import SecretFinder
from tests.webhooks.listeners import deliveries, let_time_pass, listen, tell_something
from tests.webhooks.node_receiver import NodeReceiver
from tests.workers import start_worker

from joanie.common.queue import enqueue
from joanie.webhooks.models import WebhookEndpoint
from joanie.webhooks.services.endpoints import rotate_secret

pytestmark = pytest.mark.usefixtures("transactional_db")

SEND = "joanie.webhooks.send_due_messages"
WORKER_SETTINGS = "tests.webhooks.webhook_worker_settings"


def work() -> None:
    """Have a worker send what is due, and say nothing that is secret."""
    enqueue(SEND, timestamp=0)
    with start_worker(WORKER_SETTINGS) as worker:
        said, _ = worker.communicate(timeout=60)
    assert worker.returncode == 0, said
    assert SecretFinder({WebhookEndpoint.objects.get().secret}).find(said) is None


def test_a_receiver_believes_us_through_a_failure_a_retry_and_a_rotation(
    node: NodeReceiver,
) -> None:
    endpoint = listen(node.url)
    old_secret = endpoint.secret
    node.expect(secret=old_secret, statuses=[500, 200])
    tell_something(1)
    work()
    failed = node.hear()
    assert (failed["status"], deliveries()) == (500, [("pending", 1, 500)])

    let_time_pass(timedelta(hours=1))
    work()
    taken = node.hear()
    assert (taken["status"], deliveries()) == (200, [("delivered", 2, 200)])
    assert taken["event"]["data"] == {"id": 1}
    assert taken["headers"]["webhook-id"] == failed["headers"]["webhook-id"]

    rotate_secret(endpoint_id=endpoint.pk, overlap=timedelta(days=1))
    tell_something(2)
    work()
    assert node.hear()["status"] == 200
    new_secret = WebhookEndpoint.objects.get().secret
    node.expect(secret=new_secret, statuses=[200])
    tell_something(3)
    work()
    assert node.hear()["status"] == 200

    WebhookEndpoint.objects.update(previous_secret_until="2026-01-01T00:00:00Z")
    node.expect(secret=old_secret, statuses=[200])
    tell_something(4)
    work()
    assert node.hear()["refusal"] == "No matching signature found"
    assert deliveries(state="pending") == [("pending", 1, 401)]


def test_a_receiver_does_not_believe_what_was_changed(node: NodeReceiver) -> None:
    listen(node.url)
    node.expect(secret="whsec_bm90IHRoZSBzZWNyZXQgb2YgdGhlIHNob3A=", statuses=[200])
    tell_something()
    work()
    assert node.hear()["refusal"] == "No matching signature found"
    assert deliveries() == [("pending", 1, 401)]


def test_a_message_whose_worker_was_killed_is_sent_again_under_its_id(node: NodeReceiver) -> None:
    endpoint = listen(node.url)
    node.expect(secret=endpoint.secret, statuses=[0, 200])
    tell_something()
    enqueue(SEND, timestamp=0)
    with start_worker(WORKER_SETTINGS) as worker:
        heard = node.hear()
        worker.kill()
        worker.communicate()
    assert deliveries() == [("pending", 0, None)]
    execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
    work()
    assert deliveries() == [("pending", 0, None)]
    let_time_pass(timedelta(minutes=2))
    work()
    assert node.hear()["headers"]["webhook-id"] == heard["headers"]["webhook-id"]
    assert deliveries() == [("delivered", 1, 200)]
