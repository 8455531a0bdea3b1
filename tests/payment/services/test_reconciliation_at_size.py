"""Thousands of payments, two runs at once, and the emulator: reconciliation at its real size."""

import tracemalloc
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings
from tests.concurrency import at_once
from tests.payment.ledger.books import pay
from tests.payment.services import far_books
from tests.payment.services.far_books import (
    A_DAY,
    LATER,
    FarBooks,
    attempt,
    compare_all,
    moved_by,
    told,
)
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment
from tests.statements import captured_statements, listing

from joanie.common.money import Money
from joanie.core.factories import OrderFactory
from joanie.payment.backends.dummy.client import DummyClient
from joanie.payment.backends.types import ProviderPayment
from joanie.payment.enums import PaymentState
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import Difference, Payment, Refund, Transaction
from joanie.payment.services.reconciliation import reconcile_payments
from joanie.payment.services.reconciliation.account import BATCH
from joanie.payment.tasks import reconcile_lately


@pytest.fixture
def books(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FarBooks:
    backends = {
        "far": {"backend": "tests.payment.services.far_books.FarBackend"},
        "near": {"backend": "tests.payment.services.far_books.NearBackend"},
    }
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": backends}
    books = FarBooks()
    monkeypatch.setattr(far_books, "books", books)
    return books


def agree(books: FarBooks, count: int, alias: str) -> None:
    """Have both sides know the same failed payments, of one order."""
    order = OrderFactory()
    known = Payment.objects.count()
    for payment in Payment.objects.bulk_create(
        Payment(
            order=order,
            backend=alias,
            provider_reference=f"pay_{known + number}",
            state="failed",
            amount=order.total,
            language="en",
        )
        for number in range(count)
    ):
        books.write(payment, "failed")


def statements_of_a_run(alias: str) -> list[str]:
    with captured_statements() as statements:
        compare_all(alias=alias)
    return statements


@pytest.mark.django_db
@pytest.mark.parametrize("alias", ["far", "near"])
def test_what_is_the_same_costs_no_statement_of_its_own(books: FarBooks, alias: str) -> None:
    agree(books, 2, alias)
    few = statements_of_a_run(alias)
    agree(books, BATCH - 2, alias)
    many = statements_of_a_run(alias)
    assert len(many) == len(few), listing(many)


@pytest.mark.django_db
def test_unknown_money_is_written_down_many_at_a_time(books: FarBooks) -> None:
    for number in range(BATCH):
        reference = f"pay_{number}"
        books.payments[reference] = ProviderPayment(
            reference, PaymentState.SUCCEEDED, Money(7, "EUR")
        )
    assert len(statements_of_a_run("far")) < 15
    assert Difference.objects.count() == BATCH
    assert len(statements_of_a_run("far")) < 15


@pytest.mark.django_db
def test_two_thousand_payments_are_compared_in_little_memory(books: FarBooks) -> None:
    agree(books, 2000, "far")
    tracemalloc.start()
    report = compare_all(alias="far")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (report.compared, report.lines) == (2000, [])
    assert peak < 10_000_000


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_book_once_and_write_one_row(books: FarBooks) -> None:
    for number in range(5):
        books.write(attempt(f"pay_{number}"))
    books.payments["pay_9"] = ProviderPayment("pay_9", PaymentState.SUCCEEDED, Money(7, "EUR"))
    at_once(compare_all, compare_all)
    assert Transaction.objects.count() == 5
    assert Difference.objects.filter(state="healed").count() == 5
    assert Difference.objects.filter(state="open").count() == 1
    assert not list(verify_ledger())


@pytest.mark.django_db(transaction=True)
def test_a_notification_that_comes_at_that_moment_is_booked_once(books: FarBooks) -> None:
    payment = attempt()
    books.write(payment)
    at_once(compare_all, lambda: pay(payment.order, backend="far"))
    assert fresh(payment).state == "succeeded"
    assert Transaction.objects.count() == 1


def test_a_lost_refund_of_an_old_payment_is_found_by_the_list(
    deaf_shop: Shop, provider: Provider
) -> None:
    payment = last_payment(deaf_shop.order().order)
    provider.pay(payment.url)
    reconcile_payments(timezone.now() + LATER)
    Payment.objects.update(created_on=timezone.now() - timedelta(days=90))
    provider.refund_from_dashboard(payment.provider_reference, 3000)
    assert ("refund", "healed") in told(compare_all(alias="dummy"))
    assert Refund.objects.get().amount == Money(30, "EUR")


def test_each_night_compares_the_last_days(deaf_shop: Shop, provider: Provider) -> None:
    payment = last_payment(deaf_shop.order().order)
    provider.pay(payment.url)
    Payment.objects.update(created_on=timezone.now() - timedelta(hours=1))
    reconcile_lately(timestamp=0)
    assert fresh(payment).state == "succeeded"


def test_the_provider_is_listed_page_by_page(
    deaf_shop: Shop, provider: Provider, settings: Settings
) -> None:
    bodies = {
        "amount": 100,
        "currency": "EUR",
        "description": "x",
        "return_url": "http://x.example",
        "cancel_url": "http://x.example",
        "notification_url": "http://127.0.0.1:9",
    }
    for number in range(102):
        response = provider.http.post("/v1/payments", json={**bodies, "reference": str(number)})
        assert response.status_code == 201
    client = DummyClient(settings.JOANIE["PAYMENT_BACKENDS"]["dummy"]["configuration"])
    listed = [each["reference"] for each in client.list_payments(timezone.now() - A_DAY)]
    assert listed == [str(number) for number in range(102)]
    assert not list(client.list_payments(timezone.now() + A_DAY))


def test_a_provider_that_goes_down_in_the_middle_is_reported(
    deaf_shop: Shop, provider: Provider
) -> None:
    for _ in range(2):
        provider.pay(last_payment(Shop(deaf_shop.base_url).order().order).url)
    fault = {"operation": "retrieve_payment", "mode": "status", "status": 503}
    provider.instruct(api={"fail": [fault]})
    report = compare_all()
    assert [each.alias for each in report.unasked] == ["dummy"]
    assert not report.changed
    provider.instruct()
    assert len(compare_all().changed) == 2


def test_a_status_that_nobody_knows_does_not_stop_the_list(
    deaf_shop: Shop, provider: Provider
) -> None:
    odd, other = (last_payment(Shop(deaf_shop.base_url).order().order) for _ in range(2))
    provider.settle(odd.provider_reference, status="succeeded", overrides={"status": "teleported"})
    provider.pay(other.url)
    report = compare_all()
    assert moved_by(report) == [other.pk]
    assert told(report) == [("notification_lost", "healed"), ("state", "open")]
    assert fresh(odd).state == "pending"
