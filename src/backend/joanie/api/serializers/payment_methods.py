from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from joanie.api.serializers.shown import ShownSerializer
from joanie.core.models import Product
from joanie.payment.backends.types import Flow


class PaymentMethodSerializer(ShownSerializer):
    kind = "payment_method"

    name = serializers.CharField(help_text="What a purchase calls ``payment_method``.")
    label = serializers.CharField()  # type: ignore[assignment]
    flow = serializers.ChoiceField(choices=Flow.choices)
    supports_one_click = serializers.BooleanField()
    public = serializers.DictField(help_text="What the provider's widget needs to know.")


class ClientTokenSerializer(serializers.Serializer[Any]):
    client_token = serializers.CharField(help_text="For the provider's widget, once.")


class PaymentMethodFilterSerializer(serializers.Serializer[Any]):
    """The query of the list of payment methods."""

    product = serializers.UUIDField(required=False, help_text="Keep those that take its currency.")

    def validate_product(self, product_id: Any) -> Product:
        product = Product.objects.filter(pk=product_id).first()
        if product is None:
            raise serializers.ValidationError(_("There is no such product."))
        return product
