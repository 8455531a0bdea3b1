"""The ledger's lines."""

from typing import ClassVar, Self

import pgtrigger
from django.db import models

from joanie.common.money import MoneyField
from joanie.core.models.base import BaseModel
from joanie.payment.enums import TransactionKind
from joanie.payment.models.invoices import ProformaInvoice
from joanie.payment.models.payments import Payment
from joanie.payment.models.refunds import Refund


class Transaction(BaseModel):
    """Money that moved: positive when the learner paid, negative when it went back.

    Append-only, in the database too. ``is_suspense``: not in the order's currency, so it is kept
    apart and never summed.
    """

    proforma_invoice = models.ForeignKey(
        ProformaInvoice, on_delete=models.PROTECT, related_name="transactions"
    )
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="transactions")
    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="transactions"
    )
    backend = models.CharField(max_length=50)
    reference = models.CharField(max_length=255, help_text="The provider's.")
    kind = models.CharField(max_length=20, choices=TransactionKind.choices)
    total = MoneyField()
    is_suspense = models.BooleanField(default=False)

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        ordering = ("created_on", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("backend", "reference"), name="booked_once_per_backend_and_reference"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=(
                        TransactionKind.PAYMENT,
                        TransactionKind.REFUND_REVERSAL,
                        TransactionKind.CHARGEBACK_REVERSAL,
                    ),
                    total__gt=0,
                )
                | models.Q(
                    kind__in=(TransactionKind.REFUND, TransactionKind.CHARGEBACK), total__lt=0
                ),
                name="transaction_sign_follows_its_kind",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}: {self.total}"
