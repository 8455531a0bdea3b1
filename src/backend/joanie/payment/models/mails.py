"""What learners are told by mail."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from joanie.core.models import Order
from joanie.core.models.base import BaseModel
from joanie.payment.enums import MailKind
from joanie.payment.models.credit_cards import CreditCard
from joanie.payment.models.invoices import ProformaInvoice
from joanie.payment.models.payments import Payment


class MailQuerySet(models.QuerySet["Mail"]):
    def waiting(self) -> Self:
        """Neither sent nor dropped."""
        return self.filter(sent_at=None, dropped_because="")

    def free(self, now: datetime) -> Self:
        """Held by no worker: never claimed, or by one whose lease is over."""
        return self.filter(models.Q(claimed_until=None) | models.Q(claimed_until__lte=now))

    def with_subject(self) -> Self:
        """Bring along all that a mail tells about, in the same query."""
        return self.select_related(
            "owner",
            "order__product",
            "order__course",
            "order__organization",
            "payment",
            "proforma_invoice",
            "credit_card",
        )


class Mail(BaseModel):
    """One mail to one learner, written in the transaction of what it tells about.

    ``key`` names the event, so that nobody hears of it twice. ``claimed_until`` is the lease of
    the worker that is sending it. A mail that has nothing true to say any more is dropped.
    ``updated_on`` moves when it is asked for again, and not while it is being sent.
    """

    kind = models.CharField(max_length=30, choices=MailKind.choices)
    key = models.CharField(max_length=150, unique=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="joanie_mails"
    )
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="mails"
    )
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="mails"
    )
    proforma_invoice = models.ForeignKey(
        ProformaInvoice, on_delete=models.PROTECT, null=True, blank=True, related_name="mails"
    )
    credit_card = models.ForeignKey(
        CreditCard, on_delete=models.SET_NULL, null=True, blank=True, related_name="mails"
    )
    language = models.CharField(max_length=10)
    claimed_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_to = models.EmailField(blank=True)
    dropped_because = models.CharField(max_length=255, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ("-created_on", "id")
        permissions = [("resend_mail", _("Can send a mail again"))]
        indexes = [
            models.Index(
                fields=("created_on",),
                condition=models.Q(sent_at=None, dropped_because=""),
                name="mail_to_send",
            )
        ]

    def __str__(self) -> str:
        return self.key
