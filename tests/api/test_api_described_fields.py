"""Answers that are written by hand have the fields that their serializers describe."""

from typing import Any

import pytest
from rest_framework.serializers import Serializer
from tests.api.api_client import Api
from tests.api.test_api_budgets import make_order, make_product

from joanie.api.serializers.courses import (
    CourseRunSerializer,
    CourseRunStateSerializer,
    OrganizationSerializer,
    TargetCourseSerializer,
)
from joanie.api.serializers.enrollments import EnrollmentSerializer
from joanie.api.serializers.orders import (
    DocumentSerializer,
    LatestPaymentSerializer,
    OrderSerializer,
    OrderSummarySerializer,
)
from joanie.api.serializers.products import CourseSerializer, ProductSerializer


@pytest.fixture
def answers(api: Api, owner: Any) -> dict[type[Serializer[Any]], Any]:
    product = make_product()
    make_order(owner, product)
    order = api.read("/orders/")["results"][0]
    shown = api.read(f"/products/{product.pk}/")
    course = api.read(f"/courses/{product.courses.get().code}/")
    target = order["target_courses"][0]
    return {
        OrderSerializer: order,
        DocumentSerializer: order["proforma_invoices"][0],
        LatestPaymentSerializer: order["payment"],
        EnrollmentSerializer: order["enrollments"][0],
        TargetCourseSerializer: target,
        CourseRunSerializer: target["course_runs"][0],
        CourseRunStateSerializer: target["course_runs"][0]["state"],
        ProductSerializer: shown,
        OrganizationSerializer: shown["organizations"][0],
        OrderSummarySerializer: shown["orders"][0],
        CourseSerializer: course,
    }


def test_all_that_is_described_is_answered_in_its_order(
    answers: dict[type[Serializer[Any]], Any],
) -> None:
    for serializer, answer in answers.items():
        assert list(answer) == list(serializer().fields), serializer.__name__
