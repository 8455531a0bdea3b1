"""What the database tells at a scrape."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from tests.operations.scrape import Scrape
from tests.statements import captured_statements, listing

from joanie.common.queue import enqueue
from joanie.operations import site_gauges
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
    site_gauges.matters.forget()
    with captured_statements() as after:
        scrape()
    assert len(before) == len(after), listing(after)


def test_what_waits_for_a_person_is_counted_now_and_then() -> None:
    scrape()
    with captured_statements() as statements:
        scrape()
    assert len(statements) <= 12, listing(statements)


def test_a_part_that_is_too_slow_is_left_out_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def be_canceled() -> site_gauges.Families:
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setitem(site_gauges.PARTS, "payments", be_canceled)
    told = scrape()
    assert told.value("joanie_scrape_unread", part="payments") == 1
    assert told.value("joanie_scrape_unread", part="queue") == 0
    assert "joanie_payments_open" not in told.families
    assert told.value("joanie_mails_waiting") == 0
