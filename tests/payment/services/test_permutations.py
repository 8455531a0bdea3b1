"""Whatever the order in which a provider tells things, and however often, they end the same.

The state that a set of events ends in is computed from the set, before any order is tried.
"""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import transaction
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from joanie.common.money import Money, from_minor_units, to_minor_units
from joanie.core.factories import OrderFactory
from joanie.core.models import Order
from joanie.emulators.dummy.events import SIGNATURE_HEADER, sign
from joanie.payment.factories import PaymentFactory
from joanie.payment.ledger.balance import Balance
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import Payment, PaymentNotification, ProformaInvoice, Transaction
from joanie.payment.services.intake import (
    process_due_notifications,
    receive_notification,
)
from joanie.payment.services.refunds import refund_unusable_money

SECRET = "what the provider signs with"
EVENTS = (
    "processing",
    "succeeded",
    "failed",
    "refunded_in_part",
    "refunded",
    "late_success",
)
REFUNDS = ("refunded_in_part", "refunded")


@pytest.fixture(autouse=True)
def _account(settings: Settings) -> None:
    entry = {
        "backend": "joanie.payment.backends.dummy.DummyPaymentBackend",
        "configuration": {"secret": SECRET},
    }
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": {"dummy": entry}}


@dataclass(frozen=True)
class Told:
    """One event of the provider about one payment."""

    name: str
    payment: Payment

    def deliver(self) -> None:
        """Bring it over HTTP's threshold, signed now."""
        body = json.dumps(self._event()).encode()
        request = RequestFactory().post(
            "/api/v1.0/payments/notifications/dummy/",
            body,
            content_type="application/json",
            headers={SIGNATURE_HEADER: sign(SECRET, body, int(time.time()))},
        )
        receive_notification("dummy", request)

    def _event(self) -> dict[str, Any]:
        reference = self.payment.provider_reference
        payment = {
            "id": reference,
            "status": "succeeded",
            "reference": str(self.payment.pk),
            "failure_code": "",
            **wire(self.payment.amount),
        }
        refund = None
        if self.name in REFUNDS:
            kind = "refund.succeeded"
            refund = {
                "id": f"re_{self.name}_{reference}",
                "status": "succeeded",
                **wire(given_back(self.payment.amount, self.name)),
            }
        else:
            status = "succeeded" if self.name == "late_success" else self.name
            kind = f"payment.{status}"
            payment |= {
                "status": status,
                "failure_code": "declined" if status == "failed" else "",
            }
        return {
            "id": f"evt_{self.name}_{reference}",
            "type": kind,
            "data": {"payment": payment, "refund": refund},
        }


