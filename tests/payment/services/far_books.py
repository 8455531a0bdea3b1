"""A provider whose books are in memory: tests write into them what no notification tells."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from joanie.common.money import Money
from joanie.core.factories import OrderFactory
from joanie.core.models import Order
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.types import Attempt, Capability, ProviderPayment
from joanie.payment.enums import PaymentState
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Payment
from joanie.payment.services.reconciliation import Report, reconcile_payments

LATER = timedelta(minutes=6)
A_DAY = timedelta(days=1)


class FarBooks:
    """What the provider has, by its reference. An exception is raised in place of an answer."""

    def __init__(self) -> None:
        self.payments: dict[str, ProviderPayment | Exception] = {}
        self.is_listing_broken_after: int | None = None
        self.asked: list[str] = []
        self.when_asked: Callable[[], object] | None = None

    def write(
        self, payment: Payment, state: str = "succeeded", amount: Money | None = None, **more: Any
    ) -> None:
        """Give the provider's side of a payment of ours."""
        reference = payment.provider_reference or f"far_{payment.pk}"
        self.payments[reference] = ProviderPayment(
            reference, PaymentState(state), amount or payment.amount, **more
        )

    def change(self, payment: Payment, **changes: Any) -> None:
        known = self.payments[payment.provider_reference]
        assert isinstance(known, ProviderPayment)
        self.payments[payment.provider_reference] = replace(known, **changes)


books = FarBooks()


class FarBackend(BasePaymentBackend):
    name = "far"
    capabilities = frozenset({Capability.RETRIEVE, Capability.FIND, Capability.LIST})

    def retrieve_payment(self, payment_id: str) -> ProviderPayment | None:
        books.asked.append(payment_id)
        found = books.payments.get(payment_id)
        if books.when_asked is not None:
            books.when_asked()
        if isinstance(found, Exception):
            raise found
        return found

    def find_payment(self, attempt: Attempt) -> ProviderPayment | None:
        return self.retrieve_payment(f"far_{attempt.id}")

    def list_payments(self, since: datetime) -> Iterator[ProviderPayment]:
        understood = [each for each in books.payments.values() if not isinstance(each, Exception)]
        for number, payment in enumerate(understood):
            if number == books.is_listing_broken_after:
                raise ConnectionError("The second page never came")
            yield payment

    def create_payment(self, order, billing_address):  # type: ignore[no-untyped-def]
        raise NotImplementedError

    def create_one_click_payment(self, order, billing_address, credit_card_token):  # type: ignore[no-untyped-def]
        raise NotImplementedError

    def handle_notification(self, request):  # type: ignore[no-untyped-def]
        raise NotImplementedError

    def delete_credit_card(self, credit_card):  # type: ignore[no-untyped-def]
        raise NotImplementedError

    def abort_payment(self, payment_id):  # type: ignore[no-untyped-def]
        raise NotImplementedError


class NearBackend(FarBackend):
    """The same books, without a list."""

    capabilities = frozenset({Capability.RETRIEVE, Capability.FIND})


def attempt(reference: str = "pay_1", order: Order | None = None, **changes: Any) -> Payment:
    payment: Payment = PaymentFactory(
        order=order or OrderFactory(),
        provider_reference=reference,
        state="pending" if reference else "created",
        **{"backend": "far", **changes},
    )
    return payment


def compare_all(**options: Any) -> Report:
    """Compare everything of the last day, once notifications should have come."""
    return reconcile_payments(timezone.now() + LATER, since=timezone.now() - A_DAY, **options)


def told(report: Report) -> list[tuple[str, str]]:
    return [(line.finding.kind.value, line.state.value) for line in report.lines]


def moved_by(report: Report) -> list[uuid.UUID]:
    return [change.payment_id for change in report.changed]
