"""how-money-moves.md §5: what the learner gets, and what is left behind."""

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings
from tests.payment.services.far_books import moved_by
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment

from joanie.common.exceptions import JoanieError, ProviderRejected, ProviderUnavailable
from joanie.common.money import Money
from joanie.core.factories import ProductFactory
from joanie.core.models import Order
from joanie.payment.exceptions import CreatePaymentFailed
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import (
    CreditCard,
    NotificationRejection,
    Payment,
    PaymentNotification,
    Refund,
)
from joanie.payment.services.abort import abort_order
from joanie.payment.services.card_setup import CardSetupRequest, start_card_setup
from joanie.payment.services.credit_cards import delete_card, forget_card
from joanie.payment.services.pull import pull_payment
from joanie.payment.services.reconciliation import reconcile_payments
from joanie.payment.services.refunds import refund_payment, submit_refund

DOWN = [
    ("status", {"status": 500}),
    ("status", {"status": 429}),
    ("html", {"status": 200}),
    ("html", {"status": 502}),
    ("reset", {}),
    ("timeout_before", {"seconds": 3}),
]


def test_a_refused_creation_fails_the_attempt_and_the_order(
    deaf_shop: Shop, provider: Provider
) -> None:
    deaf_shop.product = ProductFactory(price=Money("1000.04", "EUR"))
    with pytest.raises(CreatePaymentFailed) as refusal:
        deaf_shop.order()
    order = Order.objects.get()
    assert refusal.value.context["order_id"] == order.pk
    assert refusal.value.context["failure_code"] == "declined"
    assert (order.state, last_payment(order).state) == ("failed", "failed")


@pytest.mark.parametrize("status", [400, 401, 403, 422])
def test_a_wrong_key_or_request_fails_the_attempt_and_is_ours_to_mend(
    deaf_shop: Shop, provider: Provider, status: int
) -> None:
    provider.fail("create_payment", "status", status=status)
    with pytest.raises(ProviderRejected) as refusal:
        deaf_shop.order()
    order = Order.objects.get()
    assert refusal.value.context["order_id"] == order.pk
    assert (order.state, last_payment(order).failure_code) == ("failed", "provider_error")
    assert deaf_shop.order().order == order


@pytest.mark.parametrize(("mode", "details"), DOWN)
def test_a_provider_that_is_down_leaves_an_attempt_for_the_pull(
    deaf_shop: Shop, provider: Provider, mode: str, details: dict[str, int]
) -> None:
    provider.fail("create_payment", mode, **details)
    with pytest.raises(ProviderUnavailable) as refusal:
        deaf_shop.order()
    order = Order.objects.get()
    assert refusal.value.context["order_id"] == order.pk
    payment = last_payment(order)
    assert (order.state, payment.state, payment.provider_reference) == ("pending", "created", "")
    again = deaf_shop.order()
    assert again.order == order
    assert again.payment_info["url"]


@pytest.mark.parametrize("mode", ["timeout_after", "reset_after"])
def test_a_creation_whose_answer_was_lost_is_found_by_the_pull(
    deaf_shop: Shop, provider: Provider, mode: str
) -> None:
    details = {"seconds": 3} if mode == "timeout_after" else {}
    provider.fail("create_payment", mode, **details)
    with pytest.raises(ProviderUnavailable):
        deaf_shop.order()
    payment = Payment.objects.get()
    provider.pay(provider.payments(payment.pk)[0]["url"])
    assert moved_by(reconcile_payments(timezone.now() + timedelta(minutes=6))) == [payment.pk]
    assert fresh(payment.order).state == "validated"


def test_a_creation_that_never_happened_expires(deaf_shop: Shop, provider: Provider) -> None:
    provider.fail("create_payment", "timeout_before", seconds=3)
    with pytest.raises(ProviderUnavailable):
        deaf_shop.order()
    Payment.objects.update(created_on=timezone.now() - timedelta(minutes=20))
    reconcile_payments()
    assert Payment.objects.get().state == "expired"
    assert Order.objects.get().state == "failed"
    deaf_shop.order()
    assert Order.objects.get().state == "pending"


