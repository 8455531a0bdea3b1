"""What happens to money at the same moment ends as if one had come first.

Busy is a fair answer to whoever does not get a lock in time: nothing was done, and it is asked
again.
"""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
from django.utils import timezone
from tests.concurrency import at_once, winners
from tests.provider import Provider
from tests.shop import SECRET, Shop, fresh, last_payment

from joanie.common.exceptions import Busy, JoanieError
from joanie.core.models import Order
from joanie.emulators.dummy.events import sign
from joanie.payment.exceptions import AbortPaymentFailed, OrderAlreadyBought, RefundTooLarge
from joanie.payment.ledger.booking import book_failure, book_payment
from joanie.payment.models import CreditCard, Payment, PaymentNotification, Refund, Transaction
from joanie.payment.services.abort import OrderNotAbortable, abort_order, expire_orders
from joanie.payment.services.intake import process_due_notifications
from joanie.payment.services.refunds import refund_payment, refund_unusable_money, submit_refund

Races = Iterator[Shop]


def book_success(payment: Payment) -> Payment:
    return book_payment(
        order_id=payment.order_id,
        backend=payment.backend,
        reference=payment.provider_reference,
        amount=payment.amount.amount,
    )


def book_decline(payment: Payment) -> Payment | None:
    return book_failure(
        order_id=payment.order_id,
        backend=payment.backend,
        reference=payment.provider_reference,
        code="declined",
    )


def pay_unheard(payment: Payment, provider: Provider) -> None:
    provider.settle(payment.provider_reference, status="succeeded", notify=False)


def paid(shop: Shop, provider: Provider) -> Payment:
    payment = last_payment(shop.order().order)
    pay_unheard(payment, provider)
    return book_success(payment)


def lines_of(order: Order) -> list[tuple[str, int]]:
    lines = Transaction.objects.filter(payment__order=order).order_by("created_on")
    return [(line.kind, int(line.total.amount)) for line in lines]


def give_back_what_is_unusable(order: Order) -> None:
    for refund in refund_unusable_money(order.pk):
        submit_refund(refund.pk)


def test_sixteen_deliveries_of_one_event_over_http(
    each_time: Races, shop: Shop, provider: Provider
) -> None:
    url = f"{shop.base_url}/api/v1.0/payments/notifications/dummy/"
    for learner in each_time:
        payment = last_payment(learner.order().order)
        wire = provider.settle(payment.provider_reference, status="succeeded", notify=False)
        event = {"id": f"evt_{payment.pk}", "type": "payment.succeeded", "data": {"payment": wire}}
        body = json.dumps(event).encode()
        headers = {
            "Dummy-Signature": sign(SECRET, body, int(time.time())),
            "Content-Type": "application/json",
        }
        answers = at_once(
            *[partial(httpx.post, url, content=body, headers=headers, timeout=30)] * 16
        )
        assert {answer.status_code for answer in winners(answers)} <= {200, 202}
        process_due_notifications(timezone.now() + timedelta(hours=1))
        assert PaymentNotification.objects.get(event_id=event["id"]).state == "processed"
        assert lines_of(payment.order) == [("payment", 120)]
        assert fresh(payment.order).state == "validated"
        assert payment.order.proforma_invoices.count() == 1


def test_the_same_success_eight_times(each_time: Races) -> None:
    for learner in each_time:
        payment = last_payment(learner.order().order)
        assert set(winners(at_once(*[partial(book_success, payment)] * 8), Busy)) == {payment}
        assert lines_of(payment.order) == [("payment", 120)]
        assert fresh(payment.order).state == "validated"


def test_success_and_failure(each_time: Races) -> None:
    for learner in each_time:
        payment = last_payment(learner.order().order)
        winners(at_once(partial(book_success, payment), partial(book_decline, payment)))
        assert (fresh(payment).state, fresh(payment).failure_code) == ("succeeded", "")
        assert fresh(payment.order).state == "validated"


def test_success_and_abort_where_the_provider_has_the_money(
    each_time: Races, provider: Provider
) -> None:
    for learner in each_time:
        payment = last_payment(learner.order().order)
        pay_unheard(payment, provider)
        results = at_once(
            partial(book_success, payment), partial(abort_order, order=fresh(payment.order))
        )
        winners(results, AbortPaymentFailed, OrderNotAbortable)
        assert fresh(payment).state == "succeeded"
        assert fresh(payment.order).state == "validated"
        assert lines_of(payment.order) == [("payment", 120)]


def test_a_learner_who_pays_and_one_tab_that_aborts(each_time: Races, provider: Provider) -> None:
    """The provider decides between the two; whatever it has is booked, or goes back."""
    for learner in each_time:
        payment = last_payment(learner.order().order)
        results = at_once(
            partial(provider.pay, payment.url), partial(abort_order, order=fresh(payment.order))
        )
        winners(results, AbortPaymentFailed, OrderNotAbortable)
        if provider.payment(payment.provider_reference)["status"] == "succeeded":
            book_success(payment)
        give_back_what_is_unusable(payment.order)
        wire = provider.payment(payment.provider_reference)
        has_money = wire["status"] == "succeeded" and wire["amount_refunded"] == 0
        assert fresh(payment.order).state == ("validated" if has_money else "canceled")


