"""Orders as their owner sees them. The rows come from ``joanie.api.reads.orders``.

Serializers describe them, functions write them: a list has thousands of values.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from rest_framework import serializers

from joanie.api.serializers.courses import TargetCourseSerializer
from joanie.api.serializers.enrollments import EnrollmentSerializer
from joanie.api.serializers.fields import (
    AmountField,
    CertificateField,
    CurrencyField,
    UtcDateTimeField,
    write_amount,
    write_moment,
)
from joanie.api.serializers.shown import ShownSerializer
from joanie.core.enums import OrderState
from joanie.payment.enums import (
    OPEN_PAYMENT_STATES,
    FailureCode,
    PaymentState,
    publish_failure_code,
)


class LatestPaymentSerializer(serializers.Serializer[Any]):
    """The last attempt to pay. ``provider`` is the payment method's name."""

    state = serializers.ChoiceField(choices=PaymentState.choices)
    provider = serializers.CharField()
    failure_code = serializers.ChoiceField(
        choices=FailureCode.choices, allow_null=True, read_only=True
    )
    url = serializers.CharField(
        allow_null=True, read_only=True, help_text="Where to go on paying, while one can."
    )


class DocumentSerializer(serializers.Serializer[Any]):
    """A pro forma invoice, or what corrects it: a credit note's total is negative."""

    reference = serializers.CharField()
    total = AmountField()
    total_currency = CurrencyField()
    issued_on = serializers.DateField()


class OrderSerializer(ShownSerializer):
    kind = "order"

    id = serializers.UUIDField()
    owner = serializers.CharField()
    course = serializers.CharField()
    product = serializers.UUIDField()
    organization = serializers.UUIDField()
    total = AmountField()
    total_currency = CurrencyField()
    state = serializers.ChoiceField(choices=OrderState.choices)
    created_on = UtcDateTimeField()
    main_proforma_invoice = serializers.CharField(
        allow_null=True, read_only=True, help_text="Its reference."
    )
    proforma_invoices = DocumentSerializer(
        many=True, read_only=True, help_text="The main one first, then what corrects it."
    )
    certificate = CertificateField()
    enrollments = EnrollmentSerializer(many=True, read_only=True)
    payment = LatestPaymentSerializer(allow_null=True, read_only=True)
    target_courses = TargetCourseSerializer(many=True)


class OrderSummarySerializer(OrderSerializer):
    target_courses = None  # type: ignore[assignment]


def write_order(
    row: Mapping[str, Any], owner: AbstractBaseUser, enrollments: list[dict[str, Any]]
) -> dict[str, Any]:
    """Write a row of ``orders_of`` as ``OrderSummarySerializer`` describes it."""
    documents = [_write_document(each) for each in row["issued_documents"]]
    payment = row["latest_payment"]
    return {
        "id": str(row["id"]),
        "owner": owner.get_username(),
        "course": row["course__code"],
        "product": str(row["product_id"]),
        "organization": str(row["organization_id"]),
        "total": write_amount(row["total"], row["total_currency"]),
        "total_currency": row["total_currency"],
        "state": row["state"],
        "created_on": write_moment(row["created_on"]),
        "main_proforma_invoice": documents[0]["reference"] if documents else None,
        "proforma_invoices": documents,
        "certificate": None,
        "enrollments": enrollments,
        "payment": None if payment is None else _write_payment(payment),
    }


def _write_document(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "reference": row["reference"],
        "total": write_amount(Decimal(row["total"]), row["total_currency"]),
        "total_currency": row["total_currency"],
        "issued_on": row["issued_on"],
    }


def _write_payment(row: Mapping[str, Any]) -> dict[str, Any]:
    is_open = row["state"] in OPEN_PAYMENT_STATES
    return {
        "state": row["state"],
        "provider": row["backend"],
        "failure_code": publish_failure_code(row["failure_code"]) or None,
        "url": row["url"] or None if is_open else None,
    }


class OrderFilterSerializer(serializers.Serializer[Any]):
    """The query of a list of orders."""

    course = serializers.CharField(required=False, max_length=100, help_text="Its code.")
    product = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(choices=OrderState.choices, required=False)
