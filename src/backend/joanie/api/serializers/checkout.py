"""What a learner sends to buy, and what comes back."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from joanie.api.serializers.fields import CountryField
from joanie.api.serializers.orders import OrderSerializer
from joanie.api.serializers.return_urls import ReturnUrlField
from joanie.common.card_numbers import refuse_card_number
from joanie.common.client_address import find_client_address
from joanie.common.public_url import get_public_base_url
from joanie.core.billing_address import clean_billing_address
from joanie.core.models import Course, Product
from joanie.payment.enums import FailureCode
from joanie.payment.services.payment_request import PaymentRequest


class BillingAddressSerializer(serializers.Serializer[Any]):
    first_name = serializers.CharField(max_length=100)
    last_name = serializers.CharField(max_length=100)
    address = serializers.CharField(max_length=255)
    postcode = serializers.CharField(max_length=20)
    city = serializers.CharField(max_length=100)
    country = CountryField()


@extend_schema_field(BillingAddressSerializer)
class BillingAddressField(serializers.DictField):
    """An object, whose contents are checked when something is to be paid only."""


class PaymentMeansSerializer(serializers.Serializer[Any]):
    """How an order is to be paid."""

    billing_address = BillingAddressField(
        required=False, allow_null=True, help_text="Required unless the product is free."
    )
    credit_card_id = serializers.UUIDField(required=False, allow_null=True)
    payment_method = serializers.CharField(required=False, allow_blank=True, max_length=50)
    save_card = serializers.BooleanField(required=False)
    payment_method_nonce = serializers.CharField(
        required=False, allow_blank=True, max_length=10_000, validators=[refuse_card_number]
    )
    device_data = serializers.CharField(
        required=False, allow_blank=True, max_length=10_000, validators=[refuse_card_number]
    )
    return_url = ReturnUrlField()

    def payment_request(self, request: HttpRequest) -> PaymentRequest:
        """Give what the checkout understands.

        Raises ValidationError, InvalidBillingAddress, PublicUrlUnknown.
        """
        values = self.validated_data
        if values.get("billing_address") is None:
            raise serializers.ValidationError({"billing_address": [_("This field is required.")]})
        return PaymentRequest(
            billing_address=clean_billing_address(values["billing_address"]),
            base_url=get_public_base_url(request),
            payment_method=values.get("payment_method", ""),
            credit_card_id=values.get("credit_card_id"),
            save_card=values.get("save_card", False),
            return_url=values.get("return_url", ""),
            client_address=find_client_address(request),
            payment_method_nonce=values.get("payment_method_nonce", ""),
            device_data=values.get("device_data", ""),
        )


class PurchaseSerializer(PaymentMeansSerializer):
    """A product to order, on the course where it is displayed."""

    course = serializers.CharField(max_length=100, help_text="Its code.")
    product = serializers.UUIDField()
    organization = serializers.UUIDField(
        required=False, allow_null=True, help_text="The least loaded seller when left out."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        course, product = _find_offer(attrs["course"], attrs["product"])
        return {**attrs, "course": course, "product": product}


class AbortSerializer(serializers.Serializer[Any]):
    payment_id = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=255,
        help_text="Nothing is aborted unless it is this order's.",
    )


class PaymentInfoSerializer(serializers.Serializer[Mapping[str, Any]]):
    """What the browser does next: go to ``url``, or hand ``client`` to the provider's widget."""

    payment_id = serializers.CharField()
    provider = serializers.CharField()
    url = serializers.CharField(allow_null=True)
    client = serializers.JSONField(required=False)
    is_paid = serializers.BooleanField(required=False, help_text="Said of a saved card.")
    failure_code = serializers.ChoiceField(choices=FailureCode.choices, required=False)


class CheckoutSerializer(OrderSerializer):
    """An order that was just placed, or is just being paid again."""

    payment_info = PaymentInfoSerializer(required=False, help_text="Absent when it is free.")


def _find_offer(code: str, product_id: uuid.UUID) -> tuple[Course, Product]:
    """Return both in one statement when all is well. Raises ValidationError, naming the field."""
    through = Product.courses.through._default_manager  # noqa: SLF001 - public by documentation
    displayed = (
        through.select_related("course", "product")
        .filter(course__code=code, product_id=product_id)
        .first()
    )
    if displayed is not None:
        return displayed.course, displayed.product
    if not Course.objects.filter(code=code).exists():
        raise serializers.ValidationError({"course": [_("There is no such course.")]})
    if not Product.objects.filter(pk=product_id).exists():
        raise serializers.ValidationError({"product": [_("There is no such product.")]})
    raise serializers.ValidationError({"product": [_("This product is not sold on this course.")]})
