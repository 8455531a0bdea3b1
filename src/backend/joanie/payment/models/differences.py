"""What reconciliation found to be different at a provider."""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from joanie.core.models.base import BaseModel
from joanie.payment.enums import DifferenceKind, DifferenceState
from joanie.payment.models.payments import Payment


class Difference(BaseModel):
    """One difference, the trace of its healing included. Finding it again changes its row.

    ``subject`` is the provider's reference, or the id of a payment that has none. ``ours`` and
    ``theirs`` say what each side had when it was found last, which ``updated_on`` tells.
    """

    backend = models.CharField(max_length=50)
    kind = models.CharField(max_length=20, choices=DifferenceKind.choices)
    subject = models.CharField(max_length=255)
    payment = models.ForeignKey(
        Payment, on_delete=models.CASCADE, null=True, blank=True, related_name="differences"
    )
    state = models.CharField(
        max_length=10, choices=DifferenceState.choices, default=DifferenceState.OPEN
    )
    ours = models.CharField(max_length=255, blank=True)
    theirs = models.CharField(max_length=255, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        ordering = ("-updated_on", "id")
        permissions = [("settle_difference", _("Can settle a difference with a provider"))]
        constraints = [
            models.UniqueConstraint(
                fields=("backend", "kind", "subject"), name="one_difference_of_a_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(state=DifferenceState.OPEN, settled_at=None)
                | (~models.Q(state=DifferenceState.OPEN) & models.Q(settled_at__isnull=False)),
                name="difference_open_or_settled",
            ),
        ]
        indexes = [
            models.Index(
                fields=("updated_on",),
                condition=models.Q(state=DifferenceState.OPEN),
                name="difference_to_look_at",
            )
        ]

    def __str__(self) -> str:
        return f"{self.backend} {self.subject}: {self.kind}"
