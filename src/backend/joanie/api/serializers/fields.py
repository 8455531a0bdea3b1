"""Values as this API writes them, whatever the host's settings are."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django_countries import countries
from drf_spectacular.utils import extend_schema_field
from rest_framework import ISO_8601, serializers

from joanie.common.money import MINOR_UNITS, Money


def write_moment(moment: datetime | None) -> str | None:
    """Write it as ``UtcDateTimeField`` does."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def write_amount(amount: Decimal, currency: str) -> int | Decimal:
    """Write an amount in major units as ``AmountField`` does."""
    return int(amount) if MINOR_UNITS[currency] == 0 else amount


class UtcDateTimeField(serializers.DateTimeField):
    """ISO 8601 in UTC."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format=ISO_8601, default_timezone=UTC, **options)


@extend_schema_field({"type": "number"})
class AmountField(serializers.Field[Any, Any, Any, Any]):
    """The amount of a ``Money``, in major units.

    It has at most fifteen digits: a JSON number that is read as a double still has all of them.
    """

    def to_representation(self, value: Money) -> int | Decimal:
        return write_amount(value.amount, str(value.currency))


class CurrencyField(serializers.CharField):
    """ISO 4217."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=3, max_length=3, **options)


@extend_schema_field(
    {
        "type": "string",
        "pattern": "^[A-Z]{2}$",
        "description": "ISO 3166-1 alpha-2.",
        "example": "FR",
    }
)
class CountryField(serializers.ChoiceField):
    def __init__(self, **options: Any) -> None:
        super().__init__(choices=list(countries), **options)


@extend_schema_field({"type": "null"})
class CertificateField(serializers.Field[Any, Any, Any, Any]):
    """There are no certificates yet: always null."""

    def __init__(self) -> None:
        super().__init__(read_only=True, source="*")

    def to_representation(self, _value: object) -> None:
        return None
