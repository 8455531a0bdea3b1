"""Where providers tell us what happened."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Payment, PaymentNotification

ROOT = "/api/v1.0/payments/notifications/"


@pytest.fixture
def payment(db: None) -> Payment:
    payment: Payment = PaymentFactory(backend="page")
    return payment


def notify(path: str, body: Any, **headers: Any) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body)
    client = Client(enforce_csrf_checks=True)
    return client.post(path, content, content_type="application/json", **headers)


def event(payment: Payment) -> dict[str, str]:
    return {"secret": "honest", "payment": payment.provider_reference}


@pytest.mark.parametrize("path", [f"{ROOT}page/", ROOT])
def test_a_notification_is_booked_without_any_session_or_token(
    payment: Payment, path: str
) -> None:
    response = notify(path, event(payment))
    assert (response.status_code, response.json()) == (200, {"status": "done"})
    assert Payment.objects.get().state == "succeeded"
    again = notify(path, event(payment))
    assert again.status_code == 200


@pytest.mark.django_db
def test_what_cannot_be_booked_yet_is_kept() -> None:
    response = notify(f"{ROOT}page/", {"secret": "honest", "payment": "unknown"})
    assert (response.status_code, response.json()) == (202, {"status": "kept"})
    assert PaymentNotification.objects.get().state == "failed"


@pytest.mark.parametrize(
    "body", [{"secret": "forged"}, b"", b"{", b"\xff\xfe", b"[" * 10_000, b"null", b"5"]
)
@pytest.mark.django_db
def test_what_the_provider_did_not_send_is_a_400_or_kept(body: Any) -> None:
    assert notify(f"{ROOT}page/", body).status_code in {202, 400}


@pytest.mark.django_db
def test_a_forged_notification_leaves_no_row() -> None:
    response = notify(f"{ROOT}page/", {"secret": "forged"})
    assert response.status_code == 400
    assert response.json()["code"] == "parse_notification_failed"
    assert not PaymentNotification.objects.exists()


@pytest.mark.parametrize("alias", ["unknown", "PAGE", "%00", "..", "é"])
@pytest.mark.django_db
def test_an_unknown_account_is_a_404(alias: str) -> None:
    response = notify(f"{ROOT}{alias}/", {})
    assert response.status_code == 404
    assert not PaymentNotification.objects.exists()


def test_a_large_notification_is_a_413(payment: Payment, settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "MAX_NOTIFICATION_SIZE": 1000}
    response = notify(f"{ROOT}page/", b"x" * 1001)
    assert response.status_code == 413
    assert response.json()["code"] == "notification_too_large"
    settings.JOANIE = {**settings.JOANIE, "MAX_NOTIFICATION_SIZE": 10_000}
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert notify(f"{ROOT}page/", b"x" * 1001).status_code == 413


@pytest.mark.django_db
def test_a_size_that_is_no_number_is_a_400() -> None:
    assert notify(f"{ROOT}page/", b"{}", CONTENT_LENGTH="many").status_code == 400


@pytest.mark.django_db
def test_a_notification_may_be_a_get() -> None:
    response = Client().get(f"{ROOT}page/", {"payment": "1"})
    assert response.status_code == 400
    assert Client().put(f"{ROOT}page/").status_code == 405
