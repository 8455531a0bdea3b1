from typing import Any

from django.http import HttpRequest
from django.utils import translation
from rest_framework import serializers

from joanie.api.serializers.return_urls import ReturnUrlField
from joanie.api.serializers.shown import ShownSerializer
from joanie.common.card_numbers import refuse_card_number
from joanie.common.client_address import find_client_address
from joanie.common.public_url import get_public_base_url
from joanie.payment.models import CreditCard
from joanie.payment.services.card_setup import CardSetupRequest


class CreditCardSerializer(ShownSerializer, serializers.ModelSerializer[CreditCard]):
    """A saved card, of which only ``title`` and ``is_main`` can be written."""

    kind = "credit_card"

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
        extra_kwargs = {"title": {"validators": [refuse_card_number]}}


class CardSetupSerializer(serializers.Serializer[Any]):
    """Where to save a card, and where the browser goes afterwards."""

    payment_method = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=50,
        help_text="The name of one; the default one when left out.",
    )
    return_url = ReturnUrlField()

    def setup_request(self, request: HttpRequest) -> CardSetupRequest:
        """Give what the service understands. Raises PublicUrlUnknown."""
        return CardSetupRequest(
            base_url=get_public_base_url(request),
            language=translation.get_language(),
            client_address=find_client_address(request),
            **self.validated_data,
        )


class StartedCardSetupSerializer(serializers.Serializer[Any]):
    """What the browser does next: go to ``url``, or hand ``client`` to the provider's widget."""

    url = serializers.CharField(required=False)
    client = serializers.JSONField(required=False)
