"""What happens at the same moment, on real connections, ends as if one had come first."""

import pytest
from tests.concurrency import at_once
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment

from joanie.core.models import Order
from joanie.payment.ledger.booking import book_failure, book_payment
from joanie.payment.models import Payment, ProformaInvoice, Transaction
from joanie.payment.services.abort import abort_order
from joanie.payment.services.refunds import refund_unusable_money, submit_refund


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


@pytest.mark.parametrize("copies", [2, 8])
def test_identical_successes_at_once_book_once(deaf_shop: Shop, copies: int) -> None:
    payment = last_payment(deaf_shop.order().order)
    results = at_once(*[lambda: book_success(payment)] * copies)
    assert results == [payment] * copies
    assert Transaction.objects.count() == 1
    assert ProformaInvoice.objects.count() == 1
    assert Order.objects.get().state == "validated"


def test_identical_notifications_at_once_book_once(shop: Shop, provider: Provider) -> None:
    checkout = shop.order()
    provider.instruct(notifications={"duplicate": 7})
    provider.pay(checkout.payment_info["url"])
    provider.deliver()
    assert fresh(checkout.order).state == "validated"
    assert Transaction.objects.count() == 1


def test_success_and_failure_at_once_end_paid(deaf_shop: Shop) -> None:
    payment = last_payment(deaf_shop.order().order)
    at_once(lambda: book_success(payment), lambda: book_decline(payment))
    assert fresh(payment).state == "succeeded"
    assert Order.objects.get().state == "validated"


def test_a_failure_after_the_success_changes_nothing(deaf_shop: Shop) -> None:
    payment = last_payment(deaf_shop.order().order)
    book_success(payment)
    book_decline(payment)
    assert fresh(payment).state == "succeeded"
    assert fresh(payment).failure_code == ""
    assert Order.objects.get().state == "validated"


def test_success_and_abort_at_once_lose_no_money(deaf_shop: Shop, provider: Provider) -> None:
    checkout = deaf_shop.order()
    payment = last_payment(checkout.order)
    provider.settle(payment.provider_reference, status="succeeded", notify=False)
    at_once(lambda: book_success(payment), lambda: abort_order(order=fresh(checkout.order)))
    assert fresh(payment).state == "succeeded"
    assert fresh(checkout.order).state == "validated"
    assert Transaction.objects.count() == 1


def test_two_orders_of_the_same_thing_at_once_are_one_order(deaf_shop: Shop) -> None:
    results = at_once(deaf_shop.order, deaf_shop.order, deaf_shop.order)
    assert not [result for result in results if isinstance(result, Exception)]
    assert Order.objects.count() == 1
    assert Payment.objects.count() == 3


def test_two_attempts_both_paid_give_the_second_back(shop: Shop, provider: Provider) -> None:
    order = shop.order().order
    first = last_payment(order)
    provider.fail("cancel_payment", "status", status=500)
    shop.pay(order)
    second = last_payment(order)
    assert (fresh(first).state, second.state) == ("pending", "pending")
    at_once(lambda: provider.pay(first.url), lambda: provider.pay(second.url))
    provider.deliver()
    assert fresh(order).state == "validated"
    assert Transaction.objects.count() == 2
    for refund in refund_unusable_money(order.pk):
        submit_refund(refund.pk)
    provider.deliver()
    invoice = order.proforma_invoices.get()
    assert (invoice.state, fresh(order).state) == ("paid", "validated")
    given_back = [
        provider.payment(each.provider_reference)["amount_refunded"] for each in (first, second)
    ]
    assert sorted(given_back) == [0, 12000]


def test_money_is_asked_back_once_however_many_workers_try(
    deaf_shop: Shop, provider: Provider
) -> None:
    order = deaf_shop.order().order
    payment = last_payment(order)
    abort_order(order=fresh(order))
    provider.settle(payment.provider_reference, status="succeeded", notify=False)
    book_success(payment)
    results = at_once(*[lambda: refund_unusable_money(order.pk)] * 4)
    requested = [refund for result in results for refund in result]
    assert len(requested) == 1
    at_once(*[lambda: submit_refund(requested[0].pk)] * 4)
    assert provider.payment(payment.provider_reference)["amount_refunded"] == 12000
    assert Transaction.objects.filter(kind="refund").count() == 1


def test_an_excess_goes_back_without_a_credit_note(deaf_shop: Shop, provider: Provider) -> None:
    order = deaf_shop.order().order
    payment = last_payment(order)
    provider.settle(
        payment.provider_reference,
        status="succeeded",
        notify=False,
        overrides={"amount": 15000},
    )
    book_payment(
        order_id=order.pk, backend="dummy", reference=payment.provider_reference, amount=150
    )
    assert fresh(payment).flag == "excess"
    (refund,) = refund_unusable_money(order.pk)
    assert str(refund.amount.amount) in {"30", "30.000"}
    assert submit_refund(refund.pk).state == "succeeded"
    assert order.proforma_invoices.count() == 1
    assert fresh(order).state == "validated"
