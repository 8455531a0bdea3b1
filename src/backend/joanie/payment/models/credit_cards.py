"""Cards that learners saved at a provider: a token and what may be shown of it."""

from datetime import date
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from joanie.common.state_machine import state_field
from joanie.core.models.base import BaseModel
from joanie.core.models.owners import keep_with_owner
from joanie.payment.enums import CARD_MACHINE, CardState


class CreditCardQuerySet(models.QuerySet["CreditCard"]):
    def kept(self) -> Self:
        """The owner still has them: not being removed."""
        return self.exclude(state=CardState.DELETING)

    def active(self) -> Self:
        """They can pay."""
        return self.filter(state=CardState.ACTIVE)

    def past_their_month(self, today: date) -> Self:
        """Active ones whose month ended before ``today``."""
        return self.active().filter(
            models.Q(expiration_year__lt=today.year)
            | models.Q(expiration_year=today.year, expiration_month__lt=today.month)
        )


class CreditCard(BaseModel):
    """A saved card. One click goes through ``backend``, the account that knows ``token``.

    Neither the number nor the security code ever comes here; ``last_numbers`` is four digits.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=keep_with_owner, related_name="joanie_credit_cards"
    )
    backend = models.CharField(max_length=50)
    token = models.CharField(max_length=255)
    provider_customer = models.CharField(max_length=255, blank=True)
    title = models.CharField(max_length=100, blank=True)
    brand = models.CharField(max_length=40, blank=True)
    last_numbers = models.CharField(
        max_length=4, blank=True, validators=[RegexValidator(r"^[0-9]{0,4}$")]
    )
    expiration_month = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    expiration_year = models.PositiveSmallIntegerField()
    is_main = models.BooleanField(default=False)
    state = state_field(CardState, CardState.ACTIVE)

    objects = CreditCardQuerySet.as_manager()

    class Meta:
        ordering = ("-is_main", "-created_on", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("backend", "token"), name="card_token_is_unique_per_backend"
            ),
            models.UniqueConstraint(
                fields=("owner",), condition=models.Q(is_main=True), name="one_main_card"
            ),
            models.CheckConstraint(
                condition=models.Q(is_main=False) | models.Q(state=CardState.ACTIVE),
                name="main_card_is_active",
            ),
            models.CheckConstraint(
                condition=models.Q(expiration_month__range=(1, 12)),
                name="card_expires_in_a_month",
            ),
            models.CheckConstraint(
                condition=models.Q(last_numbers__regex=r"^[0-9]{0,4}$"),
                name="card_number_is_not_here",
            ),
        ]
        triggers = [CARD_MACHINE.trigger()]

    def __str__(self) -> str:
        return f"{self.brand} …{self.last_numbers}"

    @CARD_MACHINE.move("expire")
    def expire(self) -> None:
        """Its month is over."""

    @CARD_MACHINE.move("renew")
    def renew(self) -> None:
        """The provider gave it a later month."""

    @CARD_MACHINE.move("revoke")
    def revoke(self) -> None:
        """The provider says it is gone or will never work."""

    @CARD_MACHINE.move("start_deletion")
    def start_deletion(self) -> None:
        """The owner removed it; the provider is being told."""

    @CARD_MACHINE.move("keep")
    def keep(self) -> None:
        """The owner saved it again while it was being removed."""