def test_a_status_that_nobody_knows_is_never_read_as_unpaid(
    deaf_shop: Shop, provider: Provider
) -> None:
    payment = last_payment(deaf_shop.order().order)
    provider.settle(
        payment.provider_reference, status="succeeded", overrides={"status": "teleported"}
    )
    later = timezone.now() + timedelta(minutes=6)
    assert reconcile_payments(later).changed == []
    assert fresh(payment).state == "pending"
    provider.settle(payment.provider_reference, status="succeeded", overrides={})
    assert moved_by(reconcile_payments(later + timedelta(minutes=6))) == [payment.pk]
    assert fresh(payment.order).state == "validated"


@pytest.mark.parametrize(
    "overrides",
    [{"amount": -12000}, {"amount": 0}, {"amount": "many"}, {"currency": "???"}, {"amount": None}],
)
def test_an_absurd_amount_is_kept_for_people(
    shop: Shop, provider: Provider, overrides: dict[str, object]
) -> None:
    checkout = shop.order()
    reference = checkout.payment_info["payment_id"]
    answer = provider.forge(
        reference, "payment.succeeded", overrides={"status": "succeeded", **overrides}
    )
    assert answer["status"] == 202
    assert fresh(checkout.order).state == "pending"
    assert not checkout.order.proforma_invoices.exists()


# How a call goes wrong, and what the emulator is told to make it so.
FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "time-out before": ("timeout_before", {"seconds": 1.2}),
    "time-out after": ("timeout_after", {"seconds": 1.2}),
    "reset before": ("reset", {}),
    "reset after": ("reset_after", {}),
    "status 500": ("status", {"status": 500}),
    "status 429": ("status", {"status": 429}),
    "web page": ("html", {}),
    "other currency": ("lie", {"overrides": {"currency": "JPY"}}),
    "negative amount": ("lie", {"overrides": {"amount": -12000}}),
    "unknown status": ("lie", {"overrides": {"status": "teleported"}}),
}
# Which call goes wrong, and how; what the caller gets; what is left here; and after another try.
# ProviderProtocolError is ProviderUnavailable too: the outcome is unknown. Money in another
# currency is booked, flagged, and validates nothing.
MATRIX = """
create    time-out before   ProviderUnavailable    created pending     created pending
create    time-out after    ProviderUnavailable    created pending     pending pending
create    reset before      ProviderUnavailable    created pending     created pending
create    reset after       ProviderUnavailable    created pending     pending pending
create    status 500        ProviderUnavailable    created pending     created pending
create    status 429        ProviderUnavailable    created pending     created pending
create    web page          ProviderProtocolError  created pending     created pending
create    other currency    ProviderProtocolError  created pending     pending pending
create    negative amount   ProviderProtocolError  created pending     pending pending
create    unknown status    ProviderProtocolError  created pending     pending pending
charge    time-out before   ProviderUnavailable    created pending     created pending
charge    time-out after    ProviderUnavailable    created pending     succeeded validated
charge    reset before      ProviderUnavailable    created pending     created pending
charge    reset after       ProviderUnavailable    created pending     succeeded validated
charge    status 500        ProviderUnavailable    created pending     created pending
charge    status 429        ProviderUnavailable    created pending     created pending
charge    web page          ProviderProtocolError  created pending     created pending
charge    other currency    ProviderProtocolError  created pending     succeeded validated
charge    negative amount   ProviderProtocolError  created pending     succeeded validated
charge    unknown status    ProviderProtocolError  created pending     succeeded validated
retrieve  time-out before   ProviderUnavailable    pending pending     succeeded validated
retrieve  time-out after    ProviderUnavailable    pending pending     succeeded validated
retrieve  reset before      ProviderUnavailable    pending pending     succeeded validated
retrieve  reset after       ProviderUnavailable    pending pending     succeeded validated
retrieve  status 500        ProviderUnavailable    pending pending     succeeded validated
retrieve  status 429        ProviderUnavailable    pending pending     succeeded validated
retrieve  web page          ProviderProtocolError  pending pending     succeeded validated
retrieve  other currency    -                      succeeded pending   succeeded pending
retrieve  negative amount   ProviderProtocolError  pending pending     succeeded validated
retrieve  unknown status    ProviderProtocolError  pending pending     succeeded validated
refund    time-out before   ProviderUnavailable    requested refunding  succeeded refunded
refund    time-out after    ProviderUnavailable    requested refunding  succeeded refunded
refund    reset before      ProviderUnavailable    requested refunding  succeeded refunded
refund    reset after       ProviderUnavailable    requested refunding  succeeded refunded
refund    status 500        ProviderUnavailable    requested refunding  succeeded refunded
refund    status 429        ProviderUnavailable    requested refunding  succeeded refunded
refund    web page          ProviderProtocolError  requested refunding  succeeded refunded
refund    other currency    RefundPaymentFailed    requested refunding  succeeded refunded
refund    negative amount   ProviderProtocolError  requested refunding  succeeded refunded
refund    unknown status    ProviderProtocolError  requested refunding  succeeded refunded
abort     time-out before   ProviderUnavailable    pending pending     canceled canceled
abort     time-out after    ProviderUnavailable    pending pending     canceled canceled
abort     reset before      ProviderUnavailable    pending pending     canceled canceled
abort     reset after       ProviderUnavailable    pending pending     canceled canceled
abort     status 500        ProviderUnavailable    pending pending     canceled canceled
abort     status 429        ProviderUnavailable    pending pending     canceled canceled
abort     web page          ProviderProtocolError  pending pending     canceled canceled
abort     unknown status    ProviderProtocolError  pending pending     canceled canceled
forget    time-out before   ProviderUnavailable    deleting  gone
forget    time-out after    ProviderUnavailable    deleting  gone
forget    reset before      ProviderUnavailable    deleting  gone
forget    reset after       ProviderUnavailable    deleting  gone
forget    status 500        ProviderUnavailable    deleting  gone
forget    status 429        ProviderUnavailable    deleting  gone
forget    web page          ProviderProtocolError  deleting  gone
set up    time-out before   ProviderUnavailable    nothing   nothing
set up    time-out after    ProviderUnavailable    nothing   nothing
set up    reset before      ProviderUnavailable    nothing   nothing
set up    reset after       ProviderUnavailable    nothing   nothing
set up    status 500        ProviderUnavailable    nothing   nothing
set up    status 429        ProviderUnavailable    nothing   nothing
set up    web page          ProviderProtocolError  nothing   nothing
"""
ROWS = [re.split(" {2,}", line.strip()) for line in MATRIX.strip().splitlines()]


