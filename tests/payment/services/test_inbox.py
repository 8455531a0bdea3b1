"""Notifications: authenticated, stored, acted on once, tried again, never lost."""

import json
import time
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from tests.provider import Provider
from tests.shop import SECRET, Shop, fresh, last_payment

from joanie.core.models import Order
from joanie.emulators.dummy.events import sign
from joanie.payment.ledger.locks import order_locked
from joanie.payment.models import NotificationRejection, Payment, PaymentNotification, Transaction
from joanie.payment.services.intake import (
    BACK_OFF,
    process_due_notifications,
    process_notification,
)


def notify(shop: Shop, **request: Any) -> httpx.Response:
    url = f"{shop.base_url}/api/v1.0/payments/notifications/dummy/"
    with httpx.Client(trust_env=False) as client:
        return client.post(url, **request)


def paid_checkout(shop: Shop, provider: Provider) -> Order:
    checkout = shop.order()
    provider.pay(checkout.payment_info["url"])
    provider.deliver()
    return fresh(checkout.order)


@pytest.mark.parametrize("signature", ["wrong", "missing", "old", "future"])
def test_a_forged_notification_leaves_no_row_and_is_counted(
    shop: Shop, provider: Provider, signature: str
) -> None:
    checkout = shop.order()
    answer = provider.forge(
        checkout.payment_info["payment_id"],
        "payment.succeeded",
        signature=signature,
        overrides={"status": "succeeded"},
    )
    assert answer["status"] == 400
    assert not PaymentNotification.objects.exists()
    assert NotificationRejection.objects.get().count == 1
    assert fresh(checkout.order).state == "pending"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"\x00" * 10, b'{"id": 1}'])
def test_garbage_is_refused(shop: Shop, content: bytes) -> None:
    assert notify(shop, content=content).status_code == 400
    assert not PaymentNotification.objects.exists()


def test_what_the_provider_signed_and_we_do_not_understand_is_kept(shop: Shop) -> None:
    body = b'{"shape": "of things to come"}'
    headers = {"Dummy-Signature": sign(SECRET, body, int(time.time()))}
    assert notify(shop, content=body, headers=headers).status_code == 202
    assert PaymentNotification.objects.get().state == "failed"


def test_a_huge_notification_is_refused(shop: Shop) -> None:
    assert notify(shop, content=b"x" * 300_000).status_code in {400, 413}
    assert not PaymentNotification.objects.exists()


def test_a_processed_notification_is_kept_as_it_came_without_its_cookies(
    shop: Shop, provider: Provider
) -> None:
    paid_checkout(shop, provider)
    notification = PaymentNotification.objects.get()
    assert (notification.state, notification.attempts) == ("processed", 1)
    assert notification.is_authenticated
    assert notification.event_id.startswith("evt_")
    assert b"payment.succeeded" in bytes(notification.body)
    assert "cookie" not in {name.lower() for name in notification.headers}


def test_a_duplicate_is_acknowledged_and_changes_nothing(shop: Shop, provider: Provider) -> None:
    provider.instruct(notifications={"duplicate": 4})
    order = paid_checkout(shop, provider)
    assert order.state == "validated"
    assert PaymentNotification.objects.count() == 1
    assert Transaction.objects.count() == 1
    assert Order.objects.get().proforma_invoices.count() == 1


def test_a_replayed_notification_changes_nothing(shop: Shop, provider: Provider) -> None:
    paid_checkout(shop, provider)
    notification = PaymentNotification.objects.get()
    response = notify(shop, content=bytes(notification.body), headers=dict(notification.headers))
    assert response.status_code == 200
    assert Transaction.objects.count() == 1


def test_a_notification_of_an_unknown_payment_waits(shop: Shop, provider: Provider) -> None:
    checkout = shop.order()
    reference = checkout.payment_info["payment_id"]
    unknown = {"id": "pay_unknown", "reference": "nobody's", "status": "succeeded"}
    answer = provider.forge(reference, "payment.succeeded", overrides=unknown)
    assert answer["status"] == 202
    notification = PaymentNotification.objects.get()
    assert notification.state == "failed"
    assert "pay_unknown" in notification.last_error


