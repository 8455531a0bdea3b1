"""The inbox: what providers told us, as it came, before anyone interprets it."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from joanie.common.state_machine import state_field
from joanie.core.models.base import BaseModel
from joanie.payment.enums import NOTIFICATION_MACHINE, NotificationState


class PaymentNotificationQuerySet(models.QuerySet["PaymentNotification"]):
    def due(self, now: datetime) -> Self:
        """Stored but not settled, and not being worked on."""
        return self.filter(
            state__in=(NotificationState.RECEIVED, NotificationState.FAILED),
            next_attempt_at__lte=now,
        )


class PaymentNotification(BaseModel):
    """One HTTP request of a provider. It can be rebuilt and processed again at any time.

    ``next_attempt_at`` is also a lease: whoever works on the row moves it into the future first.
    """

    backend = models.CharField(max_length=50)
    event_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - NULLs differ
    method = models.CharField(max_length=10)
    path = models.TextField()
    query_string = models.TextField(blank=True)
    headers: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    body = models.BinaryField()
    is_authenticated = models.BooleanField(default=False)
    state = state_field(NotificationState, NotificationState.RECEIVED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    processed_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    objects = PaymentNotificationQuerySet.as_manager()

    class Meta:
        ordering = ("-created_on", "id")
        permissions = [("replay_paymentnotification", _("Can process a notification again"))]
        indexes = [
            models.Index(
                fields=("next_attempt_at",),
                condition=models.Q(
                    state__in=(NotificationState.RECEIVED, NotificationState.FAILED)
                ),
                name="notification_due",
            ),
            models.Index(fields=("created_on",), name="notification_age"),
            models.Index(
                fields=("created_on",),
                condition=models.Q(state=NotificationState.DEAD),
                name="notification_parked",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("backend", "event_id"), name="notification_event_is_unique_per_backend"
            )
        ]
        triggers = [NOTIFICATION_MACHINE.trigger()]

    def __str__(self) -> str:
        return f"{self.backend} {self.event_id or self.pk} ({self.state})"

    @NOTIFICATION_MACHINE.move("process")
    def process(self) -> None:
        """It had its effect."""

    @NOTIFICATION_MACHINE.move("ignore")
    def ignore(self) -> None:
        """It says nothing that concerns us."""

    @NOTIFICATION_MACHINE.move("fail")
    def fail(self) -> None:
        """Not now; it will be tried again."""

    @NOTIFICATION_MACHINE.move("park")
    def park(self) -> None:
        """Tried often enough: a person has to look."""


class NotificationRejection(models.Model):
    """How many requests to a notification URL were refused as forged, by day."""

    backend = models.CharField(max_length=50)
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-day", "backend")
        constraints = [
            models.UniqueConstraint(
                fields=("backend", "day"), name="one_rejection_count_per_backend_and_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.backend} {self.day}: {self.count}"
