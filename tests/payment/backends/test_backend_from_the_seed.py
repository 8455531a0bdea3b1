"""A contributor who read the seed document alone: their backend works once it is registered."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from tests.payment.backends.acme import AcmePay
from tests.shop import Shop, fresh, last_payment

from joanie.common.exceptions import ProviderUnavailable
from joanie.core.models import Order
from joanie.payment import get_payment_backend
from joanie.payment.checks import check_payment_backends
from joanie.payment.exceptions import (
    PaymentOutcomeUnknown,
    RefundPaymentFailed,
    RegisterPaymentFailed,
)
from joanie.payment.factories import CreditCardFactory
from joanie.payment.ledger.locks import order_locked
from joanie.payment.models import CreditCard, PaymentNotification, Transaction
from joanie.payment.services.abort import abort_order
from joanie.payment.services.credit_cards import delete_card
from joanie.payment.services.intake import BACK_OFF, process_notification
from joanie.payment.services.reconciliation import reconcile_payments
from joanie.payment.services.refunds import refund_payment
from joanie.payment.tasks import forget_card, process_inbox

ALIAS = "acme-shop"


@pytest.fixture
def shop(live_server: LiveServer, settings: Settings) -> Shop:
    settings.JOANIE = {
        **settings.JOANIE,
        "PAYMENT_BACKENDS": {
            ALIAS: {"backend": "tests.payment.backends.acme.AcmeBackend"},
        },
        "DEFAULT_PAYMENT_BACKEND": ALIAS,
    }
    AcmePay.payments.clear()
    AcmePay.forgotten_cards.clear()
    return Shop(live_server.url)


def buy(shop: Shop, **changes: Any) -> Order:
    return shop.order(payment_method=ALIAS, **changes).order


def notify(shop: Shop, what: str, payment: str = "acme_1", **data: str) -> int:
    url = f"{shop.base_url}/api/v1.0/payments/notifications/{ALIAS}/"
    form = {"password": "sesame", "what": what, "payment": payment, "cents": "12000", **data}
    with httpx.Client(trust_env=False) as client:
        return client.post(url, data=form).status_code


def test_registering_it_raises_no_system_check(shop: Shop) -> None:
    assert check_payment_backends() == []
    assert repr(get_payment_backend()) == f"<AcmeBackend {ALIAS}>"


def test_its_hosted_payment_is_booked_by_its_own_notification(shop: Shop) -> None:
    order = buy(shop)
    assert last_payment(order).url == "https://pay.acme.example/acme_1/FR"
    assert notify(shop, "paid", order=str(order.pk)) == 200
    assert fresh(order).state == "validated"
    invoice = order.proforma_invoices.get()
    assert invoice.content["buyer"]["city"] == "Brussels"
    assert last_payment(order).provider_reference == "acme_1"
    assert PaymentNotification.objects.get().state == "processed"


def test_its_notification_twice_books_once(shop: Shop) -> None:
    order = buy(shop)
    assert [notify(shop, "paid", order=str(order.pk)) for _ in range(2)] == [200, 200]
    assert Transaction.objects.count() == 1


def test_a_forged_notification_is_removed_again(shop: Shop) -> None:
    order = buy(shop)
    assert notify(shop, "paid", order=str(order.pk), password="guess") == 400
    assert not PaymentNotification.objects.exists()
    assert fresh(order).state == "pending"


def test_a_body_it_cannot_read_is_refused(shop: Shop) -> None:
    url = f"{shop.base_url}/api/v1.0/payments/notifications/{ALIAS}/"
    with httpx.Client(trust_env=False) as client:
        for content_type in ("application/json", "application/pdf"):
            headers = {"Content-Type": content_type}
            assert client.post(url, content=b"\xff{", headers=headers).status_code == 400
    assert not PaymentNotification.objects.exists()


def test_its_decline_fails_the_order(shop: Shop) -> None:
    order = buy(shop)
    assert notify(shop, "declined", order=str(order.pk)) == 200
    assert fresh(order).state == "failed"
    assert last_payment(order).failure_code == "unknown"


def test_a_one_click_that_books_from_inside_the_call(shop: Shop) -> None:
    card = CreditCardFactory(owner=shop.owner, backend=ALIAS)
    checkout = shop.order(credit_card_id=card.pk, payment_method="")
    assert checkout.payment_info == {
        "payment_id": "acme_1",
        "provider": "acme",
        "url": "",
        "is_paid": True,
    }
    payment = last_payment(checkout.order)
    assert (payment.state, payment.provider_reference) == ("succeeded", "acme_1")
    assert not payment.is_unmatched
    assert fresh(checkout.order).state == "validated"
    assert Transaction.objects.count() == 1
    assert notify(shop, "paid", order=str(checkout.order.pk)) == 200
    assert Transaction.objects.count() == 1


def test_a_one_click_that_fails_from_inside_the_call(shop: Shop) -> None:
    card = CreditCardFactory(owner=shop.owner, backend=ALIAS, token="empty")
    checkout = shop.order(credit_card_id=card.pk, payment_method="")
    assert checkout.payment_info["failure_code"] == "insufficient_funds"
    assert fresh(checkout.order).state == "failed"
    payment = last_payment(checkout.order)
    assert (payment.failure_code, payment.provider_reference) == ("insufficient_funds", "acme_1")


def test_a_notification_that_met_a_lock_is_replayed_by_the_worker(
    shop: Shop, settings: Settings
) -> None:
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 0.1}
    order = buy(shop)
    with order_locked(order.pk):
        assert notify(shop, "paid", order=str(order.pk)) == 202
    assert fresh(order).state == "pending"
    with time_machine.travel(timezone.now() + BACK_OFF[0], tick=False):
        process_inbox(timestamp=0)
    assert fresh(order).state == "validated"
    assert PaymentNotification.objects.get().state == "processed"


def test_what_was_answered_202_is_never_removed_even_when_its_backend_changes_its_mind(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 0.1}
    order = buy(shop)
    with order_locked(order.pk):
        assert notify(shop, "paid", order=str(order.pk)) == 202
    monkeypatch.setattr(AcmePay, "password", "changed since")
    with time_machine.travel(timezone.now() + BACK_OFF[0], tick=False):
        process_inbox(timestamp=0)
    assert PaymentNotification.objects.get().state == "failed"
    monkeypatch.undo()
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 2}
    assert process_notification(PaymentNotification.objects.get()) == "processed"
    assert fresh(order).state == "validated"


def test_a_charge_without_an_answer_blocks_its_order_for_a_day_at_most(shop: Shop) -> None:
    card = CreditCardFactory(owner=shop.owner, backend=ALIAS, token="lost")
    for expected in (ProviderUnavailable, PaymentOutcomeUnknown):
        with pytest.raises(expected):
            shop.order(credit_card_id=card.pk, payment_method="")
    assert reconcile_payments(timezone.now() + timedelta(hours=1)).changed == []
    tomorrow = timezone.now() + timedelta(hours=25)
    with time_machine.travel(tomorrow, tick=False):
        assert [each.state for each in reconcile_payments().changed] == ["expired"]
    assert buy(shop) == Order.objects.get()


def test_a_refund_before_its_payment_waits_for_it(shop: Shop) -> None:
    order = buy(shop)
    assert notify(shop, "refunded", refund="acme_refund_1") == 202
    assert notify(shop, "paid", order=str(order.pk)) == 200
    with time_machine.travel(timezone.now() + BACK_OFF[0], tick=False):
        process_inbox(timestamp=0)
    assert fresh(order).state == "refunded"
    assert order.proforma_invoices.filter(parent__isnull=False).count() == 1


def test_an_unknown_order_is_kept_for_people(shop: Shop) -> None:
    unknown = "11111111-1111-1111-1111-111111111111"
    assert notify(shop, "paid", order=unknown) == 202
    assert unknown in PaymentNotification.objects.get().last_error


def test_its_abort_cancels_the_order(shop: Shop) -> None:
    order = buy(shop)
    abort_order(order=fresh(order))
    assert AcmePay.payments["acme_1"]["state"] == "aborted"
    assert fresh(order).state == "canceled"


def test_its_cards_are_forgotten_by_the_worker(shop: Shop) -> None:
    card = CreditCardFactory(owner=shop.owner, backend=ALIAS)
    delete_card(card=card)
    assert fresh(card).state == "deleting"
    forget_card(card_id=str(card.pk))
    assert AcmePay.forgotten_cards == [card.token]
    assert not CreditCard.objects.exists()


@pytest.mark.parametrize("missing", [None, ""])
def test_money_whose_provider_gave_no_reference_is_not_booked_under_a_made_up_one(
    shop: Shop, missing: Any
) -> None:
    order = buy(shop)
    backend = get_payment_backend()
    with pytest.raises(RegisterPaymentFailed):
        backend._do_on_payment_success(order, {"id": missing, "amount": Decimal(120)})
    assert notify(shop, "paid", order=str(order.pk)) == 200
    invoice = order.proforma_invoices.get()
    with pytest.raises(RefundPaymentFailed):
        backend._do_on_refund(Decimal(120), invoice, missing)
    assert fresh(order).state == "validated"


def test_it_cannot_refund_from_here_and_says_so(shop: Shop) -> None:
    order = buy(shop)
    notify(shop, "paid", order=str(order.pk))
    with pytest.raises(RefundPaymentFailed, match="dashboard"):
        refund_payment(payment=last_payment(order), amount=order.total, reason="")


def test_a_charge_it_broke_in_the_middle_of_is_an_unknown_outcome(shop: Shop) -> None:
    card = CreditCardFactory(owner=shop.owner, backend=ALIAS)
    buy(shop)
    payment = last_payment(Order.objects.get())
    type(payment).objects.filter(pk=payment.pk).update(method="one_click", state="pending")
    type(payment).objects.filter(pk=payment.pk).update(state="processing")
    with pytest.raises(PaymentOutcomeUnknown):
        shop.order(credit_card_id=card.pk, payment_method="")
