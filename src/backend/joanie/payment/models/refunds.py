"""Money asked back, or given back by the provider on its own."""

from typing import Self

from django.conf import settings
from django.db import models

from joanie.common.money import MoneyField
from joanie.common.state_machine import state_field
from joanie.core.models.base import BaseModel
from joanie.payment.enums import REFUND_MACHINE, RefundOrigin, RefundState
from joanie.payment.models.payments import Payment


class RefundQuerySet(models.QuerySet["Refund"]):
    def undecided(self) -> Self:
        """Disputes whose money the bank has, and that may still be won."""
        return self.filter(origin=RefundOrigin.BANK, state=RefundState.SUCCEEDED, failure="")


class Refund(BaseModel):
    """One refund of one payment. Its id is the idempotency key sent to the provider.

    A dispute is one too, whose origin is the bank: ``succeeded`` while the bank has the money,
    ``failed`` once it was won. Its ``failure`` says how it ended, and is empty until then.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = MoneyField()
    state = state_field(RefundState, RefundState.REQUESTED)
    origin = models.CharField(max_length=10, choices=RefundOrigin.choices)
    provider_reference = models.CharField(max_length=255, blank=True)
    reason = models.CharField(max_length=255, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    failure = models.TextField(blank=True, help_text="What the provider said.")

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering = ("created_on", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("payment", "provider_reference"),
                condition=~models.Q(provider_reference=""),
                name="refund_reference_is_unique_per_payment",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="refund_amount_is_positive"
            ),
        ]
        triggers = [REFUND_MACHINE.trigger()]

    def __str__(self) -> str:
        return f"Refund of {self.amount} ({self.state})"

    @property
    def is_chargeback(self) -> bool:
        return self.origin == RefundOrigin.BANK

    @property
    def is_undecided(self) -> bool:
        """Say whether it is a dispute that may still be won."""
        return self.is_chargeback and self.state == RefundState.SUCCEEDED and not self.failure

    @REFUND_MACHINE.move("submit")
    def submit(self) -> None:
        """The provider accepted it and has not confirmed it yet."""

    @REFUND_MACHINE.move("succeed")
    def succeed(self) -> None:
        """The provider confirmed it."""

    @REFUND_MACHINE.move("fail")
    def fail(self) -> None:
        """The provider refused it, perhaps after it had succeeded."""
