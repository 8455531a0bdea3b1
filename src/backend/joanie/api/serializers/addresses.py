from rest_framework import serializers

from joanie.api.serializers.fields import CountryField
from joanie.core.models import Address


class AddressSerializer(serializers.ModelSerializer[Address]):
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
