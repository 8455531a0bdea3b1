"""Where providers send the browser back."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from tests.api.api_client import NO_ID

from joanie.core.enums import OrderState
from joanie.core.factories import OrderFactory
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Payment
from joanie.payment.services.return_page import refresh_on_return


def come_back(payment: Payment, method: str = "GET") -> Any:
    return Client(enforce_csrf_checks=True).generic(
        method, f"/api/v1.0/payments/{payment.pk}/return/"
    )


@pytest.fixture
def payment(db: None) -> Payment:
    payment: Payment = PaymentFactory(backend="page")
    return payment


def test_who_paid_comes_back_validated_without_any_notification(
    payment: Payment, misbehave: Any
) -> None:
    misbehave("", state="succeeded")
    assert "your order is complete" in come_back(payment).content.decode()
    assert Payment.objects.get().state == "succeeded"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://shop.example.org/orders/", "https://shop.example.org/orders/?{outcome}"),
        (
            "https://shop.example.org/orders/?tab=1&q=#end",
            "https://shop.example.org/orders/?tab=1&q=&{outcome}#end",
        ),
        (
            "https://shop.example.org/orders/?state=x&order=y",
            "https://shop.example.org/orders/?{outcome}",
        ),
    ],
)
@pytest.mark.django_db
def test_the_browser_goes_on_to_the_page_of_the_purchase(
    method: str, url: str, target: str
) -> None:
    payment = PaymentFactory(state="failed", return_url=url, order__state="failed")
    response = come_back(payment, method)
    assert response.status_code == 303
    outcome = f"order={payment.order_id}&state=failed"
    assert response.headers["Location"] == target.format(outcome=outcome)


@pytest.mark.parametrize("state", OrderState.values)
@pytest.mark.django_db
def test_the_page_says_how_it_went_and_nothing_else(state: str) -> None:
    payment = PaymentFactory(state="failed", order=OrderFactory(state=state))
    response = come_back(payment)
    page = response.content.decode()
    assert response.status_code == 200
    assert "<h1>" in page
    assert 'http-equiv="refresh"' not in page
    for secret in (payment.order.owner.username, str(payment.order_id), "120"):
        assert secret not in page
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_the_page_waits_by_itself_while_nobody_knows(payment: Payment) -> None:
    assert '<meta http-equiv="refresh" content="5">' in come_back(payment).content.decode()


@pytest.mark.django_db
def test_the_page_speaks_the_language_of_the_purchase() -> None:
    page = come_back(PaymentFactory(language="fr")).content.decode()
    assert '<html lang="fr">' in page
    assert "Nous attendons votre paiement." in page


@pytest.mark.parametrize("how", ["down", "misconfigured", "declines"])
def test_a_provider_that_misbehaves_does_not_matter(
    payment: Payment, misbehave: Any, how: str
) -> None:
    misbehave(how)
    assert come_back(payment).status_code == 200
    assert Payment.objects.get().state == "pending"


def test_an_account_that_is_gone_does_not_matter(payment: Payment, settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": {}}
    assert come_back(payment).status_code == 200


def test_the_provider_is_asked_once_in_3_seconds(payment: Payment, misbehave: Any) -> None:
    now = timezone.now()
    refresh_on_return(attempt_id=payment.pk, now=now)
    misbehave("", state="succeeded")
    soon, later = (now + timedelta(seconds=seconds) for seconds in (2, 10))
    assert refresh_on_return(attempt_id=payment.pk, now=soon).state == "pending"
    assert refresh_on_return(attempt_id=payment.pk, now=later).state == "succeeded"


@pytest.mark.parametrize("state", ["succeeded", "failed", "canceled", "expired", "reversed"])
@pytest.mark.django_db
def test_what_is_over_is_not_asked_about(state: str) -> None:
    payment = PaymentFactory(state=state)
    come_back(payment)
    assert Payment.objects.get().pulled_at is None


@pytest.mark.parametrize("attempt_id", [NO_ID, "not-a-uuid", "%00"])
@pytest.mark.django_db
def test_an_attempt_that_is_not_there(attempt_id: str) -> None:
    assert Client().get(f"/api/v1.0/payments/{attempt_id}/return/").status_code == 404
