"""What is told."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from joanie.webhooks.enums import EventType


class WebhookMessage(models.Model):
    """One event, as it is sent: the same bytes to everybody, every time.

    ``key`` names the event, and the id is made of it: an event that is told of twice is one
    message.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    event_type = models.CharField(_("event"), max_length=50, choices=EventType.choices)
    key = models.CharField(_("key"), max_length=150, unique=True)
    occurred_at = models.DateTimeField(_("occurred at"))
    body = models.TextField(_("body"), help_text=_("JSON, byte for byte."))
    created_on = models.DateTimeField(_("created on"), auto_now_add=True)

    class Meta:
        ordering = ("-created_on", "id")
        verbose_name = _("webhook message")
        verbose_name_plural = _("webhook messages")
        indexes = [models.Index(fields=("created_on",), name="webhook_message_age")]

    def __str__(self) -> str:
        return f"{self.event_type} {self.webhook_id}"

    @property
    def webhook_id(self) -> str:
        """What receivers know it by."""
        return f"msg_{self.id.hex}"
