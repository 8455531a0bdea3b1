"""Money asked back, or given back by the provider on its own."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from joanie.common.money import MoneyField
from joanie.common.state_machine import state_field
from joanie.core.models.base import BaseModel
from joanie.payment.enums import REFUND_MACHINE, RefundOrigin, RefundState
from joanie.payment.models.payments import Payment


class Refund(BaseModel):
    """One refund of one payment. Its id is the idempotency key sent to the provider."""

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

    objects: ClassVar[models.Manager[Self]] = models.Manager()

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

    @REFUND_MACHINE.move("submit")
    def submit(self) -> None:
        """The provider accepted it and has not confirmed it yet."""

    @REFUND_MACHINE.move("succeed")
    def succeed(self) -> None:
        """The provider confirmed it."""

    @REFUND_MACHINE.move("fail")
    def fail(self) -> None:
        """The provider refused it, perhaps after it had succeeded."""
