from rest_framework import serializers

from joanie.api.serializers.fields import CountryField
from joanie.api.serializers.shown import ShownSerializer
from joanie.core.models import Address


class AddressSerializer(ShownSerializer, serializers.ModelSerializer[Address]):
    kind = "address"
    country = CountryField()

    class Meta:
        model = Address
        fields = (
            "id",
            "title",
            "first_name",
            "last_name",
            "address",
            "postcode",
            "city",
            "country",
            "is_main",
        )
