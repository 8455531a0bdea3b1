"""What the database tells at a scrape."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from socket import socket
from threading import Event

import pytest
from django.db import InterfaceError, OperationalError, connections
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from tests.common.sql import execute
from tests.concurrency import at_once
from tests.operations.scrape import Scrape
from tests.statements import captured_statements, listing

from joanie.common.queue import enqueue
from joanie.operations import health, site_gauges
from joanie.operations.site_gauges import SiteGauges
from joanie.payment.enums import PaymentState
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Payment, PaymentNotification

pytestmark = pytest.mark.django_db(transaction=True)


def scrape() -> Scrape:
    registry = CollectorRegistry()
    registry.register(SiteGauges())
    return Scrape(generate_latest(registry).decode())


def keep_notification(state: str) -> PaymentNotification:
    return PaymentNotification.objects.create(
        backend="dummy", method="POST", path="/", body=b"", state=state
    )


def test_a_shop_with_nothing_to_do_says_so() -> None:
    told = scrape()
    for state in ("created", "pending", "processing"):
        assert told.value("joanie_payments_open", backend="dummy", state=state) == 0
    assert told.value("joanie_queue_due_jobs", queue="default") == 0
    assert told.value("joanie_queue_oldest_due_seconds", queue="documents") == 0
    assert told.value("joanie_webhooks_pending") == told.value("joanie_mails_waiting") == 0
    assert told.value("joanie_matters", kind="notifications_parked") == 0


def test_open_payments_are_counted_with_the_age_of_the_oldest() -> None:
    old, _young = PaymentFactory.create_batch(2, backend="dummy", state="created")
    before = timezone.now() - timedelta(hours=1)
    Payment.objects.filter(pk=old.pk).update(created_on=before)
    PaymentFactory(backend="dummy", state=PaymentState.SUCCEEDED)
    told, labels = scrape(), {"backend": "dummy", "state": "created"}
    assert told.value("joanie_payments_open", **labels) == 2
    assert 3600 <= told.value("joanie_payments_oldest_open_seconds", **labels) < 3700


def test_an_account_that_was_closed_is_told_of_while_it_has_payments() -> None:
    PaymentFactory(backend="closed", state="created")
    assert scrape().value("joanie_payments_open", backend="closed", state="created") == 1


def test_notifications_wait_or_are_parked() -> None:
    keep_notification("received")
    keep_notification("failed")
    keep_notification("dead")
    keep_notification("processed")
    told = scrape()
    for state in ("received", "failed"):
        assert told.value("joanie_notifications_unsettled", backend="dummy", state=state) == 1
    assert told.value("joanie_matters", kind="notifications_parked") == 1


def test_jobs_are_counted_by_queue() -> None:
    enqueue("joanie.payment.render_document", invoice_id="0" * 32)
    told = scrape()
    assert told.value("joanie_queue_due_jobs", queue="documents") == 1
    assert told.value("joanie_queue_due_jobs", queue="default") == 0
    assert told.value("joanie_workers") == 0


def test_statements_do_not_grow_with_what_there_is() -> None:
    with captured_statements() as before:
        scrape()
    PaymentFactory.create_batch(5, backend="dummy")
    for state in ("received", "failed", "dead", "processed"):
        keep_notification(state)
    for _ in range(5):
        enqueue("joanie.payment.render_document", invoice_id="0" * 32)
    for counted in site_gauges.COUNTED_SELDOM.values():
        counted.forget()
    with captured_statements() as after:
        scrape()
    assert len(before) == len(after), listing(after)


def test_what_waits_for_a_person_is_counted_now_and_then() -> None:
    scrape()
    with captured_statements() as statements:
        scrape()
    assert len(statements) <= 13, listing(statements)


def test_a_part_that_is_too_slow_is_left_out_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def be_canceled() -> site_gauges.Families:
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setitem(site_gauges.PARTS, "payments", be_canceled)
    told = scrape()
    assert told.value("joanie_scrape_unread", part="payments") == 1
    assert told.value("joanie_scrape_unread", part="queue") == 0
    assert "joanie_payments_open" not in told.families
    assert told.value("joanie_mails_waiting") == 0


def test_jobs_that_gave_up_are_counted_by_queue() -> None:
    for _ in range(2):
        enqueue("joanie.payment.render_document", invoice_id="0" * 32)
    execute("UPDATE procrastinate_jobs SET status = 'failed'")
    told = scrape()
    assert told.value("joanie_queue_failed_jobs", queue="documents") == 2
    assert told.value("joanie_queue_failed_jobs", queue="default") == 0


@pytest.fixture
def is_silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have new connections accepted by a server that says nothing."""
    with socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        host, port = server.getsockname()
        hanging = {"ENGINE": "django.db.backends.postgresql", "HOST": host, "PORT": port}
        for name, value in hanging.items():
            monkeypatch.setitem(connections.settings["default"], name, value)
        yield


@pytest.mark.usefixtures("is_silent")
def test_a_database_that_hangs_is_down_and_asked_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health.DATABASE, "_limit", 0.05)
    with captured_statements() as statements:
        told = scrape()
    assert told.value("joanie_database_up") == 0
    assert all(told.value("joanie_scrape_unread", part=part) for part in site_gauges.PARTS)
    assert not statements, listing(statements)


@pytest.mark.usefixtures("is_silent")
def test_a_database_that_accepts_and_says_nothing_is_not_waited_for_without_end() -> None:
    assert not health.DATABASE().is_well
    assert health.DATABASE._current is not None
    assert health.DATABASE._current._ended.is_set()


def test_a_connection_that_is_closed_is_told_of_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def be_closed() -> site_gauges.Families:
        raise InterfaceError("connection already closed")

    monkeypatch.setitem(site_gauges.PARTS, "payments", be_closed)
    assert scrape().value("joanie_scrape_unread", part="payments") == 1


def count_with(monkeypatch: pytest.MonkeyPatch, count: Callable[[], dict[str, int]]) -> None:
    monkeypatch.setattr(site_gauges.COUNTED_SELDOM["matters"], "_count", count)


def test_a_count_that_failed_is_unread_until_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def be_canceled() -> dict[str, int]:
        raise OperationalError("canceling statement due to statement timeout")

    count_with(monkeypatch, be_canceled)
    for _ in range(2):
        assert scrape().value("joanie_scrape_unread", part="matters") == 1
    count_with(monkeypatch, lambda: {"differences": 3})
    assert scrape().value("joanie_scrape_unread", part="matters") == 1
    monkeypatch.setattr(site_gauges, "SELDOM", 0)
    assert scrape().value("joanie_matters", kind="differences") == 3


def test_scrapes_do_not_wait_for_each_other_s_count(monkeypatch: pytest.MonkeyPatch) -> None:
    is_counting, gate = Event(), Event()

    def count() -> dict[str, int]:
        is_counting.set()
        assert gate.wait(60)
        return {"differences": 1}

    def scrape_meanwhile() -> Scrape:
        assert is_counting.wait(60)
        told = scrape()
        gate.set()
        return told

    count_with(monkeypatch, count)
    slow, quick = at_once(scrape, scrape_meanwhile)
    assert slow.value("joanie_matters", kind="differences") == 1
    assert quick.value("joanie_scrape_unread", part="matters") == 1
