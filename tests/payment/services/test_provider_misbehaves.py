"""payments.md, “when the provider misbehaves”: what the learner gets, and what is left behind."""

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment

from joanie.common.exceptions import ProviderRejected, ProviderUnavailable
from joanie.common.money import Money
from joanie.core.factories import ProductFactory
from joanie.core.models import Order
from joanie.payment.exceptions import CreatePaymentFailed
from joanie.payment.models import Payment
from joanie.payment.services.reconciliation import reconcile_payments

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
    assert reconcile_payments(timezone.now() + timedelta(minutes=6)) == [payment]
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
    assert reconcile_payments(later) == []
    assert fresh(payment).state == "pending"
    provider.settle(payment.provider_reference, status="succeeded", overrides={})
    assert reconcile_payments(later + timedelta(minutes=6)) == [payment]
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
