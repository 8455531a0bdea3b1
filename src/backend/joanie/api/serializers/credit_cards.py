from rest_framework import serializers

from joanie.payment.models import CreditCard


class CreditCardSerializer(serializers.ModelSerializer[CreditCard]):
    """A saved card, of which only ``title`` and ``is_main`` can be written."""

    class Meta:
        model = CreditCard
        fields = (
            "id",
            "title",
            "brand",
            "last_numbers",
            "expiration_month",
            "expiration_year",
            "is_main",
            "state",
        )
        read_only_fields = (
            "brand",
            "last_numbers",
            "expiration_month",
            "expiration_year",
            "state",
        )