def test_success_and_expiry(each_time: Races, provider: Provider) -> None:
    for learner in each_time:
        payment = last_payment(learner.order().order)
        pay_unheard(payment, provider)
        in_two_days = timezone.now() + timedelta(days=2)
        winners(at_once(partial(book_success, payment), partial(expire_orders, in_two_days)))
        assert fresh(payment).state == "succeeded"
        assert fresh(payment.order).state == "validated"
        assert lines_of(payment.order) == [("payment", 120)]


def test_two_refunds_of_the_same_money(each_time: Races, provider: Provider) -> None:
    for learner in each_time:
        payment = paid(learner, provider)
        ask = [
            partial(refund_payment, payment=payment, amount=payment.amount, reason=reason)
            for reason in ("Asked by mail", "Asked by telephone")
        ]
        (refund,) = winners(at_once(*ask), RefundTooLarge)
        winners(at_once(*[partial(submit_refund, refund.pk)] * 4))
        assert provider.payment(payment.provider_reference)["amount_refunded"] == 12000
        assert lines_of(payment.order) == [("payment", 120), ("refund", -120)]
        assert fresh(payment.order).state == "refunded"


def test_parts_of_the_same_money_do_not_exceed_it(each_time: Races, provider: Provider) -> None:
    for learner in each_time:
        payment = paid(learner, provider)
        half = payment.amount * 6 / 10
        ask = [partial(refund_payment, payment=payment, amount=half, reason="")] * 4
        (refund,) = winners(at_once(*ask), RefundTooLarge)
        assert submit_refund(refund.pk).state == "succeeded"
        assert lines_of(payment.order) == [("payment", 120), ("refund", -72)]


def test_money_that_is_unusable_is_asked_back_once(each_time: Races, provider: Provider) -> None:
    for learner in each_time:
        order = learner.order().order
        payment = last_payment(order)
        abort_order(order=fresh(order))
        pay_unheard(payment, provider)
        book_success(payment)
        results = winners(at_once(*[partial(refund_unusable_money, order.pk)] * 4))
        (refund,) = [refund for result in results for refund in result]
        winners(at_once(*[partial(submit_refund, refund.pk)] * 4))
        assert provider.payment(payment.provider_reference)["amount_refunded"] == 12000
        assert lines_of(order) == [("payment", 120), ("refund", -120)]


def test_three_tabs_that_order_the_same(each_time: Races) -> None:
    for learner in each_time:
        results = winners(at_once(learner.order, learner.order, learner.order))
        (order,) = {checkout.order for checkout in results}
        assert (fresh(order).state, order.payments.count()) == ("pending", 3)


def test_two_tabs_that_pay_the_same_order_pay_it_once(
    each_time: Races, provider: Provider
) -> None:
    for learner in each_time:
        order = learner.order().order
        winners(at_once(*[partial(learner.pay, order)] * 2), JoanieError)
        attempts = [*order.payments.all()]
        at_once(*[partial(provider.pay, attempt.url) for attempt in attempts])
        for attempt in attempts:
            if provider.payment(attempt.provider_reference)["status"] == "succeeded":
                book_success(attempt)
        give_back_what_is_unusable(order)
        assert fresh(order).state == "validated"
        assert sum(amount for _, amount in lines_of(order)) == 120
        assert sum(kept_at(provider, attempt) for attempt in attempts) == 12000


def test_two_tabs_with_a_saved_card_charge_it_once(
    each_time: Races, card: CreditCard, provider: Provider
) -> None:
    for somewhere in each_time:
        learner = Shop(somewhere.base_url, owner=card.owner)
        winners(at_once(*[partial(learner.one_click, card)] * 3), JoanieError)
        order = Order.objects.get(product=learner.product)
        assert fresh(order).state == "validated"
        assert lines_of(order) == [("payment", 120)]
        charged = [
            wire for attempt in order.payments.all() for wire in provider.payments(attempt.pk)
        ]
        assert [wire["status"] for wire in charged].count("succeeded") == 1


def test_two_attempts_that_are_both_paid_over_http(
    each_time: Races, shop: Shop, provider: Provider
) -> None:
    for somebody in each_time:
        learner = Shop(shop.base_url, owner=somebody.owner)
        order = learner.order().order
        provider.fail("cancel_payment", "status", status=500)
        learner.pay(order)
        attempts = [*order.payments.all()]
        at_once(*[partial(provider.pay, attempt.url) for attempt in attempts])
        provider.deliver()
        process_due_notifications(timezone.now() + timedelta(hours=1))
        at_once(*[partial(give_back_what_is_unusable, order)] * 2)
        provider.deliver()
        assert fresh(order).state == "validated"
        assert sorted(kept_at(provider, attempt) for attempt in attempts) == [0, 12000]
        assert Refund.objects.filter(payment__order=order).count() == 1


def kept_at(provider: Provider, payment: Payment) -> int:
    """Say what the provider keeps of a payment, in minor units."""
    wire: dict[str, Any] = provider.payment(payment.provider_reference)
    return int(wire["amount"] - wire["amount_refunded"]) if wire["status"] == "succeeded" else 0


def test_who_was_paid_already_is_told_so(each_time: Races, provider: Provider) -> None:
    for learner in each_time:
        payment = last_payment(learner.order().order)
        pay_unheard(payment, provider)
        results = at_once(partial(book_success, payment), learner.order)
        winners(results, OrderAlreadyBought)
        assert fresh(payment.order).state == "validated"
        assert [kind for kind, _ in lines_of(payment.order)] == ["payment"]
