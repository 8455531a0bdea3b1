"""How a story ends: everything arrives, everything is done, and both sides have the same books."""

from collections import Counter
from datetime import timedelta

from procrastinate.contrib.django.models import ProcrastinateJob
from tests.system.stateful.books import Books, came, sum_by_payment
from tests.system.stateful.world import World

from joanie.common.money import Money, from_minor_units
from joanie.core.enums import GRANTING_ORDER_STATES, PAYABLE_ORDER_STATES
from joanie.core.models import Order
from joanie.emulators.dummy.wire import payment_as_json
from joanie.emulators.kit.acquirer.records import Payment as TheirPayment
from joanie.emulators.kit.acquirer.status import PaymentStatus, RefundStatus
from joanie.payment.enums import (
    OPEN_PAYMENT_STATES,
    OPEN_REFUND_STATES,
    CardState,
    NotificationState,
    PaymentFlag,
    RefundOrigin,
    RefundState,
)
from joanie.payment.ledger.balance import Balance
from joanie.payment.models import Difference, PaymentNotification
from joanie.payment.services.intake import process_notification
from joanie.payment.services.reconciliation import reconcile_payments
from joanie.payment.tasks import DOCUMENTS

A_WHILE = timedelta(minutes=11)
A_DAY = timedelta(hours=25)
ENOUGH = 30
SETTLED = (NotificationState.PROCESSED, NotificationState.IGNORED)


def bring_to_an_end(world: World, books: Books) -> None:
    """Let the provider make up its mind, everything arrive, and unpaid orders expire."""
    world.come_up()
    world.instruct(refunds="succeeded")
    _decide_what_is_open_there(world)
    _wait_until_quiet(world)
    world.wait(A_DAY)
    world.worker.keep_the_night()
    _wait_until_quiet(world)
    books.check()


def _wait_until_quiet(world: World) -> None:
    for _ in range(ENOUGH):
        _let_everything_arrive(world)
        world.wait(A_WHILE)
        world.worker.keep_the_hour()
        report = reconcile_payments(since=world.beginning)
        assert not report.unasked
        assert not report.failures
        world.worker.work()
        world.post.collect()
        if is_quiet(world):
            return
    raise AssertionError("It never ends")


def is_quiet(world: World) -> bool:
    return not (
        world.post.waiting
        or ProcrastinateJob.objects.exclude(queue_name=DOCUMENTS).exclude(status="failed").exists()
        or PaymentNotification.objects.exclude(state__in=SETTLED).exists()
    )


def _decide_what_is_open_there(world: World) -> None:
    for payment in world.state.all_payments():
        if payment.status is PaymentStatus.PROCESSING:
            form = {"status": "succeeded"}
            world.provider.http.post(f"/dashboard/payments/{payment.id}/complete", data=form)
        for refund in payment.refunds:
            if refund.status is RefundStatus.PENDING:
                form = {"status": "succeeded"}
                world.provider.http.post(f"/dashboard/refunds/{refund.id}/settle", data=form)


def _let_everything_arrive(world: World) -> None:
    world.post.collect()
    for letter in [*world.post.waiting]:
        world.post.bring(letter)
    for dead in PaymentNotification.objects.filter(state=NotificationState.DEAD):
        process_notification(dead)


def check_books_of_both(world: World, books: Books) -> None:
    """To the last minor unit, in both directions."""
    theirs = {payment.id: payment for payment in world.state.all_payments()}
    ours = {each.provider_reference: each for each in books.payments if each.provider_reference}
    assert theirs.keys() == ours.keys()
    took = {reference for reference, each in theirs.items() if each.status == "succeeded"}
    assert came(books.lines) == took
    sums = sum_by_payment(books.lines)
    for reference in took:
        assert sums[ours[reference].pk] == kept(theirs[reference]), reference
    their_refunds = {
        refund.id: refund.status for payment in theirs.values() for refund in payment.refunds
    }
    our_refunds = {
        refund.provider_reference: refund.state
        for refund in books.refunds
        if refund.origin != RefundOrigin.BANK and refund.provider_reference
    }
    assert our_refunds == their_refunds
    # Whatever was asked for was made once.
    asked = Counter(each.reference for each in theirs.values())
    asked += Counter(
        refund.reference
        for payment in theirs.values()
        for refund in payment.refunds
        if refund.reference
    )
    assert set(asked.values()) <= {1}
    assert asked.keys() <= {str(each.pk) for each in (*books.payments, *books.refunds)}


def kept(payment: TheirPayment) -> Money:
    """What the provider took and still has for us; less than nothing when the bank took twice."""
    lost = sum(each.amount for each in payment.disputes if each.status != "won")
    amount = payment_as_json(payment)["amount"] - payment.amount_refunded - lost
    return from_minor_units(amount, payment.currency)


def check_nothing_is_left(books: Books) -> None:
    """Nothing is under way; whoever paid has the course, or the money, or somebody's attention."""
    assert not ProcrastinateJob.objects.filter(status="failed").exists()
    assert not [each for each in books.payments if each.state in OPEN_PAYMENT_STATES]
    assert not [each for each in books.refunds if each.state in OPEN_REFUND_STATES]
    assert not [each for each in books.cards if each.state == CardState.DELETING]
    assert not Difference.objects.filter(state="open").exists()
    for order in books.orders:
        _check_where_the_money_is(order, books)


def _check_where_the_money_is(order: Order, books: Books) -> None:
    refused = [
        each
        for each in books.refunds
        if each.payment.order_id == order.pk
        and each.origin != RefundOrigin.BANK
        and each.state == RefundState.FAILED
    ]
    flags = {each.flag for each in books.payments if each.order_id == order.pk}
    balance = Balance.of(order)
    if order.state in PAYABLE_ORDER_STATES:
        assert PaymentFlag.SHORT in flags
    elif order.state in GRANTING_ORDER_STATES:
        assert balance.moved > 0 or order.is_free
        assert not balance.excess or refused
    else:
        assert balance.moved <= 0 or refused
    assert balance.moved >= 0 or any(flags)
