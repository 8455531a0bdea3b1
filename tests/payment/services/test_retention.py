"""What goes with time, and what never does."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app
from pytest_django import Settings
from tests.concurrency import at_once
from tests.payment.ledger.books import lines_of, pay, queued, state_of
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment
from tests.statements import captured_statements, listing

from joanie.common import retention as batches
from joanie.core.factories import OrderFactory
from joanie.payment import tasks
from joanie.payment.documents.storage import ensure_pdf
from joanie.payment.enums import MailKind, NotificationState
from joanie.payment.factories import PaymentFactory
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import Mail, NotificationRejection, Payment, PaymentNotification
from joanie.payment.services.abort import abort_order
from joanie.payment.services.intake import process_notification
from joanie.payment.services.retention import (
    NOTHING_PERSONAL,
    empty_attempts,
    forget_mails,
    forget_notifications,
    let_old_rows_go,
)

NOW = timezone.now()
YEAR = timedelta(days=366)
QUARTER = timedelta(days=91)


def aged(row: Any, age: timedelta, **changes: Any) -> Any:
    """Make a row as old as it says, and unchanged since."""
    moment = NOW - age
    type(row).objects.filter(pk=row.pk).update(
        **{"created_on": moment, "updated_on": moment, **changes}
    )
    return row


def notified(state: str = "processed", age: timedelta = QUARTER, **changes: Any) -> Any:
    row = PaymentNotification.objects.create(
        backend="dummy", method="POST", path="/", body=b"{}", state=state
    )
    return aged(row, age, **changes)


def mailed(age: timedelta = YEAR, **changes: Any) -> Any:
    order = OrderFactory()
    row = Mail.objects.create(
        kind=MailKind.ORDER_EXPIRED, key=str(order.pk), owner=order.owner, order=order
    )
    return aged(row, age, **changes)


def attempted(state: str = "failed", order_state: str = "canceled", **changes: Any) -> Any:
    payment = PaymentFactory(
        state=state,
        order__state=order_state,
        client_address="192.0.2.1",
        url="https://pay.example.org/1",
        return_url="https://shop.example.org/",
    )
    return aged(payment, changes.pop("age", YEAR), **changes)


def is_empty(payment: Payment) -> bool:
    return Payment.objects.filter(pk=payment.pk, **NOTHING_PERSONAL).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("state", NotificationState)
def test_notifications_go_once_they_are_settled(state: str) -> None:
    notified(state)
    is_settled = state in {"processed", "ignored"}
    assert forget_notifications(NOW) == is_settled
    assert PaymentNotification.objects.count() == (not is_settled)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "recent",
    [{"age": QUARTER - timedelta(days=2)}, {"updated_on": NOW}],
    ids=["received lately", "replayed lately"],
)
def test_notifications_stay_for_their_time(recent: Any) -> None:
    notified(**recent)
    assert forget_notifications(NOW) == 0


@pytest.mark.django_db
def test_counts_of_forged_notifications_go_with_them() -> None:
    for age in (QUARTER, timedelta(days=1)):
        NotificationRejection.objects.create(backend="dummy", day=(NOW - age).date(), count=3)
    assert forget_notifications(NOW) == 1
    assert NotificationRejection.objects.get().day == (NOW - timedelta(days=1)).date()


def test_a_duplicate_that_comes_after_its_row_went_books_nothing_twice(
    shop: Shop, provider: Provider
) -> None:
    checkout = shop.order()
    provider.pay(checkout.payment_info["url"])
    provider.deliver()
    again = PaymentNotification.objects.get(state="processed")
    assert forget_notifications(timezone.now() + QUARTER) == 1
    duplicate = PaymentNotification.objects.create(
        **{name: getattr(again, name) for name in ("backend", "event_id", "path", "method")},
        headers=again.headers,
        body=again.body,
    )
    assert process_notification(duplicate) == "processed"
    assert [kind for kind, _ in lines_of(checkout.order)] == ["payment"]
    assert state_of(checkout.order) == "validated"
    assert list(verify_ledger()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["failed", "canceled", "expired"])
@pytest.mark.parametrize("order_state", ["canceled", "validated", "refunding", "refunded"])
def test_attempts_of_an_order_that_is_over_lose_what_is_personal(
    state: str, order_state: str
) -> None:
    payment = attempted(state, order_state)
    assert empty_attempts(NOW) == 1
    assert is_empty(payment)
    assert (fresh(payment).state, fresh(payment).updated_on) == (state, NOW - YEAR)
    assert empty_attempts(NOW) == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "attempt",
    [
        {"state": "created"},
        {"state": "pending"},
        {"state": "processing"},
        {"state": "succeeded"},
        {"state": "reversed"},
        {"flag": "late"},
        {"order_state": "pending"},
        {"order_state": "failed"},
        {"age": timedelta(days=364)},
    ],
    ids=str,
)
def test_attempts_that_somebody_may_need_stay_as_they_are(attempt: Any) -> None:
    payment = attempted(**attempt)
    assert empty_attempts(NOW) == 0
    assert not is_empty(payment)


def test_money_that_comes_for_an_emptied_attempt_is_booked_and_goes_back(
    shop: Shop, provider: Provider
) -> None:
    order = shop.order().order
    payment = last_payment(order)
    abort_order(order=fresh(order))
    provider.deliver()
    assert empty_attempts(timezone.now() + YEAR) == 1
    provider.settle(payment.provider_reference, status="succeeded")
    provider.deliver()
    assert (fresh(payment).state, fresh(payment).flag) == ("succeeded", "late")
    assert queued("joanie.payment.refund_unusable_money") == [{"order_id": str(order.pk)}]
    assert ensure_pdf(order.proforma_invoices.get().pk).pdf_sha256
    assert list(verify_ledger()) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "done", [{"sent_at": NOW - YEAR, "sent_to": "a@example.org"}, {"dropped_because": "Late."}]
)
def test_mails_go_once_they_are_sent_or_dropped(done: Any) -> None:
    mailed(**done)
    assert forget_mails(NOW) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "undone",
    [
        {},
        {"sent_at": NOW},
        {"sent_at": NOW - YEAR, "updated_on": NOW},
        {"sent_at": NOW - YEAR, "claimed_until": NOW + timedelta(minutes=1)},
        {"sent_at": NOW - YEAR, "age": timedelta(days=364)},
    ],
    ids=["waiting", "sent lately", "asked for again", "being sent", "young"],
)
def test_mails_that_are_not_done_with_stay(undone: Any) -> None:
    mailed(**undone)
    assert forget_mails(NOW) == 0


@pytest.mark.django_db
def test_settings_say_when_and_whether(settings: Settings) -> None:
    rows = [notified(), mailed(sent_at=NOW - YEAR), attempted()]
    settings.JOANIE = {**settings.JOANIE, "RETENTION_DAYS": None}
    assert set(let_old_rows_go(NOW).values()) == {0}
    settings.JOANIE = {**settings.JOANIE, "RETENTION_DAYS": {"notifications": 92}}
    assert let_old_rows_go(NOW) == {"notifications": 0, "mails": 1, "attempts": 1}
    assert fresh(rows[0])


@pytest.mark.django_db
def test_a_paid_order_keeps_all_that_it_was_paid_with() -> None:
    payment = pay(OrderFactory())
    let_old_rows_go(NOW + 10 * YEAR)
    assert fresh(payment).transactions.get().total == payment.amount
    assert list(verify_ledger()) == []


@pytest.mark.django_db
def test_a_batch_takes_2_statements_however_many_rows_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "BATCH", 10)
    for _ in range(25):
        notified()
    with captured_statements() as statements:
        assert forget_notifications(NOW) == 25
    three_batches = [sql for sql in statements if "set_config" not in sql and "CURSOR" not in sql]
    assert len(three_batches) <= 3 * 2 + 2, listing(statements)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_let_each_row_go_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 5)
    for _ in range(20):
        notified()
    counts = at_once(*[lambda: forget_notifications(NOW)] * 2)
    assert all(isinstance(count, int) for count in counts), counts
    assert sum(counts) <= 20
    forget_notifications(NOW)
    assert not PaymentNotification.objects.exists()


@pytest.mark.django_db
def test_the_work_is_done_every_night() -> None:
    notified(age=timedelta(days=400))
    tasks.let_old_rows_go(0)
    assert not PaymentNotification.objects.exists()
    assert "joanie.payment.let_old_rows_go" in {
        each.task.name for each in app.periodic_registry.periodic_tasks.values()
    }