class Call:
    """One thing that is asked of a provider: ``act`` and ``again`` call, ``left`` tells."""

    operation: str

    def __init__(self, shop: Shop, provider: Provider) -> None:
        self.shop, self.provider = shop, provider
        self.prepare()

    def prepare(self) -> None:
        """Nothing has to be there before."""

    def act(self) -> None:
        raise NotImplementedError

    def again(self) -> None:
        self.act()

    def left(self) -> str:
        payment = Payment.objects.latest("created_on")
        return f"{payment.state} {payment.order.state}"

    def pay(self) -> Payment:
        payment = last_payment(self.shop.order().order)
        self.provider.pay(payment.url)
        return payment


class Create(Call):
    operation = "create_payment"

    def act(self) -> None:
        self.shop.order()

    def again(self) -> None:
        pull_payment(Payment.objects.latest("created_on"))


class Charge(Create):
    def prepare(self) -> None:
        self.card = save_card_unheard(self.shop, self.provider)
        self.shop.product = ProductFactory()

    def act(self) -> None:
        self.shop.one_click(self.card)


class Retrieve(Call):
    operation = "retrieve_payment"

    def prepare(self) -> None:
        self.payment = self.pay()

    def act(self) -> None:
        pull_payment(fresh(self.payment))


class GiveBack(Call):
    operation = "refund_payment"

    def prepare(self) -> None:
        payment = pull_payment(self.pay())
        self.refund = refund_payment(payment=payment, amount=payment.amount, reason="")

    def act(self) -> None:
        submit_refund(self.refund.pk)

    def left(self) -> str:
        refund = Refund.objects.select_related("payment__order").get(pk=self.refund.pk)
        return f"{refund.state} {refund.payment.order.state}"


class Abort(Call):
    operation = "cancel_payment"

    def prepare(self) -> None:
        self.order = self.shop.order().order

    def act(self) -> None:
        abort_order(order=fresh(self.order))


class Forget(Call):
    operation = "delete_card"

    def prepare(self) -> None:
        self.card = save_card_unheard(self.shop, self.provider)
        delete_card(card=self.card)

    def act(self) -> None:
        forget_card(self.card.pk)

    def left(self) -> str:
        card = CreditCard.objects.filter(pk=self.card.pk).first()
        return card.state if card else "gone"


