import unicodedata
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from joanie.common.card_numbers import refuse_card_number
from joanie.core.models.base import BaseModel

# Control characters, unassigned, private and broken ones, and the separators of lines.
UNPRINTABLE = frozenset({"Cc", "Cn", "Co", "Cs", "Zl", "Zp"})


def validate_printable(text: str) -> None:
    """Refuse what has no shape on a document, needs more than one line there, or is a card's."""
    refuse_card_number(text)
    categories = {unicodedata.category(character) for character in text}
    if categories & UNPRINTABLE:
        raise ValidationError(
            _("Use characters that can be printed, on one line."), code="printable"
        )
    if text and all(category[0] in "CZ" for category in categories):
        raise ValidationError(_("This may not be blank."), code="blank")


class PostalAddress(models.Model):
    """Who lives where, short enough for any document."""

    first_name = models.CharField(max_length=100, validators=[validate_printable])
    last_name = models.CharField(max_length=100, validators=[validate_printable])
    address = models.CharField(max_length=255, validators=[validate_printable])
    postcode = models.CharField(max_length=20, validators=[validate_printable])
    city = models.CharField(max_length=100, validators=[validate_printable])
    country = CountryField()

    class Meta:
        abstract = True


class Address(BaseModel, PostalAddress):
    """An address that a learner keeps. One of them is the main one."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="joanie_addresses"
    )
    title = models.CharField(max_length=100, validators=[validate_printable])
    is_main = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("addresses")
        ordering = ("-is_main", "created_on", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("owner",),
                condition=models.Q(is_main=True),
                name="one_main_address",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.address}, {self.postcode} {self.city}"

    def as_billing_address(self) -> dict[str, Any]:
        """Give the mapping that payment backends and documents speak."""
        return {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "address": self.address,
            "postcode": self.postcode,
            "city": self.city,
            "country": str(self.country),
        }
