"""How telling goes."""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from joanie.common.state_machine import state_field
from joanie.webhooks.enums import DELIVERY_MACHINE, DeliveryState
from joanie.webhooks.models.endpoints import WebhookEndpoint
from joanie.webhooks.models.messages import WebhookMessage

LONGEST_ANSWER = 500


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def due(self, now: datetime) -> Self:
        return self.filter(state=DeliveryState.PENDING, next_attempt_at__lte=now)


class WebhookDelivery(models.Model):
    """One message to one endpoint.

    ``queued_at``: since when it is tried, the last time that somebody asked. ``attempts``: since
    then.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(
        WebhookMessage,
        verbose_name=_("message"),
        on_delete=models.CASCADE,
        related_name="deliveries",
    )
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        verbose_name=_("endpoint"),
        on_delete=models.CASCADE,
        related_name="deliveries",
    )
    state = state_field(DeliveryState, DeliveryState.PENDING)
    queued_at = models.DateTimeField(_("since"))
    next_attempt_at = models.DateTimeField(_("next attempt"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(_("last status"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=LONGEST_ANSWER, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ("-queued_at", "id")
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        permissions = [("resend_webhookdelivery", _("Can send a webhook message again"))]
        constraints = [
            models.UniqueConstraint(
                fields=("message", "endpoint"), name="one_webhook_delivery_per_endpoint"
            )
        ]
        indexes = [
            models.Index(
                fields=("endpoint", "next_attempt_at"),
                condition=models.Q(state=DeliveryState.PENDING),
                name="webhook_delivery_due",
            )
        ]
        triggers = [DELIVERY_MACHINE.trigger()]

    def __str__(self) -> str:
        return f"Webhook delivery {self.pk} ({self.state})"

    @DELIVERY_MACHINE.move("deliver")
    def deliver(self) -> None:
        """The endpoint took it."""

    @DELIVERY_MACHINE.move("give_up")
    def give_up(self) -> None:
        """It was tried for three days, or the endpoint is gone."""

    @DELIVERY_MACHINE.move("send_again")
    def send_again(self) -> None:
        """Staff asks for it."""


class WebhookAttempt(models.Model):
    """One request, and what came of it. ``error`` is empty when it was taken."""

    delivery = models.ForeignKey(
        WebhookDelivery, on_delete=models.CASCADE, related_name="attempt_log"
    )
    at = models.DateTimeField(_("at"))
    duration = models.DurationField(_("duration"))
    status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=LONGEST_ANSWER, blank=True)

    class Meta:
        ordering = ("-at", "-id")
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.status or '-'}"