class SetUp(Call):
    operation = "create_card_setup"

    def act(self) -> None:
        request = CardSetupRequest(
            base_url=self.shop.base_url, language="en", payment_method="dummy"
        )
        assert start_card_setup(owner=self.shop.owner, request=request)["url"]

    def left(self) -> str:
        return "something" if CreditCard.objects.exists() else "nothing"


CALLS: dict[str, type[Call]] = {
    "create": Create,
    "charge": Charge,
    "retrieve": Retrieve,
    "refund": GiveBack,
    "abort": Abort,
    "forget": Forget,
    "set up": SetUp,
}


def save_card_unheard(shop: Shop, provider: Provider) -> CreditCard:
    """Save a card in a shop that notifications do not reach."""
    payment = last_payment(shop.order(save_card=True).order)
    provider.pay(payment.url, save_card=True)
    pull_payment(payment)
    return CreditCard.objects.get(owner=shop.owner)


@pytest.mark.parametrize("call", CALLS)
def test_whatever_goes_wrong_with_a_call_is_mended_by_the_next(
    deaf_shop: Shop, provider: Provider, settings: Settings, call: str
) -> None:
    settings.JOANIE = {**settings.JOANIE, "PROVIDER_TIMEOUT": 1}
    expected = [row[1:] for row in ROWS if row[0] == call]
    seen = []
    for fault, *_ in expected:
        asked = CALLS[call](Shop(deaf_shop.base_url), provider)
        mode, details = FAULTS[fault]
        provider.fail(asked.operation, mode, **details)
        seen.append([fault, outcome_of(asked.act), asked.left()])
        asked.again()
        seen[-1].append(asked.left())
    assert seen == expected
    assert [*verify_ledger()] == []


def test_every_fault_is_tried_with_every_call_that_it_can_spoil() -> None:
    spared = {("abort", "other currency"), ("abort", "negative amount")}
    lies = {fault for fault, (mode, _) in FAULTS.items() if mode == "lie"}
    spared |= {(call, lie) for call in ("forget", "set up") for lie in lies}
    assert {(row[0], row[1]) for row in ROWS} == {*product(CALLS, FAULTS)} - spared


def outcome_of(act: Callable[[], None]) -> str:
    """Give the name of the error that it raises, one of ours."""
    try:
        act()
    except JoanieError as error:
        return type(error).__name__
    return "-"


@pytest.mark.parametrize("seconds", [-600, 600])
def test_a_clock_that_is_ten_minutes_off_costs_nothing_but_time(
    shop: Shop, provider: Provider, seconds: int
) -> None:
    """Its clock or ours: the difference is what counts."""
    provider.instruct(clock_is_off=seconds)
    checkout = shop.order()
    provider.pay(checkout.payment_info["url"])
    (sent,) = provider.deliver()
    assert {attempt["status"] for attempt in sent["attempts"]} == {400}
    assert NotificationRejection.objects.get().count == len(sent["attempts"])
    assert not PaymentNotification.objects.exists()
    assert fresh(checkout.order).state == "pending"
    pull_payment(last_payment(checkout.order))
    assert fresh(checkout.order).state == "validated"


def test_a_clock_that_is_put_right_is_believed_at_the_next_try(
    shop: Shop, provider: Provider
) -> None:
    provider.instruct(clock_is_off=600)
    checkout = shop.order()
    provider.pay(checkout.payment_info["url"])
    provider.deliver()
    provider.instruct()
    (sent,) = provider.deliver()
    provider.http.post(f"/control/events/{sent['id']}/resend")
    provider.deliver()
    assert fresh(checkout.order).state == "validated"


@pytest.mark.parametrize("seconds", [-600, 600])
def test_our_own_clock_that_is_ten_minutes_off_books_money_once(
    deaf_shop: Shop, provider: Provider, seconds: int
) -> None:
    checkout = deaf_shop.order()
    provider.pay(checkout.payment_info["url"])
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=True):
        pull_payment(last_payment(checkout.order))
    pull_payment(last_payment(checkout.order))
    assert fresh(checkout.order).state == "validated"
    assert checkout.order.proforma_invoices.get().transactions.count() == 1
