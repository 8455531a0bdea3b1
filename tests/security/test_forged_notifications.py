"""Notifications that nobody but the provider can make: who signed, what, and when."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from joanie.emulators.dummy.events import SIGNATURE_HEADER, sign
from joanie.payment.backends.dummy.signature import TOLERANCE
from joanie.payment.models import PaymentNotification

SECRET, OTHER = "the secret of this account", "the secret of the other account"
BODY = b'{"id": "evt_1", "type": "payment.succeeded", "data": {"payment": {"id": "pay_1"}}}'
Sign = Callable[[int], str]

GENUINE: list[Sign] = [
    lambda now: sign(SECRET, BODY, now),
    lambda now: sign(SECRET, BODY, now - TOLERANCE + 5),
    lambda now: sign(SECRET, BODY, now + TOLERANCE - 5),
]
FORGED: list[Sign] = [
    lambda now: "",
    lambda now: sign(OTHER, BODY, now),
    lambda now: sign("", BODY, now),
    lambda now: sign(SECRET, b"", now),
    lambda now: sign(SECRET, BODY + b" ", now),
    lambda now: sign(SECRET, BODY.replace(b"pay_1", b"pay_2"), now),
    lambda now: sign(SECRET, BODY, now - TOLERANCE - 5),
    lambda now: sign(SECRET, BODY, now + TOLERANCE + 5),
    lambda now: sign(SECRET, BODY, now * 1000),
    lambda now: sign(SECRET, BODY, 0),
    lambda now: sign(SECRET, BODY, -now),
    lambda now: sign(SECRET, BODY, now - 3600).replace(str(now - 3600), str(now)),
    lambda now: sign(SECRET, BODY, now).upper(),
    lambda now: sign(SECRET, BODY, now)[:-1],
    lambda now: f"{sign(SECRET, BODY, now)}0",
    lambda now: f"{sign(OTHER, BODY, now)},{sign(SECRET, BODY, now).split(',')[1]}",
    lambda now: sign(SECRET, BODY, now).replace("v1=", "v0="),
    lambda now: sign(SECRET, BODY, now).partition(",")[2],
    lambda now: f"t={now},v1=",
    lambda now: f"t={now},v1={'0' * 64}",
    lambda now: f"t={now},v1={'é' * 64}",
    lambda now: f"t={'9' * 400},v1={'0' * 64}",
]


@pytest.fixture(autouse=True)
def _two_accounts(_joanie_settings: None, db: None, settings: Settings) -> None:
    backend = "joanie.payment.backends.dummy.DummyPaymentBackend"
    settings.JOANIE = {
        **settings.JOANIE,
        "PAYMENT_BACKENDS": {
            "dummy": {"backend": backend, "configuration": {"secret": SECRET}},
            "other": {"backend": backend, "configuration": {"secret": OTHER}},
        },
    }


def notify(signature: str, alias: str = "dummy", body: bytes = BODY) -> Any:
    path = f"/api/v1.0/payments/notifications/{alias}/"
    headers = {SIGNATURE_HEADER: signature}
    return Client().post(path, body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("make", GENUINE)
def test_what_the_account_signed_is_taken(make: Sign) -> None:
    assert notify(make(int(time.time()))).status_code == 202
    assert PaymentNotification.objects.get().is_authenticated


@pytest.mark.parametrize("make", FORGED, ids=range(len(FORGED)))
def test_what_it_did_not_sign_just_so_and_just_now_leaves_no_row(make: Sign) -> None:
    response = notify(make(int(time.time())))
    assert response.status_code == 400
    assert response.json()["code"] == "parse_notification_failed"
    assert not PaymentNotification.objects.exists()


def test_what_one_account_signed_is_nothing_to_another() -> None:
    genuine = sign(SECRET, BODY, int(time.time()))
    assert notify(genuine, alias="other").status_code == 400
    assert notify(genuine).status_code == 202


def test_what_is_replayed_is_the_same_row() -> None:
    genuine = sign(SECRET, BODY, int(time.time()))
    assert [notify(genuine).status_code for _ in range(3)] == [202] * 3
    assert PaymentNotification.objects.count() == 1


def test_an_empty_secret_is_no_secret(settings: Settings) -> None:
    settings.JOANIE["PAYMENT_BACKENDS"]["dummy"]["configuration"]["secret"] = ""
    assert notify(sign("", BODY, int(time.time()))).status_code == 400