def given_back(paid: Money, event: str) -> Money:
    """Two fifths first, and what is left of it after them."""
    part = from_minor_units(to_minor_units(paid) * 2 // 5, str(paid.currency))
    return part if event == "refunded_in_part" else paid - part


def wire(money: Money) -> dict[str, Any]:
    return {"amount": to_minor_units(money), "currency": str(money.currency)}


@dataclass(frozen=True)
class End:
    """Where an order stands. ``kept``: what came and did not go back."""

    order: str
    payment: str
    failure_code: str
    invoice: str | None
    kept: Money
    documents: int
    transactions: int
    waiting: int

    @classmethod
    def implied_by(cls, events: Iterable[str], price: Money) -> "End":
        """Compute it from the set alone."""
        told = set(events)
        nothing = price * 0
        refunds = [name for name in REFUNDS if name in told]
        if not told & {"succeeded", "late_success"}:
            payment = next((name for name in ("failed", "processing") if name in told), "pending")
            order = "failed" if payment == "failed" else "pending"
            code = "declined" if payment == "failed" else ""
            # The refunds wait for the payment that they are of.
            return cls(order, payment, code, None, nothing, 0, 0, len(refunds))
        kept = price - sum((given_back(price, name) for name in refunds), nothing)
        invoice = {price: "paid", nothing: "refunded"}.get(kept, "partially_refunded")
        return cls(
            order="validated" if kept > nothing else "refunded",
            payment="succeeded",
            failure_code="",
            invoice=invoice,
            kept=kept,
            documents=1 + len(refunds),
            transactions=1 + len(refunds),
            waiting=0,
        )

    @classmethod
    def of(cls, payment_id: object) -> "End":
        payment = Payment.objects.select_related("order").get(pk=payment_id)
        invoice = ProformaInvoice.objects.main().filter(order=payment.order).first()
        return cls(
            order=payment.order.state,
            payment=payment.state,
            failure_code=payment.failure_code,
            invoice=invoice.state if invoice else None,
            kept=Money(Balance.of(payment.order).moved, payment.order.total.currency),
            documents=ProformaInvoice.objects.count(),
            transactions=Transaction.objects.count(),
            waiting=PaymentNotification.objects.filter(state="failed").count(),
        )


@contextmanager
def undone() -> Iterator[None]:
    """Forget what was written, so that the next order of events finds the same shop."""
    around = transaction.atomic()
    around._from_testcase = True  # type: ignore[attr-defined]  # as Django marks a test's own
    with around:
        yield
        transaction.set_rollback(True)


def take_up_what_waits() -> None:
    process_due_notifications(now=timezone.now() + timedelta(hours=1))


def explore(payment: Payment, told: tuple[str, ...]) -> int:
    """Check where ``told`` ends, then each order of events that begins so; count them.

    What came before is told again after each event.
    """
    with undone():
        take_up_what_waits()
        assert End.of(payment.pk) == End.implied_by(told, payment.amount), told
        assert not list(verify_ledger()), told
    checked = 1
    for name in EVENTS:
        if name not in told:
            with undone():
                for each in (name, *told[-1:]):
                    Told(each, payment).deliver()
                checked += explore(payment, (*told, name))
    return checked


@pytest.mark.django_db
@pytest.mark.parametrize("first", EVENTS)
def test_every_order_of_every_set_of_events_ends_where_the_set_says(first: str) -> None:
    payment = PaymentFactory()
    Told(first, payment).deliver()
    assert explore(payment, (first,)) == 1 + 5 + 5 * 4 + 5 * 4 * 3 + 5 * 4 * 3 * 2 * 2


@pytest.mark.django_db
@pytest.mark.parametrize("price", [Money(1001, "JPY"), Money("0.013", "KWD")], ids=str)
def test_so_it_does_in_currencies_of_no_and_of_three_decimals(price: Money) -> None:
    payment = PaymentFactory(order=OrderFactory(total=price))
    events = ("succeeded", "failed", *REFUNDS)
    expected = End.implied_by(events, price)
    for order_of_events in permutations(events):
        with undone():
            for name in order_of_events:
                Told(name, payment).deliver()
            take_up_what_waits()
            assert End.of(payment.pk) == expected, order_of_events


@pytest.mark.django_db
@pytest.mark.parametrize("first_state", ["pending", "failed", "canceled", "expired"])
def test_a_second_success_for_an_abandoned_attempt_is_given_back(first_state: str) -> None:
    abandoned = PaymentFactory(state=first_state)
    latest = PaymentFactory(order=abandoned.order)
    told = [
        Told("late_success", abandoned),
        *(Told(name, latest) for name in ("processing", "succeeded", "failed")),
    ]
    for order_of_events in permutations(told):
        with undone():
            for each in order_of_events * 2:
                each.deliver()
            (refund,) = refund_unusable_money(abandoned.order_id)
            assert refund.amount == abandoned.order.total
            assert Order.objects.get().state == "validated", order_of_events
            assert Transaction.objects.count() == 2
            assert ProformaInvoice.objects.count() == 1
            assert Payment.objects.exclude(flag="").get() == refund.payment
            assert not list(verify_ledger()), order_of_events
