"""Ledger lines can be added. Nothing else."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from tests.common.sql import execute, refused

from joanie.payment.factories import PaymentFactory, ProformaInvoiceFactory, TransactionFactory
from joanie.payment.models import Refund, Transaction

pytestmark = pytest.mark.django_db


def _other_refund() -> Refund:
    payment = PaymentFactory(state="succeeded")
    return Refund.objects.create(payment=payment, amount=payment.amount)


CHANGES: dict[str, Callable[[], Any]] = {
    "id": uuid.uuid4,
    "created_on": timezone.now,
    "updated_on": timezone.now,
    "proforma_invoice": ProformaInvoiceFactory,
    "payment": PaymentFactory,
    "refund": _other_refund,
    "backend": lambda: "other",
    "reference": lambda: "another",
    "kind": lambda: "refund_reversal",
    "total": lambda: 1,
    "total_currency": lambda: "USD",
    "is_suspense": lambda: True,
}


@pytest.mark.parametrize("field", [field.name for field in Transaction._meta.concrete_fields])
def test_no_column_of_a_line_changes(field: str) -> None:
    line = TransactionFactory()
    with refused("pgtrigger"):
        Transaction.objects.filter(pk=line.pk).update(**{field: CHANGES[field]()})
    assert getattr(Transaction.objects.get(), field) == getattr(line, field)


def test_a_line_is_not_saved_again() -> None:
    line = TransactionFactory()
    with refused("pgtrigger"):
        line.save()


@pytest.mark.parametrize(
    "delete",
    [
        lambda line: line.delete(),
        lambda line: Transaction.objects.all().delete(),
        lambda line: Transaction.objects.filter(pk=line.pk)._raw_delete("default"),
    ],
    ids=["one", "all", "raw"],
)
def test_a_line_is_not_deleted(delete: Callable[[Transaction], object]) -> None:
    line = TransactionFactory()
    with refused("pgtrigger"):
        delete(line)
    assert Transaction.objects.filter(pk=line.pk).exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE joanie_payment_transaction SET total = 0.01",
        "UPDATE joanie_payment_transaction SET total = total",
        "UPDATE joanie_payment_transaction SET reference = reference || '-bis' WHERE true",
        "DELETE FROM joanie_payment_transaction",
    ],
)
def test_raw_sql_is_refused_too(statement: str) -> None:
    TransactionFactory.create_batch(2)
    before = [*Transaction.objects.order_by("pk").values()]
    with refused("pgtrigger"):
        execute(statement)
    assert [*Transaction.objects.order_by("pk").values()] == before


def test_the_tables_can_be_truncated_for_the_next_test() -> None:
    TransactionFactory()
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("TRUNCATE joanie_payment_proformainvoice CASCADE")
    assert not Transaction.objects.exists()
