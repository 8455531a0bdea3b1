"""Buttons of payments, documents, notifications, mails and enrolments."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import resolve
from tests.admin.staff import Make, list_of, page_of, press, read
from tests.payment.ledger.books import give_back, pay, queued
from tests.shop import fresh

from joanie.core.factories import EnrollmentFactory, OrderFactory
from joanie.payment.factories import ProformaInvoiceFactory
from joanie.payment.models import Mail, Payment, PaymentNotification, ProformaInvoice

pytestmark = pytest.mark.django_db


def late_payment() -> Payment:
    order = OrderFactory(state="canceled")
    return fresh(pay(order))


def test_a_flag_goes_when_the_money_is_back(boss: Client) -> None:
    payment = late_payment()
    assert "€120.00 of this payment is still to be given back" in press(
        boss, payment, "settle", reason="Looked at"
    )
    give_back(payment.order)
    assert "The payment is settled." in press(boss, payment, "settle", reason="Went back")
    assert fresh(payment).flag == ""
    assert LogEntry.objects.get().change_message == "Settled: Went back"


def test_settling_twice_is_written_once(boss: Client) -> None:
    payment = late_payment()
    give_back(payment.order)
    for _ in range(2):
        press(boss, payment, "settle", reason="x")
    assert LogEntry.objects.count() == 1


def make_notification(number: int = 0, **changes: Any) -> PaymentNotification:
    values = {
        "backend": "dummy",
        "event_id": f"evt_{number}",
        "method": "POST",
        "path": "/payments/notifications/dummy/",
        "headers": {
            "X-Secret-Thing": "s3cr3t",
            "Authorization": "Bearer s3cr3t",
            "Acme-Transmission-Sig": "s3cr3t",
            "Accept": "*/*",
        },
        "body": b'{"note": "<script>alert(1)</script>"}',
        "state": "dead",
    }
    return PaymentNotification.objects.create(**{**values, **changes})


def test_a_notification_is_processed_again_and_says_how_it_went(boss: Client) -> None:
    notification = make_notification()
    assert "Processed again: Failed for good" in press(boss, notification, "replay")
    row = PaymentNotification.objects.get()
    assert row.attempts == 1
    assert row.last_error
    assert LogEntry.objects.get().object_id == str(row.pk)


def test_several_notifications_are_processed_again_at_once(boss: Client) -> None:
    rows = [make_notification(number) for number in range(3)]
    done = make_notification(4, state="processed")
    form = {"action": "replay_all", "_selected_action": [row.pk for row in (*rows, done)]}
    page = boss.post(list_of(PaymentNotification), form, follow=True).content.decode()
    assert "Notifications processed again: 3" in page
    assert [fresh(row).attempts for row in (*rows, done)] == [1, 1, 1, 0]


def test_the_action_is_for_those_who_may_replay(clerk: Make) -> None:
    notification = make_notification()
    reader = clerk("view_paymentnotification")
    assert "replay_all" not in read(reader, list_of(PaymentNotification))
    form = {"action": "replay_all", "_selected_action": [notification.pk]}
    reader.post(list_of(PaymentNotification), form)
    assert fresh(notification).attempts == 0


def test_a_notification_is_shown_as_text_without_its_secrets(boss: Client) -> None:
    page = read(boss, page_of(make_notification()))
    assert "s3cr3t" not in page
    assert "Accept: */*" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_a_body_that_is_no_text_or_endless_is_shown_all_the_same(boss: Client) -> None:
    page = read(boss, page_of(make_notification(body=b"\xff\x00" + b"x" * 50_000)))
    assert "and 30002 more bytes" in page
    assert len(page) < 60_000


def test_a_mail_is_sent_again(boss: Client) -> None:
    order = OrderFactory()
    mail = Mail.objects.create(
        kind="order_paid",
        key="k",
        owner=order.owner,
        order=order,
        language="en",
        dropped_because="No address",
    )
    press(boss, mail, "resend")
    assert Mail.objects.get().dropped_because == ""
    assert queued("joanie.payment.send_mail") == [{"mail_id": str(mail.pk)}]


def test_the_lms_is_told_again(boss: Client) -> None:
    enrollment = EnrollmentFactory(state="failed")
    press(boss, enrollment, "resend")
    assert queued("joanie.core.send_enrollment") == [{"enrollment_id": str(enrollment.pk)}]
    assert LogEntry.objects.get().object_id == str(enrollment.pk)


def test_a_document_that_was_never_rendered_is_rendered_by_the_worker(boss: Client) -> None:
    invoice = ProformaInvoiceFactory()
    assert page_of(invoice, "render") in read(boss, page_of(invoice))
    press(boss, invoice, "render")
    assert queued("joanie.payment.render_document") == [{"invoice_id": str(invoice.pk)}]


def test_staff_download_the_document_that_the_learner_has(boss: Client, clerk: Make) -> None:
    order = OrderFactory()
    pay(order)
    invoice = ProformaInvoice.objects.get()
    response = boss.get(page_of(invoice, "pdf"))
    assert response.content.startswith(b"%PDF")
    assert invoice.reference in response["Content-Disposition"]
    assert page_of(invoice, "render") not in read(boss, page_of(invoice))
    assert clerk("view_order").get(page_of(invoice, "pdf")).status_code == 403


def test_a_document_that_is_gone_is_a_message(boss: Client) -> None:
    pay(OrderFactory())
    invoice = ProformaInvoice.objects.get()
    boss.get(page_of(invoice, "pdf"))
    stored = ProformaInvoice.objects.get()
    stored.pdf.storage.delete(stored.pdf.name)
    page = boss.get(page_of(invoice, "pdf"), follow=True).content.decode()
    assert "not available for now" in page


def test_the_views_that_call_providers_are_not_wrapped_in_a_transaction() -> None:
    """Where the host says ``ATOMIC_REQUESTS``."""
    pages = (page_of(OrderFactory(), "cancel"), list_of(PaymentNotification))
    for address in (*pages, page_of(ProformaInvoiceFactory(), "pdf")):
        assert resolve(address).func._non_atomic_requests == {"default"}
