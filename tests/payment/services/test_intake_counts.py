"""An attempt to process a notification is counted by whoever ended it."""

import pytest
from django.utils import timezone
from prometheus_client import REGISTRY
from pytest_django import Settings
from rest_framework.request import Request

from joanie.payment.backends.dummy.backend import DummyPaymentBackend
from joanie.payment.models import PaymentNotification
from joanie.payment.services.intake import process_notification

pytestmark = pytest.mark.django_db


class Overtaken(DummyPaymentBackend):
    """Breaks, while another process settles the row."""

    def handle_notification(self, request: Request) -> None:
        PaymentNotification.objects.update(state="processed", processed_at=timezone.now())
        raise ConnectionError


class Broken(DummyPaymentBackend):
    def handle_notification(self, request: Request) -> None:
        raise ConnectionError


def failures_of(settings: Settings, backend: type[DummyPaymentBackend]) -> float:
    """Give a notification to it, and return how many failures that counts."""
    path = f"{backend.__module__}.{backend.__name__}"
    backends = {**settings.JOANIE["PAYMENT_BACKENDS"], "counted": {"backend": path}}
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": backends}
    before = counted()
    process_notification(
        PaymentNotification.objects.create(
            backend="counted", method="POST", path="/", body=b"{}", state="received"
        )
    )
    return counted() - before


def counted() -> float:
    labels = {"backend": "counted", "outcome": "failed"}
    return REGISTRY.get_sample_value("joanie_notification_attempts_total", labels) or 0


def test_an_attempt_that_failed_is_counted(settings: Settings) -> None:
    assert failures_of(settings, Broken) == 1


def test_an_attempt_that_was_overtaken_is_no_failure(settings: Settings) -> None:
    assert failures_of(settings, Overtaken) == 0
    assert PaymentNotification.objects.get().state == "processed"
