"""What is sold, as it is for every reader: ``joanie.api.reads.catalogue`` adds what is live."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from joanie.api.serializers.courses import (
    CourseRunStateSerializer,
    OrganizationSerializer,
    TargetCourseSerializer,
    moment_of,
)
from joanie.api.serializers.fields import (
    AmountField,
    CertificateField,
    CurrencyField,
    write_amount,
)
from joanie.api.serializers.orders import OrderSummarySerializer
from joanie.api.serializers.shown import ShownSerializer
from joanie.core.course_run_state import compute_best_state
from joanie.core.enums import ProductType
from joanie.core.models import Course, Product

OWN_ORDERS = OrderSummarySerializer(
    many=True, allow_null=True, help_text="The reader's own; null without a token."
)
SEATS = "Orders it can have at a time, those still to be paid included; null: any number."
SEATS_LEFT = serializers.IntegerField(
    min_value=0,
    allow_null=True,
    help_text="Orders that can still be placed, at this moment; null: any number.",
)


class ProductSerializer(ShownSerializer):
    kind = "product"

    id = serializers.UUIDField()
    title = serializers.CharField(source="title_i18n")
    description = serializers.CharField(source="description_i18n")
    type = serializers.ChoiceField(choices=ProductType.choices)
    price = AmountField()
    price_currency = CurrencyField()
    call_to_action = serializers.CharField(source="call_to_action_i18n")
    certificate = CertificateField()
    max_orders = serializers.IntegerField(min_value=0, allow_null=True, help_text=SEATS)
    seats_left = serializers.SerializerMethodField()
    organizations = OrganizationSerializer(many=True)
    target_courses = TargetCourseSerializer(source="target_course_relations", many=True)
    orders = serializers.SerializerMethodField()

    @extend_schema_field(SEATS_LEFT)
    def get_seats_left(self, _product: Product) -> None:
        """Leave a place for it: it changes with each order."""

    @extend_schema_field(OWN_ORDERS)
    def get_orders(self, _product: Product) -> None:
        """Leave a place for them: they are the reader's."""

    def write(self, instance: Product) -> dict[str, Any]:
        write_organization = OrganizationSerializer().write
        write_relation = TargetCourseSerializer(context=self.context).write
        currency = str(instance.price.currency)
        return {
            "id": str(instance.pk),
            "title": instance.title_i18n,
            "description": instance.description_i18n,
            "type": instance.type,
            "price": write_amount(instance.price.amount, currency),
            "price_currency": currency,
            "call_to_action": instance.call_to_action_i18n,
            "certificate": None,
            "max_orders": instance.max_orders,
            "seats_left": self.get_seats_left(instance),
            "organizations": [write_organization(each) for each in instance.organizations.all()],
            "target_courses": [
                write_relation(each) for each in instance.target_course_relations.all()
            ],
            "orders": self.get_orders(instance),
        }


class CourseSerializer(ShownSerializer):
    kind = "course"

    code = serializers.CharField()
    title = serializers.CharField(source="title_i18n")
    state = serializers.SerializerMethodField(help_text="The best of its runs.")
    organizations = OrganizationSerializer(many=True)
    products = serializers.SerializerMethodField()
    orders = serializers.SerializerMethodField()

    @extend_schema_field(CourseRunStateSerializer)
    def get_state(self, course: Course) -> dict[str, Any]:
        runs = course.course_runs.all()
        state = compute_best_state(runs, moment_of(self.context))
        return CourseRunStateSerializer().to_representation(state)

    @extend_schema_field(ProductSerializer(many=True))
    def get_products(self, course: Course) -> list[Mapping[str, Any]]:
        """Give them as they are shown: they are in the context."""
        return [self.context["products"][product.pk] for product in course.products.all()]

    @extend_schema_field(OWN_ORDERS)
    def get_orders(self, _course: Course) -> None:
        """Leave a place for them: they are the reader's."""
