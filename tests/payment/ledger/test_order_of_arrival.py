"""Whatever the order in which a provider's news arrive, and however often, they end alike."""

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import pytest
from tests.payment.ledger.books import (
    charge_back,
    fail,
    give_back,
    invoice_of,
    pay,
    state_of,
    take_back,
    update,
    win_back,
)

from joanie.common.money import Money
from joanie.core.models import Order
from joanie.payment.exceptions import RefundPaymentFailed, RegisterPaymentFailed
from joanie.payment.factories import PaymentFactory
from joanie.payment.ledger.balance import Balance
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import Payment, Refund

pytestmark = pytest.mark.django_db

Event = Callable[[Order], Any]

PRICES = [Money("120.00", "EUR"), Money("15000", "JPY"), Money("12.345", "KWD")]
NEWS: dict[str, Event] = {
    "pay_1 failed": fail,
    "pay_1 processing": lambda order: update(order, "processing"),
    "pay_1 expired": lambda order: update(order, "expired"),
    "pay_1 paid": pay,
    "pay_1 paid too much": lambda order: pay(order, order.total.amount + 1),
    "pay_2 paid": lambda order: pay(order, reference="pay_2"),
    "one back": lambda order: give_back(order, 1, "re_1"),
    "the rest back": lambda order: give_back(order, order.total.amount - 1, "re_2"),
    "all back": lambda order: give_back(order, reference="re_3"),
    "50 paid": lambda order: pay(order, 50, "pay_1"),
    "the other 70 paid": lambda order: pay(order, 70, "pay_2"),
    "disputed": charge_back,
    "half disputed": lambda order: charge_back(order, order.total.amount / 2, "dp_2"),
    "lost": lambda order: charge_back(order, is_lost=True),
    "won": lambda order: win_back(order, amount=order.total.amount),
    "all back failed": lambda order: take_back(order, "re_3", amount=order.total.amount),
}
# What arrives, and the states of the order, of its invoice and of its attempts in the end.
ENDS = """
    pay_1 failed, pay_1 paid, all back                  refunded   refunded            succeeded
    pay_1 paid, pay_1 paid, all back, all back          refunded   refunded            succeeded
    pay_1 failed, pay_1 paid, one back                  validated  partially_refunded  succeeded
    pay_1 failed, pay_1 paid, one back, the rest back   refunded   refunded            succeeded
    pay_1 processing, pay_1 expired, pay_1 paid         validated  paid                succeeded
    pay_1 paid too much, one back                       validated  paid                succeeded
    pay_1 failed, pay_1 paid, all back, all back failed  validated  paid               succeeded
    50 paid, one back, the other 70 paid        validated  partially_refunded  succeeded,succeeded
    pay_1 failed, pay_1 paid, disputed           refunded   refunded            succeeded
    pay_1 failed, pay_1 paid, lost               refunded   refunded            reversed
    pay_1 paid, disputed, lost                   refunded   refunded            reversed
    pay_1 paid, disputed, won                    validated  paid                succeeded
    pay_1 paid, one back, disputed, won          validated  partially_refunded  succeeded
    pay_1 paid, all back, disputed               refunded   refunded            succeeded
    pay_1 paid, all back, disputed, won          refunded   refunded            succeeded
    pay_1 paid, half disputed, one back          validated  partially_refunded  succeeded
    pay_1 paid, one back, disputed, lost         refunded   refunded            reversed
    pay_1 paid, all back, disputed, all back failed  refunded  refunded         succeeded
    pay_1 failed, pay_2 paid, one back           validated  partially_refunded  failed,succeeded
    pay_1 failed, pay_2 paid, all back           refunded   refunded            failed,succeeded
"""
EVERY_ORDER = [
    pytest.param(arrival, *end, id=" → ".join(arrival))
    for news, *end in (line.strip().rsplit(maxsplit=3) for line in ENDS.strip().splitlines())
    for arrival in sorted(set(permutations(news.split(", "))))
]


def _deliver(order: Order, arrival: Sequence[str]) -> None:
    """Give each piece of news once; what cannot be booked yet comes again, as in the inbox."""
    waiting = []
    for name in arrival:
        try:
            NEWS[name](order)
        except (RefundPaymentFailed, RegisterPaymentFailed):
            waiting.append(name)
    assert len(waiting) < len(arrival)
    if waiting:
        _deliver(order, waiting)


def _states(order: Order) -> tuple[str, str, str]:
    attempts = Payment.objects.order_by("provider_reference").values_list("state", flat=True)
    return state_of(order), invoice_of(order).state, ",".join(attempts)


@pytest.mark.parametrize(("arrival", "order_state", "invoice_state", "attempts"), EVERY_ORDER)
def test_every_order_of_arrival_ends_alike(
    arrival: Sequence[str], order_state: str, invoice_state: str, attempts: str
) -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    if "failed" in attempts:
        PaymentFactory(order=order, provider_reference="pay_2")
    _deliver(order, arrival)
    assert _states(order) == (order_state, invoice_state, attempts)
    assert [*verify_ledger()] == []


@pytest.mark.parametrize("price", PRICES, ids=str)
@pytest.mark.parametrize("arrival", [*permutations(["pay_1 failed", "pay_1 paid", "all back"])])
def test_it_does_in_every_currency(arrival: Sequence[str], price: Money) -> None:
    order = PaymentFactory(order__total=price, provider_reference="pay_1").order
    _deliver(order, arrival)
    assert _states(order) == ("refunded", "refunded", "succeeded")
    assert Balance.of(order).moved == 0


@pytest.mark.parametrize("arrival", [*permutations(["all back", "all back failed"])])
@pytest.mark.parametrize("state", ["requested", "pending"])
def test_a_refund_of_ours_that_failed_in_the_end_has_failed(
    arrival: Sequence[str], state: str
) -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    payment = pay(order)
    Refund.objects.create(
        payment=payment, amount=order.total, state=state, provider_reference="re_3"
    )
    _deliver(order, arrival)
    assert Refund.objects.get().state == "failed"
    assert _states(order) == ("validated", "paid", "succeeded")
    assert Balance.of(order).moved == order.total.amount
