"""What a host shows, and whom it lets in, by classes of its own."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from joanie.api.serializers.addresses import AddressSerializer
from joanie.api.serializers.courses import (
    CourseRunSerializer,
    OrganizationSerializer,
    TargetCourseSerializer,
)
from joanie.api.serializers.credit_cards import CreditCardSerializer
from joanie.api.serializers.enrollments import EnrollmentSerializer
from joanie.api.serializers.orders import OrderSerializer
from joanie.api.serializers.payment_methods import PaymentMethodSerializer
from joanie.api.serializers.products import CourseSerializer, ProductSerializer


class HostOrganizationSerializer(OrganizationSerializer):
    city = serializers.CharField()


class HostCourseSerializer(CourseSerializer):
    sellers = serializers.SerializerMethodField()

    @classmethod
    def prefetch(cls, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.prefetch_related("organizations")

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_sellers(self, course: Any) -> list[str]:
        return [seller.city for seller in course.organizations.all()]


class HostProductSerializer(ProductSerializer):
    """Says who reads, and nothing of certificates."""

    reader = serializers.SerializerMethodField()
    certificate = None

    def get_reader(self, _product: Any) -> str:
        return str(self.context["request"].user)


class HostCourseRunSerializer(CourseRunSerializer):
    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return {**shown, "platform": shown["resource_link"].split("/")[2]}


class HostTargetCourseSerializer(TargetCourseSerializer):
    """Has a course's own title in the place of the one in the reader's language."""

    title = serializers.SerializerMethodField()

    def get_title(self, course: Any) -> str:
        return f"{course.code}: {course.title}"


class HostOrderSerializer(OrderSerializer):
    email = serializers.EmailField(source="owner.email")
    payment = None

    @classmethod
    def prefetch(cls, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.select_related("owner")


class HostEnrollmentSerializer(EnrollmentSerializer):
    is_taken_back = serializers.BooleanField()


class HostPaymentMethodSerializer(PaymentMethodSerializer):
    logo = serializers.SerializerMethodField()

    def get_logo(self, method: Any) -> str:
        return f"/logos/{method['name']}.svg"


class HostAddressSerializer(AddressSerializer):
    """Sends to France only."""

    postcode = serializers.RegexField(r"^[0-9]{5}$")
    line = serializers.SerializerMethodField()

    class Meta(AddressSerializer.Meta):
        fields = (*AddressSerializer.Meta.fields, "line")  # type: ignore[assignment]

    def get_line(self, address: Any) -> str:
        return f"{address.postcode} {address.city}"


class HostCreditCardSerializer(CreditCardSerializer):
    backend = serializers.CharField(read_only=True)

    class Meta(CreditCardSerializer.Meta):
        fields = (*CreditCardSerializer.Meta.fields, "backend")  # type: ignore[assignment]


class AddressWithoutAPlace(AddressSerializer):
    """Takes what nothing keeps."""

    floor = serializers.CharField()

    class Meta(AddressSerializer.Meta):
        fields = (*AddressSerializer.Meta.fields, "floor")  # type: ignore[assignment]


class AddressWithAChosenId(AddressSerializer):
    """Lets a learner say which row it is."""

    id = serializers.UUIDField()


class CardOfSomebodyElse(CreditCardSerializer):
    """Lets a learner say whose it is, under a name that they may write."""

    title = serializers.CharField(source="owner_id")


class OrganizationOfNoField(OrganizationSerializer):
    city = serializers.CharField(source="city")


class Members(BasePermission):
    message = "For members."
    code = "members_only"

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated)


class MembersByMail(BasePermission):
    message = "Buyers have an address of ours."

    def has_permission(self, request: Request, view: Any) -> bool:
        return not view.is_checkout or request.user.email.endswith("@campus.example")


class Everybody(BasePermission):
    """Opens no door."""


class ByObject(BasePermission):
    def has_object_permission(self, request: Request, view: Any, obj: Any) -> bool:
        return False
