"""Giving up an order, in time and too late."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from tests.common.sql import execute
from tests.concurrency import at_once
from tests.payment.ledger.books import queued
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment

from joanie.common.exceptions import ProviderUnavailable
from joanie.common.money import Money
from joanie.core.models import Order
from joanie.core.signals import order_canceled
from joanie.payment.exceptions import AbortPaymentFailed, PaymentOutcomeUnknown
from joanie.payment.factories import PaymentFactory
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import Mail, Payment, Refund
from joanie.payment.services import abort, retirement
from joanie.payment.services.abort import (
    OrderNotAbortable,
    abort_order,
    abort_stray_attempts,
    expire_orders,
)
from joanie.payment.services.refunds import refund_unusable_money, submit_refund


def test_an_abort_reaches_the_provider(deaf_shop: Shop, provider: Provider) -> None:
    order = deaf_shop.order().order
    payment = last_payment(order)
    abort_order(order=fresh(order))
    assert fresh(order).state == "canceled"
    assert fresh(payment).state == "canceled"
    assert provider.payment(payment.provider_reference)["status"] == "canceled"


def test_an_abort_that_comes_too_late_brings_the_order_up_to_date(
    deaf_shop: Shop, provider: Provider
) -> None:
    checkout = deaf_shop.order()
    provider.pay(checkout.payment_info["url"])
    with pytest.raises(AbortPaymentFailed):
        abort_order(order=fresh(checkout.order))
    assert fresh(checkout.order).state == "validated"


def test_an_abort_while_the_provider_is_down_changes_nothing(
    deaf_shop: Shop, provider: Provider
) -> None:
    order = deaf_shop.order().order
    provider.fail("cancel_payment", "status", status=500)
    with pytest.raises(ProviderUnavailable):
        abort_order(order=fresh(order))
    assert fresh(order).state == "pending"
    assert last_payment(order).state == "pending"


@pytest.mark.parametrize("state", ["validated", "refunding", "refunded", "canceled"])
def test_an_order_that_is_settled_is_not_aborted(deaf_shop: Shop, state: str) -> None:
    order = deaf_shop.order().order
    type(order).objects.filter(pk=order.pk).update(
        state="canceled" if state == "canceled" else "validated"
    )
    for step in {"refunding": ["refunding"], "refunded": ["refunded"]}.get(state, []):
        type(order).objects.filter(pk=order.pk).update(state=step)
    with pytest.raises(OrderNotAbortable):
        abort_order(order=fresh(order))


def test_money_that_comes_after_the_abort_is_booked_and_goes_back(
    shop: Shop, provider: Provider
) -> None:
    order = shop.order().order
    payment = last_payment(order)
    abort_order(order=fresh(order))
    provider.settle(payment.provider_reference, status="succeeded")
    provider.deliver()
    assert (fresh(payment).state, fresh(payment).flag) == ("succeeded", "late")
    assert fresh(order).state == "canceled"
    for refund in refund_unusable_money(order.pk):
        submit_refund(refund.pk)
    assert provider.payment(payment.provider_reference)["amount_refunded"] == 12000
    invoice = order.proforma_invoices.main().get()
    assert invoice.state == "refunded"
    assert Refund.objects.get().origin == "automatic"
    assert fresh(order).state == "canceled"


def test_money_that_a_learner_who_gives_up_had_paid_in_part_goes_back(
    shop: Shop, provider: Provider
) -> None:
    checkout = shop.order()
    reference = checkout.payment_info["payment_id"]
    provider.settle(reference, status="succeeded", overrides={"amount": 100})
    provider.deliver()
    abort_order(order=fresh(checkout.order))
    jobs = ProcrastinateJob.objects.filter(task_name="joanie.payment.refund_unusable_money")
    assert jobs.exists()
    (refund,) = refund_unusable_money(checkout.order.pk)
    assert refund.amount == Money("1.00", "EUR")


def test_an_order_whose_card_is_being_charged_is_not_canceled(
    deaf_shop: Shop, provider: Provider
) -> None:
    order = deaf_shop.order().order
    PaymentFactory(order=order, method="one_click", state="created", provider_reference="")
    with pytest.raises(PaymentOutcomeUnknown):
        retirement.cancel_unpaid_order(order, lambda _: None)
    assert fresh(order).state == "pending"


def test_a_charge_through_an_account_that_is_gone_does_not_block_for_ever(
    deaf_shop: Shop,
) -> None:
    order = deaf_shop.order().order
    lost = PaymentFactory(order=order, backend="gone", method="one_click", state="processing")
    later = timezone.now() + timedelta(days=2)
    assert expire_orders(later) == 0
    Payment.objects.filter(pk=lost.pk).update(created_on=timezone.now() - timedelta(days=2))
    assert expire_orders(later) == 1
    assert fresh(order).state == "canceled"


def test_an_order_whose_creation_cannot_be_asked_about_is_not_canceled(
    deaf_shop: Shop, provider: Provider
) -> None:
    provider.fail("create_payment", "reset_after")
    with pytest.raises(ProviderUnavailable):
        deaf_shop.order()
    order = Order.objects.get()
    provider.fail("find_payment", "status", status=503)
    with pytest.raises(ProviderUnavailable):
        abort_order(order=order)
    assert fresh(order).state == "pending"
    abort_order(order=fresh(order))
    assert provider.payments(last_payment(order).pk)[0]["status"] == "canceled"


def test_orders_that_cannot_expire_do_not_keep_others_from_it(
    deaf_shop: Shop, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(abort, "EXPIRY_BATCH", 1)
    stuck = deaf_shop.order().order
    PaymentFactory(order=stuck, method="one_click", state="processing")
    other = Shop(deaf_shop.base_url).order().order
    later = timezone.now() + timedelta(days=2)
    assert [expire_orders(later), expire_orders(later)] == [0, 1]
    assert (fresh(stuck).state, fresh(other).state) == ("pending", "canceled")


def test_orders_that_nobody_paid_expire(deaf_shop: Shop, provider: Provider) -> None:
    order = deaf_shop.order().order
    reference = last_payment(order).provider_reference
    assert expire_orders(timezone.now() + timedelta(hours=23)) == 0
    assert expire_orders(timezone.now() + timedelta(hours=25)) == 1
    assert fresh(order).state == "canceled"
    assert Payment.objects.get().state == "expired"
    assert provider.payment(reference)["status"] == "canceled"


def test_an_order_paid_in_the_meantime_does_not_expire(
    deaf_shop: Shop, provider: Provider
) -> None:
    checkout = deaf_shop.order()
    provider.pay(checkout.payment_info["url"])
    assert expire_orders(timezone.now() + timedelta(days=2)) == 0
    assert fresh(checkout.order).state == "validated"


def test_an_order_whose_provider_is_down_expires_the_next_time(
    deaf_shop: Shop, provider: Provider
) -> None:
    order = deaf_shop.order().order
    provider.fail("cancel_payment", "reset")
    later = timezone.now() + timedelta(days=2)
    assert expire_orders(later) == 0
    assert fresh(order).state == "pending"
    assert expire_orders(later) == 1
    assert fresh(order).state == "canceled"


def test_an_order_with_money_under_review_does_not_expire(shop: Shop, provider: Provider) -> None:
    checkout = shop.order()
    reference = checkout.payment_info["payment_id"]
    provider.settle(reference, status="succeeded", overrides={"amount": 100})
    provider.deliver()
    assert expire_orders(timezone.now() + timedelta(days=2)) == 0
    assert fresh(checkout.order).state == "pending"


def in_two_days() -> datetime:
    return timezone.now() + timedelta(days=2)


def test_an_order_whose_attempt_failed_expires_and_its_learner_is_told(
    shop: Shop, provider: Provider
) -> None:
    checkout = shop.order()
    provider.pay(checkout.payment_info["url"], card="declined")
    provider.deliver()
    assert fresh(checkout.order).state == "failed"
    assert expire_orders(in_two_days()) == 1
    assert fresh(checkout.order).state == "canceled"
    assert Mail.objects.filter(kind="order_expired", order=checkout.order).count() == 1


def test_all_attempts_of_an_order_are_aborted_before_it_expires(
    deaf_shop: Shop, provider: Provider
) -> None:
    order = deaf_shop.order().order
    for _ in range(2):
        provider.fail("cancel_payment", "status", status=503)
        deaf_shop.pay(order)
    assert expire_orders(in_two_days()) == 1
    assert set(order.payments.values_list("state", flat=True)) == {"expired"}
    for payment in order.payments.all():
        assert provider.payment(payment.provider_reference)["status"] == "canceled"


def test_an_order_whose_account_is_gone_expires_and_its_attempt_stays_open(
    deaf_shop: Shop, provider: Provider, settings: Settings
) -> None:
    order = deaf_shop.order().order
    accounts = settings.JOANIE["PAYMENT_BACKENDS"]
    only_other = {"PAYMENT_BACKENDS": {"other": accounts["other"]}}
    settings.JOANIE = {**settings.JOANIE, **only_other, "DEFAULT_PAYMENT_BACKEND": "other"}
    assert expire_orders(in_two_days()) == 1
    assert (fresh(order).state, last_payment(order).state) == ("canceled", "pending")


def test_a_page_left_open_is_aborted_once_older_money_has_paid_the_order(
    shop: Shop, provider: Provider
) -> None:
    order = shop.order().order
    given_up = last_payment(order)
    shop.pay(order)
    left_open = last_payment(order)
    provider.settle(given_up.provider_reference, status="succeeded")
    provider.deliver()
    assert (fresh(order).state, fresh(left_open).state) == ("validated", "pending")
    abort_stray_attempts()
    assert fresh(left_open).state == "canceled"
    assert provider.payment(left_open.provider_reference)["status"] == "canceled"
    assert fresh(order).state == "validated"


def test_a_page_that_was_paid_before_it_could_be_aborted_is_booked(
    deaf_shop: Shop, provider: Provider
) -> None:
    checkout = deaf_shop.order()
    Order.objects.filter(pk=checkout.order.pk).update(state="canceled")
    provider.pay(checkout.payment_info["url"])
    abort_stray_attempts()
    payment = last_payment(checkout.order)
    assert (payment.state, payment.flag) == ("succeeded", "late")
    assert queued("joanie.payment.refund_unusable_money")


def test_pages_of_orders_that_wait_to_be_paid_are_left_open(deaf_shop: Shop) -> None:
    order = deaf_shop.order().order
    abort_stray_attempts()
    assert last_payment(order).state == "pending"


def test_a_stray_attempt_whose_provider_is_down_keeps_no_other_account_waiting(
    deaf_shop: Shop, provider: Provider, settings: Settings
) -> None:
    stuck = [Shop(deaf_shop.base_url).order().order for _ in range(2)]
    other = Shop(deaf_shop.base_url).order(payment_method="other").order
    Order.objects.update(state="canceled")
    accounts = settings.JOANIE["PAYMENT_BACKENDS"]
    nowhere = {"base_url": "http://127.0.0.1:9", "secret": "any"}
    down = {**accounts, "dummy": {**accounts["dummy"], "configuration": nowhere}}
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": down}
    abort_stray_attempts()
    assert last_payment(other).state == "canceled"
    assert {last_payment(order).state for order in stuck} == {"pending"}
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": accounts}
    abort_stray_attempts()
    assert {last_payment(order).state for order in stuck} == {"canceled"}


def test_a_provider_that_is_down_is_asked_once_and_keeps_no_other_orders_waiting(
    deaf_shop: Shop, provider: Provider, settings: Settings
) -> None:
    stuck = [Shop(deaf_shop.base_url).order().order for _ in range(4)]
    others = [Shop(deaf_shop.base_url).order(payment_method="other").order for _ in range(2)]
    accounts = settings.JOANIE["PAYMENT_BACKENDS"]
    nowhere = {"base_url": "http://127.0.0.1:9", "secret": "any"}
    down = {**accounts, "dummy": {**accounts["dummy"], "configuration": nowhere}}
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": down}
    assert expire_orders(in_two_days()) == 2
    assert {fresh(order).state for order in stuck} == {"pending"}
    assert {fresh(order).state for order in others} == {"canceled"}
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": accounts}
    assert expire_orders(in_two_days()) == 4


def test_an_attempt_begun_while_others_expire_is_not_aborted(
    deaf_shop: Shop, provider: Provider
) -> None:
    first = deaf_shop.order().order
    second_shop = Shop(deaf_shop.base_url)
    second = second_shop.order().order
    long_ago = timezone.now() - timedelta(days=2)
    # A trigger forbids it.
    execute("SET session_replication_role = replica")
    Order.objects.update(created_on=long_ago)
    execute("SET session_replication_role = DEFAULT")
    Payment.objects.update(created_on=long_ago)

    def pay_again(**_: Any) -> None:
        second_shop.pay(second)

    order_canceled.connect(pay_again)
    try:
        assert expire_orders() == 1
    finally:
        order_canceled.disconnect(pay_again)
    assert (fresh(first).state, fresh(second).state) == ("canceled", "pending")
    assert last_payment(second).state == "pending"


def test_an_order_paid_at_the_moment_when_it_expires_is_one_or_the_other(
    shop: Shop, provider: Provider
) -> None:
    checkout = shop.order()
    url = checkout.payment_info["url"]
    at_once(lambda: expire_orders(in_two_days()), lambda: provider.pay(url))
    provider.deliver()
    order, payment = fresh(checkout.order), last_payment(checkout.order)
    is_paid = provider.payment(payment.provider_reference)["status"] == "succeeded"
    assert (order.state, payment.state) in (
        {("validated", "succeeded"), ("canceled", "succeeded")}
        if is_paid
        else {("canceled", "expired"), ("canceled", "canceled")}
    )
    goes_back = bool(queued("joanie.payment.refund_unusable_money"))
    assert goes_back == (is_paid and order.state == "canceled")
    assert list(verify_ledger()) == []


def test_two_runs_at_once_expire_an_order_and_tell_of_it_once(
    deaf_shop: Shop, provider: Provider
) -> None:
    orders = [Shop(deaf_shop.base_url).order().order for _ in range(3)]
    runs = at_once(*[lambda: expire_orders(in_two_days())] * 2)
    assert not [run for run in runs if isinstance(run, Exception)]
    expire_orders(in_two_days())
    assert {fresh(order).state for order in orders} == {"canceled"}
    assert Mail.objects.filter(kind="order_expired").count() == len(orders)
