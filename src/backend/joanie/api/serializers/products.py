"""What is sold, and what the reader bought of it. The rows come from ``joanie.api.reads``."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from joanie.api.serializers.courses import OrganizationSerializer, TargetCourseSerializer
from joanie.api.serializers.fields import AmountField, CertificateField, CurrencyField
from joanie.api.serializers.orders import OrderSummarySerializer
from joanie.core.enums import ProductType

OWN_ORDERS = OrderSummarySerializer(
    many=True, allow_null=True, help_text="The reader's own; null without a token."
)


class ProductSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField(source="title_i18n")
    description = serializers.CharField(source="description_i18n")
    type = serializers.ChoiceField(choices=ProductType.choices)
    price = AmountField()
    price_currency = CurrencyField()
    call_to_action = serializers.CharField(source="call_to_action_i18n")
    certificate = CertificateField()
    organizations = OrganizationSerializer(many=True)
    target_courses = TargetCourseSerializer(source="target_course_relations", many=True)
    orders = serializers.SerializerMethodField()

    @extend_schema_field(OWN_ORDERS)
    def get_orders(self, product: Any) -> list[dict[str, Any]] | None:
        return _show(getattr(product, "own_orders", None))


class CourseSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    title = serializers.CharField(source="title_i18n")
    organizations = OrganizationSerializer(many=True)
    products = serializers.SerializerMethodField()
    orders = serializers.SerializerMethodField()

    @extend_schema_field(ProductSerializer(many=True))
    def get_products(self, course: Any) -> list[dict[str, Any]]:
        products: Any = course.products.all()
        if hasattr(course, "own_orders"):
            for product in products:
                product.own_orders = [
                    order for order in course.own_orders if order.product_id == product.pk
                ]
        return list(ProductSerializer(products, many=True).data)

    @extend_schema_field(OWN_ORDERS)
    def get_orders(self, course: Any) -> list[dict[str, Any]] | None:
        return _show(getattr(course, "own_orders", None))


def _show(orders: list[Any] | None) -> list[dict[str, Any]] | None:
    """None stays None: an anonymous reader has no list, not an empty one."""
    return None if orders is None else list(OrderSummarySerializer(orders, many=True).data)
