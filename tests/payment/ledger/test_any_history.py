"""Whatever happens to an order, its ledger adds up, and hearing it all again changes nothing."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.payment.ledger.books import (
    charge_back,
    fail,
    give_back,
    lines_of,
    notes_of,
    pay,
    take_back,
    update,
    win_back,
)

from joanie.core.models import Order
from joanie.payment.exceptions import RefundPaymentFailed
from joanie.payment.factories import PaymentFactory
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import Payment, Refund, Transaction

Event = tuple[Callable[..., Any], dict[str, Any]]


def _give_up(order: Order) -> None:
    """Cancel it, as an abort or its expiry does."""
    Order.objects.filter(pk=order.pk, state__in=["pending", "failed"]).update(state="canceled")


def _events(call: Callable[..., Any], **arguments: Any) -> st.SearchStrategy[Event]:
    return st.tuples(st.just(call), st.fixed_dictionaries(arguments))


payments = st.sampled_from(["pay_1", "pay_2", "pay_3"])
refunds = st.sampled_from(["re_1", "re_2", "re_3"])
disputes = st.sampled_from(["dp_1", "dp_2"])
histories = st.lists(
    st.one_of(
        _events(
            pay,
            reference=payments,
            amount=st.sampled_from(["50.00", "70.00", "120.00", "120.01"]),
            currency=st.sampled_from(["EUR", "EUR", "EUR", "USD"]),
        ),
        _events(
            give_back,
            reference=refunds,
            amount=st.sampled_from(["0.01", "50.00", "70.00", "120.00"]),
            payment_reference=st.none() | payments,
        ),
        _events(
            take_back,
            reference=refunds,
            amount=st.sampled_from([None, "50.00", "120.00"]),
            payment_reference=st.none() | payments,
        ),
        _events(
            charge_back,
            reference=disputes,
            amount=st.sampled_from(["0.01", "50.00", "120.00", "130.00"]),
            payment_reference=st.none() | payments,
            is_lost=st.booleans(),
        ),
        _events(
            win_back,
            reference=disputes,
            amount=st.sampled_from([None, "50.00", "120.00"]),
            payment_reference=st.none() | payments,
        ),
        _events(fail, reference=payments, code=st.just("declined")),
        _events(update, reference=payments, state=st.sampled_from(["canceled", "expired"])),
        st.just((_give_up, {})),
    ),
    max_size=12,
)


def _hear(order: Order, events: list[Event]) -> list[Event]:
    """Book a history; give the part that could be booked."""
    booked = []
    for call, arguments in events:
        try:
            outcome = call(order, **arguments)
        except RefundPaymentFailed:
            continue
        if outcome is not None:
            booked.append((call, arguments))
    return booked


def _without_chargebacks(order: Order) -> Decimal:
    """Give what came and was not refunded: only banks may take more than that."""
    lines = Transaction.objects.filter(payment__order=order, is_suspense=False)
    refunds_and_payments = lines.exclude(kind__startswith="chargeback")
    return sum((line.total.amount for line in refunds_and_payments), Decimal(0))


def _books(order: Order) -> Any:
    return (
        Order.objects.values_list("state").get(pk=order.pk),
        [*Payment.objects.order_by("pk").values_list("pk", "state", "failure_code", "flag")],
        [*Refund.objects.order_by("pk").values_list("pk", "state", "amount")],
        [(note.reference, note.total.amount) for note in notes_of(order)],
        lines_of(order),
    )


@pytest.mark.django_db
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(histories)
def test_any_history_adds_up_and_can_be_told_twice(events: list[Event]) -> None:
    with transaction.atomic():
        order = PaymentFactory(provider_reference="pay_1").order
        booked = _hear(order, events)
        assert [*verify_ledger()] == []
        assert _without_chargebacks(order) >= 0
        books = _books(order)
        _hear(order, booked)
        assert _books(order) == books
        transaction.set_rollback(True)
