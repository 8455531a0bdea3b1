"""What the database refuses of payments, refunds, ledger lines and notifications."""

import uuid
from collections.abc import Callable
from itertools import product as every_combination
from typing import Any

import pytest
from tests.common.sql import refused

from joanie.common.money import Money
from joanie.core.factories import OrderFactory
from joanie.payment.enums import TransactionKind
from joanie.payment.factories import PaymentFactory, TransactionFactory
from joanie.payment.models import Payment, PaymentNotification, Refund, Transaction

pytestmark = pytest.mark.django_db

NOT_POSITIVE = [Money(amount, "EUR") for amount in ("0", "-0.01", "-120.00")]
POSITIVE_KINDS = ["payment", "refund_reversal", "chargeback_reversal"]
NEGATIVE_KINDS = ["refund", "chargeback"]
FROZEN: dict[str, Callable[[], Any]] = {
    "order": OrderFactory,
    "backend": lambda: "other",
    "amount": lambda: Money("0.01", "EUR"),
    "amount_currency": lambda: "USD",
    "idempotency_key": uuid.uuid4,
}


@pytest.mark.parametrize("field", FROZEN)
def test_what_an_attempt_asks_for_is_frozen(field: str) -> None:
    payment = PaymentFactory()
    with refused("pgtrigger"):
        Payment.objects.filter(pk=payment.pk).update(**{field: FROZEN[field]()})
    assert getattr(Payment.objects.get(), field) == getattr(payment, field)


def test_a_reference_names_one_payment_of_an_account() -> None:
    PaymentFactory(backend="dummy", provider_reference="pay_1")
    with refused("payment_reference_is_unique_per_backend"):
        PaymentFactory(backend="dummy", provider_reference="pay_1")


def test_a_reference_may_name_another_payment_of_another_account() -> None:
    PaymentFactory(backend="dummy", provider_reference="pay_1")
    PaymentFactory(backend="other", provider_reference="pay_1")
    assert Payment.objects.filter(provider_reference="pay_1").count() == 2


def test_any_number_of_attempts_wait_for_their_reference() -> None:
    PaymentFactory.create_batch(2, provider_reference="")
    assert Payment.objects.filter(provider_reference="").count() == 2


def test_an_idempotency_key_is_used_once() -> None:
    payment = PaymentFactory()
    with refused("idempotency_key"):
        PaymentFactory(idempotency_key=payment.idempotency_key)


@pytest.mark.parametrize("amount", NOT_POSITIVE, ids=str)
def test_an_attempt_asks_for_a_positive_amount(amount: Money) -> None:
    with refused("payment_amount_is_positive"):
        PaymentFactory(amount=amount)


@pytest.mark.parametrize("amount", NOT_POSITIVE, ids=str)
def test_a_refund_gives_back_a_positive_amount(amount: Money) -> None:
    payment = PaymentFactory(state="succeeded")
    with refused("refund_amount_is_positive"):
        Refund.objects.create(payment=payment, amount=amount)


def test_a_refund_reference_names_one_refund_of_a_payment() -> None:
    payment = PaymentFactory(state="succeeded")
    refund = {"payment": payment, "amount": Money("1.00", "EUR"), "provider_reference": "re_1"}
    Refund.objects.create(**refund)
    with refused("refund_reference_is_unique_per_payment"):
        Refund.objects.create(**refund)
    Refund.objects.create(**{**refund, "provider_reference": ""})
    Refund.objects.create(**{**refund, "provider_reference": ""})


def test_a_reference_is_booked_once() -> None:
    line = TransactionFactory()
    with refused("booked_once_per_backend_and_reference"):
        TransactionFactory(backend=line.backend, reference=line.reference)
    TransactionFactory(backend="other", reference=line.reference)
    assert Transaction.objects.filter(reference=line.reference).count() == 2


def test_every_kind_of_line_has_a_sign() -> None:
    assert sorted(TransactionKind.values) == sorted(POSITIVE_KINDS + NEGATIVE_KINDS)


@pytest.mark.parametrize(
    ("kind", "amount"), [*every_combination(TransactionKind.values, ["-1.00", "0", "1.00"])]
)
def test_the_sign_of_a_line_follows_its_kind(kind: str, amount: str) -> None:
    line = {"kind": kind, "total": Money(amount, "EUR")}
    if (kind in POSITIVE_KINDS and amount == "1.00") or (
        kind in NEGATIVE_KINDS and amount == "-1.00"
    ):
        TransactionFactory(**line)
    else:
        with refused("transaction_sign_follows_its_kind"):
            TransactionFactory(**line)


def test_a_line_of_an_unknown_kind_is_refused() -> None:
    with refused("transaction_sign_follows_its_kind"):
        TransactionFactory(kind="gift")


def test_an_event_is_kept_once_per_account() -> None:
    event = {"method": "POST", "path": "/", "event_id": "evt_1"}
    PaymentNotification.objects.create(backend="dummy", **event)
    PaymentNotification.objects.create(backend="other", **event)
    with refused("notification_event_is_unique_per_backend"):
        PaymentNotification.objects.create(backend="dummy", **event)


def test_any_number_of_events_come_without_an_id() -> None:
    for _ in range(2):
        PaymentNotification.objects.create(backend="dummy", method="POST", path="/")
    assert PaymentNotification.objects.filter(event_id=None).count() == 2
