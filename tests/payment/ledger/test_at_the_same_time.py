"""Eight bookings at the same moment."""

import pytest
from django.db import transaction
from pytest_django import Settings
from tests.concurrency import at_once
from tests.payment.ledger.books import (
    fail,
    give_back,
    invoice_of,
    lines_of,
    notes_of,
    pay,
    state_of,
)

from joanie.core.factories import OrderFactory, OrganizationFactory
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Payment, ProformaInvoice, Refund

pytestmark = pytest.mark.usefixtures("transactional_db")

THREADS = 8


@pytest.fixture(autouse=True)
def _patient(settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 30}


def test_numbers_have_no_gap_and_no_double() -> None:
    seller = OrganizationFactory(code="UNI")
    orders = OrderFactory.create_batch(3 * THREADS, organization=seller)

    def issue(first: int) -> None:
        for number in range(first, len(orders), THREADS):
            pay(orders[number], reference=f"pay_{number}")

    at_once(*(lambda first=first: issue(first) for first in range(THREADS)))
    references = ProformaInvoice.objects.order_by("reference").values_list("reference", flat=True)
    numbers = [int(reference.rpartition("-")[2]) for reference in references]
    assert numbers == [*range(1, 3 * THREADS + 1)]


def test_a_booking_that_is_rolled_back_leaves_no_gap() -> None:
    first, second = OrderFactory.create_batch(2, organization=OrganizationFactory())
    with transaction.atomic():
        pay(first)
        transaction.set_rollback(True)
    pay(second)
    assert invoice_of(second).reference.endswith("-000001")


def test_the_same_payment_eight_times_is_booked_once() -> None:
    payment = PaymentFactory(state="created", provider_reference="")
    booked = at_once(*[lambda: pay(payment.order)] * THREADS)
    assert booked == [payment] * THREADS
    assert lines_of(payment.order) == [("payment", 120)]
    assert ProformaInvoice.objects.count() == 1


def test_the_same_refund_eight_times_is_booked_once() -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    pay(order)
    booked = at_once(*[lambda: give_back(order, "20.00")] * THREADS)
    assert booked == [Refund.objects.get()] * THREADS
    assert len(notes_of(order)) == 1


def test_eight_parts_given_back_at_once_do_not_exceed_the_payment() -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    pay(order)
    at_once(*(lambda n=n: give_back(order, "15.00", f"re_{n}") for n in range(THREADS)))
    assert sum(amount for _, amount in lines_of(order)) == 0
    assert (state_of(order), invoice_of(order).state) == ("refunded", "refunded")


def test_a_success_and_a_failure_at_once_end_in_success() -> None:
    payment = PaymentFactory(provider_reference="pay_1")
    at_once(*[lambda: pay(payment.order), lambda: fail(payment.order)] * (THREADS // 2))
    assert Payment.objects.get().state == "succeeded"
    assert state_of(payment.order) == "validated"
