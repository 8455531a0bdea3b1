"""Giving up an order, in time and too late."""

from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment

from joanie.common.exceptions import ProviderUnavailable
from joanie.common.money import Money
from joanie.core.models import Order
from joanie.payment.exceptions import AbortPaymentFailed, PaymentOutcomeUnknown
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Payment, Refund
from joanie.payment.services import abort, retirement
from joanie.payment.services.abort import OrderNotAbortable, abort_order, expire_orders
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
