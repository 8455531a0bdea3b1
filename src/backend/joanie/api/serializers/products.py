"""What is sold, and what the reader bought of it. The rows come from ``joanie.api.reads``."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from joanie.api.serializers.courses import (
    CourseRunStateSerializer,
    OrganizationSerializer,
    TargetCourseSerializer,
    moment_of,
)
from joanie.api.serializers.fields import AmountField, CertificateField, CurrencyField
from joanie.api.serializers.orders import OrderSummarySerializer
from joanie.core.course_run_state import compute_best_state
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
        return _show(getattr(product, "own_orders", None), self.context)


class CourseSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    title = serializers.CharField(source="title_i18n")
    state = serializers.SerializerMethodField(help_text="The best of its runs.")
    organizations = OrganizationSerializer(many=True)
    products = serializers.SerializerMethodField()
    orders = serializers.SerializerMethodField()

    @extend_schema_field(CourseRunStateSerializer)
    def get_state(self, course: Any) -> dict[str, Any]:
        state = compute_best_state(course.course_runs.all(), moment_of(self.context))
        return dict(CourseRunStateSerializer(asdict(state)).data)

    @extend_schema_field(ProductSerializer(many=True))
    def get_products(self, course: Any) -> list[dict[str, Any]]:
        products: Any = course.products.all()
        if hasattr(course, "own_orders"):
            for product in products:
                product.own_orders = [
                    order for order in course.own_orders if order.product_id == product.pk
                ]
        return list(ProductSerializer(products, many=True, context=self.context).data)

    @extend_schema_field(OWN_ORDERS)
    def get_orders(self, course: Any) -> list[dict[str, Any]] | None:
        return _show(getattr(course, "own_orders", None), self.context)


def _show(orders: list[Any] | None, context: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """None stays None: an anonymous reader has no list, not an empty one."""
    if orders is None:
        return None
    return list(OrderSummarySerializer(orders, many=True, context=dict(context)).data)