def test_a_notification_before_the_answer_of_the_creation_is_stored_is_not_lost(
    shop: Shop, provider: Provider
) -> None:
    checkout = shop.order()
    payment = last_payment(checkout.order)
    reference = payment.provider_reference
    Payment.objects.filter(pk=payment.pk).update(provider_reference="")
    provider.pay(payment.url)
    provider.deliver()
    adopted = fresh(payment)
    assert (adopted.state, adopted.provider_reference) == ("succeeded", reference)
    assert not adopted.is_unmatched
    assert fresh(checkout.order).state == "validated"


def test_a_notification_that_meets_a_lock_is_kept_and_processed_later(
    shop: Shop, provider: Provider, settings: Any
) -> None:
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 0.1}
    checkout = shop.order()
    with order_locked(checkout.order.pk):
        provider.pay(checkout.payment_info["url"])
        provider.deliver()
    notification = PaymentNotification.objects.get()
    assert (notification.state, fresh(checkout.order).state) == ("failed", "pending")
    with time_machine.travel(timezone.now() + BACK_OFF[0], tick=False):
        assert process_due_notifications() == 1
    assert fresh(notification).state == "processed"
    assert fresh(checkout.order).state == "validated"


def test_a_notification_that_was_stored_but_never_processed_is_taken_up(
    shop: Shop, provider: Provider
) -> None:
    checkout = shop.order()
    PaymentNotification.objects.create(
        backend="dummy",
        method="POST",
        path="/",
        body=event_of_success(provider, checkout.payment_info["payment_id"]),
        is_authenticated=True,
        next_attempt_at=timezone.now() - timedelta(minutes=1),
    )
    assert process_due_notifications() == 1
    assert fresh(checkout.order).state == "validated"


def test_what_keeps_failing_is_parked_and_can_be_replayed_by_hand(
    shop: Shop, provider: Provider, capsys: Any
) -> None:
    order = shop.order().order
    payment = last_payment(order)
    provider.pay(payment.url)
    provider.deliver()
    body = (
        event_of_success(provider, payment.provider_reference)
        .replace(payment.provider_reference.encode(), b"pay_of_tomorrow")
        .replace(str(payment.pk).encode(), b"nobody")
    )
    notification = PaymentNotification.objects.create(
        backend="dummy", method="POST", path="/", body=body, is_authenticated=True
    )
    for _ in range(len(BACK_OFF) + 1):
        process_notification(fresh(notification))
    assert fresh(notification).state == "dead"
    assert process_due_notifications(timezone.now() + timedelta(days=30)) == 0
    Payment.objects.create(
        order=order, backend="dummy", provider_reference="pay_of_tomorrow", amount=order.total
    )
    call_command("replay_notifications")
    assert "processed" in capsys.readouterr().out
    assert fresh(notification).state == "processed"


def test_a_replay_checks_neither_age_nor_signature_again(shop: Shop, provider: Provider) -> None:
    order = paid_checkout(shop, provider)
    notification = PaymentNotification.objects.get()
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert process_notification(notification) == "processed"
    assert fresh(order).state == "validated"


def test_an_event_that_does_not_concern_us_is_ignored(shop: Shop, provider: Provider) -> None:
    checkout = shop.order()
    provider.forge(checkout.payment_info["payment_id"], "payment.processing", overrides={})
    body = b'{"id": "evt_1", "type": "payout.created", "data": {}}'
    notification = PaymentNotification.objects.create(
        backend="dummy", method="POST", path="/", body=body, is_authenticated=True
    )
    assert process_notification(notification) == "ignored"


def event_of_success(provider: Provider, reference: str) -> bytes:
    """Make the event that the provider would send had this payment been paid."""
    payment = {**provider.payment(reference), "status": "succeeded"}
    event = {"id": "evt_late", "type": "payment.succeeded", "data": {"payment": payment}}
    return json.dumps(event).encode()
