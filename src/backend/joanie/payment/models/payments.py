"""Attempts to pay an order."""

import uuid
from typing import Any, Self

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from joanie.common.money import MoneyField
from joanie.common.state_machine import state_field
from joanie.core.models import Order
from joanie.core.models.base import BaseModel
from joanie.payment.enums import (
    OPEN_PAYMENT_STATES,
    PAYMENT_MACHINE,
    FailureCode,
    PaymentFlag,
    PaymentMethod,
    PaymentState,
    publish_failure_code,
)


class PaymentQuerySet(models.QuerySet["Payment"]):
    def open(self) -> Self:
        """Nobody knows yet how they end."""
        return self.filter(state__in=OPEN_PAYMENT_STATES)


class Payment(BaseModel):
    """One attempt to pay one order through one backend.

    ``provider_reference`` is what the provider calls it, empty until its answer was seen.
    ``amount`` is what was asked for; what came is in the ledger.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    backend = models.CharField(max_length=50, help_text="Alias in the settings.")
    provider_reference = models.CharField(max_length=255, blank=True)
    idempotency_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    method = models.CharField(
        max_length=10, choices=PaymentMethod.choices, default=PaymentMethod.HOSTED
    )
    state = state_field(PaymentState, PaymentState.CREATED)
    amount = MoneyField()
    billing_address: "models.JSONField[Any, Any]" = models.JSONField(default=dict, blank=True)
    language = models.CharField(max_length=10)
    credit_card = models.ForeignKey(
        "CreditCard", on_delete=models.SET_NULL, null=True, blank=True, related_name="payments"
    )
    save_card = models.BooleanField(default=False)
    url = models.TextField(blank=True, help_text="Where the learner pays or confirms.")
    return_url = models.TextField(blank=True, help_text="Where the learner goes afterwards.")
    failure_code = models.CharField(max_length=30, choices=FailureCode.choices, blank=True)
    is_unmatched = models.BooleanField(
        default=False, help_text="The provider told us of it; no attempt of ours fits."
    )
    flag = models.CharField(max_length=20, choices=PaymentFlag.choices, blank=True)
    client_address = models.GenericIPAddressField(
        null=True, blank=True, help_text="The network address that asked for it."
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    pulled_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ("created_on", "id")
        permissions = [("review_payment", _("Can settle what is to be looked at in a payment"))]
        indexes = [
            models.Index(
                fields=("client_address", "settled_at"),
                condition=models.Q(state=PaymentState.FAILED),
                name="payment_failed_by_address",
            ),
            models.Index(
                fields=("created_on",),
                condition=models.Q(state__in=OPEN_PAYMENT_STATES),
                name="payment_still_open",
            ),
            models.Index(
                fields=("updated_on",),
                condition=~models.Q(flag=""),
                name="payment_to_look_at",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("backend", "provider_reference"),
                condition=~models.Q(provider_reference=""),
                name="payment_reference_is_unique_per_backend",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="payment_amount_is_positive"
            ),
        ]
        triggers = [
            PAYMENT_MACHINE.trigger(),
            pgtrigger.ReadOnly(
                name="frozen",
                fields=["order", "backend", "amount", "amount_currency", "idempotency_key"],
            ),
        ]

    def __str__(self) -> str:
        return f"Payment {self.provider_reference or self.pk} ({self.state})"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_PAYMENT_STATES

    @property
    def is_server_side_charge(self) -> bool:
        """Say whether our own call moves the money, without the learner on a provider's page."""
        return self.method in {PaymentMethod.ONE_CLICK, PaymentMethod.NONCE}

    @property
    def is_outcome_unknown(self) -> bool:
        """Say whether our call may have moved money without our seeing its answer."""
        return self.is_server_side_charge and self.state in {
            PaymentState.CREATED,
            PaymentState.PROCESSING,
        }

    @property
    def public_failure_code(self) -> str:
        """The failure code as the learner may know it."""
        return publish_failure_code(self.failure_code)

    @PAYMENT_MACHINE.move("open")
    def open(self) -> None:
        """The provider knows it; the learner can pay."""

    @PAYMENT_MACHINE.move("process")
    def process(self) -> None:
        """The provider has it and will tell."""

    @PAYMENT_MACHINE.move("succeed")
    def succeed(self) -> None:
        """The money came, however late."""

    @PAYMENT_MACHINE.move("fail")
    def fail(self) -> None:
        """The bank or the provider said no."""

    @PAYMENT_MACHINE.move("cancel")
    def cancel(self) -> None:
        """It was aborted at the provider."""

    @PAYMENT_MACHINE.move("expire")
    def expire(self) -> None:
        """Nobody paid in time."""

    @PAYMENT_MACHINE.move("reverse")
    def reverse(self) -> None:
        """The settlement was refused, or a dispute was lost in full."""
