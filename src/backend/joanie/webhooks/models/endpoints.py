"""Who is told."""

import uuid
from datetime import datetime
from typing import Self
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from joanie.webhooks.addresses import AddressRefused, check_url
from joanie.webhooks.enums import (
    CHOSEN_EVENT_TYPES,
    DISABLED_BY_ITSELF,
    DeliveryState,
    DisabledBecause,
)
from joanie.webhooks.signing import make_secret


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def listening_to(self, event_type: str) -> Self:
        """Those that want it. An endpoint that asks for nothing in particular wants everything."""
        wants_it = models.Q(event_types=[]) | models.Q(event_types__contains=[event_type])
        return self.filter(wants_it, is_enabled=True)

    def due(self, now: datetime) -> Self:
        """Those that something waits for, held by no worker and not left alone for a while."""
        waiting = models.Q(
            deliveries__state=DeliveryState.PENDING, deliveries__next_attempt_at__lte=now
        )
        waited_for = WebhookEndpoint.objects.filter(waiting)
        return self.filter(is_enabled=True, available_at__lte=now, pk__in=waited_for.values("pk"))

    def disabled_by_themselves(self) -> Self:
        return self.filter(is_enabled=False, disabled_because__in=DISABLED_BY_ITSELF)


class WebhookEndpoint(models.Model):
    """An address that is told of events, and the secrets that they are signed with.

    ``available_at`` is both the lease of the worker that sends to it and, after a failure, how
    long it is left alone. Both counts of failures begin anew with each delivery that is taken.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_on = models.DateTimeField(_("created on"), auto_now_add=True, editable=False)
    url = models.CharField(
        _("URL"), max_length=500, help_text=_("https://…, without a user name and a password.")
    )
    description = models.CharField(_("description"), max_length=255, blank=True)
    event_types = ArrayField(
        models.CharField(max_length=50, choices=CHOSEN_EVENT_TYPES),
        verbose_name=_("events"),
        default=list,
        blank=True,
        help_text=_("All of them when none is chosen."),
    )
    secret = models.CharField(max_length=100, default=make_secret, editable=False)
    previous_secret = models.CharField(max_length=100, blank=True, editable=False)
    previous_secret_until = models.DateTimeField(
        _("previous secret good until"), null=True, blank=True, editable=False
    )
    is_enabled = models.BooleanField(_("enabled"), default=True, editable=False)
    disabled_because = models.CharField(
        _("disabled because"),
        max_length=20,
        choices=DisabledBecause.choices,
        blank=True,
        editable=False,
    )
    disabled_at = models.DateTimeField(_("disabled at"), null=True, blank=True, editable=False)
    available_at = models.DateTimeField(db_default=Now(), editable=False)
    failures_in_a_row = models.PositiveIntegerField(
        _("failures in a row"), default=0, editable=False
    )
    given_up_in_a_row = models.PositiveIntegerField(default=0, editable=False)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        ordering = ("created_on", "id")
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        permissions = [
            ("reveal_webhook_secret", _("Can see the secret of a webhook endpoint")),
            ("rotate_webhook_secret", _("Can rotate the secret of a webhook endpoint")),
            ("switch_webhookendpoint", _("Can switch a webhook endpoint on and off")),
            ("test_webhookendpoint", _("Can send a test event to a webhook endpoint")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_enabled=True, disabled_because="", disabled_at=None)
                | models.Q(is_enabled=False, disabled_at__isnull=False)
                & ~models.Q(disabled_because=""),
                name="webhook_endpoint_says_why_it_is_disabled",
            )
        ]

    def __str__(self) -> str:
        return self.description or self.origin

    @property
    def origin(self) -> str:
        """What may be read by many: paths and queries hold keys now and then."""
        try:
            parts = urlsplit(self.url)
        except ValueError:
            return "?"
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def clean(self) -> None:
        try:
            check_url(self.url)
        except AddressRefused as error:
            raise ValidationError({"url": error.explanation}) from error

    def secrets_at(self, now: datetime) -> list[str]:
        """Give those that a message is signed with: two while the receiver changes over."""
        is_old_one_good = self.previous_secret_until is not None and now < (
            self.previous_secret_until
        )
        return [self.secret, self.previous_secret] if is_old_one_good else [self.secret]
