"""Asking the provider: a lost notification never leaves a learner who paid without the course."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from tests.payment.services.far_books import moved_by
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment

from joanie.common.exceptions import ProviderUnavailable
from joanie.common.transactions import NetworkInTransaction
from joanie.payment.exceptions import RegisterPaymentFailed
from joanie.payment.ledger.booking import book_update
from joanie.payment.models import CreditCard, Payment, Refund
from joanie.payment.services.pull import pull_payment
from joanie.payment.services.reconciliation import reconcile_payments

LATER = timedelta(minutes=6)
DOWN = {"operation": "retrieve_payment", "mode": "status", "status": 503, "times": 1}


def test_a_lost_notification_is_healed(deaf_shop: Shop, provider: Provider) -> None:
    checkout = deaf_shop.order()
    provider.pay(checkout.payment_info["url"], save_card=True)
    assert reconcile_payments().changed == []
    assert [payment.state for payment in reconcile_payments(timezone.now() + LATER).changed] == [
        "succeeded"
    ]
    assert fresh(checkout.order).state == "validated"
    assert CreditCard.objects.get().owner == deaf_shop.owner


def test_pulling_again_changes_nothing(deaf_shop: Shop, provider: Provider) -> None:
    checkout = deaf_shop.order()
    provider.pay(checkout.payment_info["url"])
    for _ in range(2):
        pull_payment(last_payment(checkout.order))
    assert checkout.order.proforma_invoices.get().transactions.count() == 1
    assert CreditCard.objects.count() == 0


@pytest.mark.parametrize(
    ("outcome", "state", "code", "order_state"),
    [
        (
            {"status": "failed", "failure_code": "limit_exceeded"},
            "failed",
            "limit_exceeded",
            "failed",
        ),
        ({"status": "canceled"}, "canceled", "canceled", "failed"),
        ({"status": "expired"}, "expired", "expired", "failed"),
        ({"status": "processing"}, "processing", "", "pending"),
        ({"status": "requires_action"}, "pending", "", "pending"),
    ],
)
def test_what_the_provider_says_is_what_is_written(
    deaf_shop: Shop,
    provider: Provider,
    outcome: dict[str, str],
    state: str,
    code: str,
    order_state: str,
) -> None:
    order = deaf_shop.order().order
    payment = last_payment(order)
    provider.settle(payment.provider_reference, **outcome)
    pulled = pull_payment(payment)
    assert (pulled.state, pulled.failure_code) == (state, code)
    assert fresh(order).state == order_state


def test_a_state_that_cannot_be_told_is_not_booked(deaf_shop: Shop) -> None:
    payment = last_payment(deaf_shop.order().order)
    with pytest.raises(RegisterPaymentFailed):
        book_update(
            order_id=payment.order_id,
            backend="dummy",
            reference=payment.provider_reference,
            state="reversed",
        )


def test_refunds_of_the_dashboard_are_found_too(deaf_shop: Shop, provider: Provider) -> None:
    checkout = deaf_shop.order()
    payment = last_payment(checkout.order)
    provider.pay(payment.url)
    provider.refund_from_dashboard(payment.provider_reference, 3000)
    pull_payment(payment)
    assert Refund.objects.get().amount.amount == 30
    assert fresh(checkout.order).state == "validated"


def test_a_provider_that_is_down_changes_nothing(deaf_shop: Shop, provider: Provider) -> None:
    payment = last_payment(deaf_shop.order().order)
    provider.fail("retrieve_payment", "status", status=503)
    with pytest.raises(ProviderUnavailable):
        pull_payment(payment)
    assert fresh(payment).state == "pending"


def test_a_provider_that_is_down_is_asked_once_in_a_run(
    deaf_shop: Shop, provider: Provider
) -> None:
    down = last_payment(deaf_shop.order().order)
    other = Shop(deaf_shop.base_url)
    paid = last_payment(other.order(payment_method="other").order)
    provider.pay(paid.url)
    provider.instruct(api={"fail": [DOWN]})
    assert moved_by(reconcile_payments(timezone.now() + LATER)) == [paid.pk]
    assert fresh(down).state == "pending"
    assert fresh(down).pulled_at is not None


def test_a_payment_that_the_provider_does_not_know_stays_open(
    deaf_shop: Shop, provider: Provider
) -> None:
    payment = last_payment(deaf_shop.order().order)
    provider.http.delete("/control/state")
    assert pull_payment(payment).state == "pending"


@pytest.mark.parametrize(
    "card",
    [
        {"expiration_month": 0},
        {"expiration_year": None},
        {"token": "x" * 300},
        {"last_numbers": "4242424242424242x"},
    ],
)
def test_a_card_that_cannot_be_kept_does_not_hide_the_money(
    deaf_shop: Shop, provider: Provider, card: dict[str, object]
) -> None:
    checkout = deaf_shop.order(save_card=True)
    payment = last_payment(checkout.order)
    provider.pay(payment.url, save_card=True)
    wire = provider.payment(payment.provider_reference)["card"]
    overrides = {"card": {**wire, **card}}
    provider.settle(payment.provider_reference, status="succeeded", overrides=overrides)
    pull_payment(payment)
    assert fresh(checkout.order).state == "validated"
    assert not CreditCard.objects.exists()


def test_one_payment_that_breaks_does_not_stop_the_others(
    deaf_shop: Shop, provider: Provider
) -> None:
    broken = last_payment(deaf_shop.order().order)
    other = Shop(deaf_shop.base_url)
    paid = last_payment(other.order().order)
    provider.settle(broken.provider_reference, status="succeeded", overrides={"amount": -1})
    provider.pay(paid.url)
    assert moved_by(reconcile_payments(timezone.now() + LATER)) == [paid.pk]
    assert fresh(broken).state == "pending"


def test_staff_reconcile_one_account_with_a_command(deaf_shop: Shop, provider: Provider) -> None:
    payment = last_payment(deaf_shop.order().order)
    provider.pay(payment.url)
    Payment.objects.update(created_on=timezone.now() - LATER)
    out = StringIO()
    call_command("reconcile_payments", alias="other", stdout=out)
    assert "0 payments compared, 0 changed" in out.getvalue()
    call_command("reconcile_payments", alias="dummy", stdout=out)
    assert "1 payments compared, 1 changed" in out.getvalue()
    with pytest.raises(CommandError, match="Configured: dummy, other"):
        call_command("reconcile_payments", alias="paypal")


def test_no_backend_is_called_inside_a_transaction(deaf_shop: Shop) -> None:
    payment = last_payment(deaf_shop.order().order)
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        pull_payment(payment)
