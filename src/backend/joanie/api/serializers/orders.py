"""Orders as their owner sees them. The rows come from ``joanie.api.reads.orders``."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from joanie.api.serializers.courses import TargetCourseSerializer
from joanie.api.serializers.enrollments import EnrollmentSerializer
from joanie.api.serializers.fields import (
    AmountField,
    CertificateField,
    CurrencyField,
    UtcDateTimeField,
)
from joanie.common.money import Money
from joanie.core.enums import OrderState
from joanie.payment.enums import FailureCode, PaymentState
from joanie.payment.models import Payment


class LatestPaymentSerializer(serializers.Serializer[Payment]):
    """The last attempt to pay. ``provider`` is the payment method's name."""

    state = serializers.ChoiceField(choices=PaymentState.choices)
    provider = serializers.CharField(source="backend")
    failure_code = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField(help_text="Where to go on paying, while one can.")

    @extend_schema_field(serializers.ChoiceField(choices=FailureCode.choices, allow_null=True))
    def get_failure_code(self, payment: Payment) -> str | None:
        return payment.public_failure_code or None

    def get_url(self, payment: Payment) -> str | None:
        return payment.url or None if payment.is_open else None


class DocumentSerializer(serializers.Serializer[Any]):
    """A pro forma invoice, or what corrects it: a credit note's total is negative."""

    reference = serializers.CharField()
    total = AmountField(source="money")
    total_currency = CurrencyField()
    issued_on = serializers.DateField()


class OrderSummarySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    owner = serializers.CharField(source="owner.get_username")
    course = serializers.CharField(source="course.code")
    product = serializers.UUIDField(source="product_id")
    organization = serializers.UUIDField(source="organization_id")
    total = AmountField()
    total_currency = CurrencyField()
    state = serializers.ChoiceField(choices=OrderState.choices)
    created_on = UtcDateTimeField()
    main_proforma_invoice = serializers.SerializerMethodField(help_text="Its reference.")
    proforma_invoices = serializers.SerializerMethodField(
        help_text="The main one first, then what corrects it."
    )
    certificate = CertificateField()
    enrollments = serializers.SerializerMethodField()
    payment = serializers.SerializerMethodField()

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_main_proforma_invoice(self, order: Any) -> str | None:
        documents = order.issued_documents
        return str(documents[0]["reference"]) if documents else None

    @extend_schema_field(DocumentSerializer(many=True))
    def get_proforma_invoices(self, order: Any) -> list[dict[str, Any]]:
        documents = [
            {**each, "money": Money(each["total"], each["total_currency"])}
            for each in order.issued_documents
        ]
        return list(DocumentSerializer(documents, many=True).data)

    @extend_schema_field(EnrollmentSerializer(many=True))
    def get_enrollments(self, order: Any) -> list[dict[str, Any]]:
        contained = [
            enrollment
            for enrollment in order.owner.known_enrollments
            if enrollment.course_run_id in order.contained_run_ids
        ]
        return list(EnrollmentSerializer(contained, many=True).data)

    @extend_schema_field(LatestPaymentSerializer(allow_null=True))
    def get_payment(self, order: Any) -> dict[str, Any] | None:
        if order.latest_payment is None:
            return None
        return dict(LatestPaymentSerializer(Payment(**order.latest_payment)).data)


class OrderSerializer(OrderSummarySerializer):
    target_courses = TargetCourseSerializer(source="target_course_relations", many=True)


class OrderFilterSerializer(serializers.Serializer[Any]):
    """The query of a list of orders."""

    course = serializers.CharField(required=False, max_length=100, help_text="Its code.")
    product = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(choices=OrderState.choices, required=False)
