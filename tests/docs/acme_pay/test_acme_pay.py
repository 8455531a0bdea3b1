"""The backend of “Add a payment provider” sells courses."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from tests.docs.acme_pay.provider import SECRET_KEY, AcmePay
from tests.shop import Shop, fresh, last_payment

from joanie.common.money import Money
from joanie.core.factories import ProductFactory
from joanie.core.models import Order
from joanie.payment.checks import check_payment_backends
from joanie.payment.exceptions import PaymentMethodUnusable
from joanie.payment.factories import CreditCardFactory
from joanie.payment.models import CreditCard, PaymentNotification
from joanie.payment.services.abort import abort_order
from joanie.payment.services.credit_cards import delete_card, forget_card
from joanie.payment.services.pull import pull_payment
from joanie.payment.services.refunds import refund_payment, submit_refund


@pytest.fixture
def acme() -> AcmePay:
    return AcmePay()


@pytest.fixture
def shop(acme: AcmePay, live_server: LiveServer, settings: Settings) -> Iterator[Shop]:
    with acme.running() as base_url:
        settings.JOANIE = {
            **settings.JOANIE,
            "PAYMENT_BACKENDS": {
                "acme": {
                    "backend": "tests.docs.acme_pay.backend.AcmeBackend",
                    "configuration": {"secret_key": SECRET_KEY, "base_url": base_url},
                },
            },
            "DEFAULT_PAYMENT_BACKEND": "acme",
        }
        yield Shop(live_server.url)


def notify(acme: AcmePay, reference: str) -> int:
    payment = acme.payments[reference]
    told = {"about": "payment", "payment": reference, "reference": payment["reference"]}
    return httpx.post(payment["notify_url"], json=told, trust_env=False).status_code


def settle(acme: AcmePay, order: Order, **outcome: Any) -> int:
    reference = last_payment(order).provider_reference
    acme.payments[reference].update(outcome)
    return notify(acme, reference)


def test_its_settings_pass_the_checks(shop: Shop) -> None:
    assert check_payment_backends() == []


def test_a_missing_key_is_found_before_anybody_pays(shop: Shop, settings: Settings) -> None:
    settings.JOANIE["PAYMENT_BACKENDS"]["acme"]["configuration"].pop("secret_key")
    (fault,) = check_payment_backends()
    assert fault.id == "joanie.E019"
    assert "“secret_key” is missing" in fault.msg


@pytest.mark.parametrize("price", [Money("120.00", "EUR"), Money(15000, "JPY")])
def test_a_payment_on_its_page(shop: Shop, acme: AcmePay, price: Money) -> None:
    shop.product = ProductFactory(price=price)
    checkout = shop.order(payment_method="acme")
    assert checkout.payment_info["url"] == f"https://acme-pay.example/pay_{0:024x}"
    assert [settle(acme, checkout.order, status="paid") for _ in range(2)] == [200, 200]
    assert fresh(checkout.order).state == "validated"
    assert checkout.order.proforma_invoices.get().total == price


def test_a_decline(shop: Shop, acme: AcmePay) -> None:
    order = shop.order(payment_method="acme").order
    assert settle(acme, order, status="declined", reason="no_funds") == 200
    assert fresh(order).state == "failed"
    assert last_payment(order).failure_code == "insufficient_funds"


def test_a_lie_about_a_payment_books_nothing(shop: Shop, acme: AcmePay) -> None:
    order = shop.order(payment_method="acme").order
    assert notify(acme, last_payment(order).provider_reference) == 200
    assert fresh(order).state == "pending"


def test_what_is_not_an_id_of_its_is_refused(shop: Shop, acme: AcmePay) -> None:
    url = f"{shop.base_url}/api/v1.0/payments/notifications/acme/"
    told = {"about": "payment", "payment": "../cards/1", "reference": ""}
    response = httpx.post(url, json=told, trust_env=False)
    assert response.status_code == 400
    assert not PaymentNotification.objects.exists()


def test_a_payment_whose_creation_was_never_answered(shop: Shop, acme: AcmePay) -> None:
    order = shop.order(payment_method="acme").order
    reference = last_payment(order).provider_reference
    order.payments.update(provider_reference="")
    acme.payments[reference]["status"] = "paid"
    assert notify(acme, reference) == 200
    assert fresh(order).state == "validated"


def test_somebody_elses_payment_pays_for_nobody(shop: Shop, acme: AcmePay) -> None:
    shops = (shop, Shop(shop.base_url))
    order, other = (each.order(payment_method="acme").order for each in shops)
    reference = last_payment(other).provider_reference
    other.payments.update(provider_reference="")
    acme.payments[reference].update(status="paid", reference=str(uuid4()))
    url = f"{shop.base_url}/api/v1.0/payments/notifications/acme/"
    told = {"about": "payment", "payment": reference, "reference": str(last_payment(order).pk)}
    assert httpx.post(url, json=told, trust_env=False).status_code == 202
    assert fresh(order).state == "pending"


def test_news_of_something_else_are_ignored(shop: Shop) -> None:
    url = f"{shop.base_url}/api/v1.0/payments/notifications/acme/"
    assert httpx.post(url, json={"about": "a payout"}, trust_env=False).status_code == 200
    assert PaymentNotification.objects.get().state == "ignored"


def test_an_unknown_status_is_kept_for_later(shop: Shop, acme: AcmePay) -> None:
    order = shop.order(payment_method="acme").order
    assert settle(acme, order, status="frozen") == 202
    assert PaymentNotification.objects.get().state == "failed"
    assert fresh(order).state == "pending"


def test_one_click(shop: Shop) -> None:
    card = CreditCardFactory(owner=shop.owner, backend="acme", token="good")
    assert fresh(shop.one_click(card).order).state == "validated"


def test_one_click_with_a_stolen_card(shop: Shop) -> None:
    card = CreditCardFactory(owner=shop.owner, backend="acme", token="stolen")
    checkout = shop.one_click(card)
    assert checkout.payment_info["failure_code"] == "declined"
    assert CreditCard.objects.get().state == "revoked"


def test_one_click_with_a_card_that_is_gone(shop: Shop) -> None:
    card = CreditCardFactory(owner=shop.owner, backend="acme", token="forgotten there")
    assert shop.one_click(card).payment_info["failure_code"] == "invalid_card"
    assert CreditCard.objects.get().state == "revoked"


def test_a_lost_notification(shop: Shop, acme: AcmePay) -> None:
    order = shop.order(payment_method="acme").order
    payment = last_payment(order)
    acme.payments[payment.provider_reference]["status"] = "paid"
    pull_payment(payment)
    assert fresh(order).state == "validated"


def test_a_refund(shop: Shop, acme: AcmePay) -> None:
    order = shop.order(payment_method="acme").order
    settle(acme, order, status="paid")
    refund = refund_payment(payment=last_payment(order), amount=order.total, reason="")
    assert submit_refund(refund.pk).state == "succeeded"
    assert fresh(order).state == "refunded"


def test_a_refund_that_was_made_there(shop: Shop, acme: AcmePay) -> None:
    order = shop.order(payment_method="acme").order
    sent = {"id": "ref_1", "amount": 2000, "currency": "EUR", "status": "sent"}
    assert settle(acme, order, status="paid", refunds=[sent]) == 200
    assert fresh(order).proforma_invoices.main().get().state == "partially_refunded"


def test_an_abort(shop: Shop, acme: AcmePay) -> None:
    order = shop.order(payment_method="acme").order
    abort_order(order=fresh(order))
    assert acme.payments[last_payment(order).provider_reference]["status"] == "canceled"
    assert fresh(order).state == "canceled"


def test_a_card_that_is_removed(shop: Shop, acme: AcmePay) -> None:
    card = CreditCardFactory(owner=shop.owner, backend="acme", token="good")
    delete_card(card=card)
    forget_card(card.pk)
    assert "good" not in acme.cards
    assert not CreditCard.objects.exists()


def test_a_currency_it_does_not_take(shop: Shop) -> None:
    shop.product = ProductFactory(price=Money("10.00", "USD"))
    with pytest.raises(PaymentMethodUnusable):
        shop.order(payment_method="acme")
