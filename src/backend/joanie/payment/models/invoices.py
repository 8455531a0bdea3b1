"""Documents for finance: pro forma invoices and credit notes. Once issued they never change."""

from decimal import Decimal
from typing import Any, Self

import pgtrigger
from django.db import models

from joanie.common.money import Money, MoneyField
from joanie.common.state_machine import state_field
from joanie.core.models import Order
from joanie.core.models.base import BaseModel
from joanie.payment.enums import INVOICE_MACHINE, InvoiceState


class ProformaInvoiceQuerySet(models.QuerySet["ProformaInvoice"]):
    def main(self) -> Self:
        """Pro forma invoices proper, without credit notes."""
        return self.filter(parent__isnull=True)


class ProformaInvoice(BaseModel):
    """One main document per order, without ``parent``; its children correct it.

    A child with a negative total is a credit note; one with a positive total takes a credit note
    back, when the refund behind it failed later. ``content`` holds all that is printed.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="proforma_invoices")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    reference = models.CharField(max_length=100, unique=True)
    issued_on = models.DateField()
    language = models.CharField(max_length=10)
    total = MoneyField()
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2)
    vat_amount = models.DecimalField(
        max_digits=15, decimal_places=3, help_text="Contained in the total, in its currency."
    )
    content: "models.JSONField[Any, Any]" = models.JSONField()
    state = state_field(InvoiceState, InvoiceState.UNPAID)
    pdf = models.FileField(upload_to="joanie/documents/%Y/%m", blank=True, max_length=255)
    pdf_sha256 = models.CharField(max_length=64, blank=True, editable=False)

    objects = ProformaInvoiceQuerySet.as_manager()

    class Meta:
        ordering = ("created_on", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("order",),
                condition=models.Q(parent__isnull=True),
                name="one_main_proforma_invoice",
            ),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=False) | models.Q(total__gte=0),
                name="main_proforma_invoice_is_not_negative",
            ),
        ]
        triggers = [
            INVOICE_MACHINE.trigger(),
            pgtrigger.Protect(name="kept_for_ever", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="issued_is_frozen", exclude=["state", "pdf", "pdf_sha256", "updated_on"]
            ),
            pgtrigger.Protect(
                name="rendered_once",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__pdf_sha256="")
                & (
                    pgtrigger.Q(old__pdf_sha256__df=pgtrigger.F("new__pdf_sha256"))
                    | pgtrigger.Q(old__pdf__df=pgtrigger.F("new__pdf"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def vat(self) -> Money:
        return Money(self.vat_amount, self.total.currency)

    @property
    def net(self) -> Money:
        return self.total - self.vat

    @property
    def is_credit_note(self) -> bool:
        return bool(self.total.amount < Decimal(0))

    def become(self, state: InvoiceState) -> None:
        """Move to what the ledger says. Does nothing when it is there already."""
        if self.state != state:
            getattr(self, f"become_{state}")()

    @INVOICE_MACHINE.move("become_unpaid")
    def become_unpaid(self) -> None:
        """Money is missing, or was taken back."""

    @INVOICE_MACHINE.move("become_paid")
    def become_paid(self) -> None:
        """All of it is here and nothing was given back."""

    @INVOICE_MACHINE.move("become_partially_refunded")
    def become_partially_refunded(self) -> None:
        """Credit notes cover a part of it."""

    @INVOICE_MACHINE.move("become_refunded")
    def become_refunded(self) -> None:
        """Credit notes cover all of it."""


class DocumentSequence(models.Model):
    """The last number given in a series of documents. Its row is the last lock taken."""

    series = models.CharField(primary_key=True, max_length=100)
    last_number = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series}: {self.last_number}"
