from typing import Any

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from joanie.api.idempotency import PARAMETER, idempotent
from joanie.api.reads.enrollments import enrollments_of
from joanie.api.schema import describe, errors
from joanie.api.serializers.enrollments import (
    EnrollmentChangeSerializer,
    EnrollmentFilterSerializer,
    EnrollmentSerializer,
    NewEnrollmentSerializer,
)
from joanie.api.views.base import PrivateViewSet
from joanie.core.models import CourseRun, Enrollment
from joanie.core.models.enrollments import EnrollmentQuerySet
from joanie.core.services.enrollments import enroll, unenroll


class EnrollmentViewSet(PrivateViewSet):
    """The course runs that a learner is in, or was."""

    serializer_class = EnrollmentSerializer

    def get_queryset(self) -> EnrollmentQuerySet:
        return enrollments_of(self.owner)

    @describe(
        parameters=[EnrollmentFilterSerializer],
        responses={200: EnrollmentSerializer(many=True), **errors(400)},
    )
    def list(self, request: Request) -> Response:
        query = EnrollmentFilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        page = self.paginate_queryset(self.get_queryset().filter(query.condition))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, _request: Request, **_kwargs: Any) -> Response:
        return self.answer(self.get_serializer(self.get_object()).data)

    @describe(
        parameters=[PARAMETER],
        request=NewEnrollmentSerializer,
        responses={
            200: EnrollmentSerializer,
            201: EnrollmentSerializer,
            **errors(409, 422, 503),
        },
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Enter a course run: 201 the first time, 200 when the enrolment exists already."""
        body = NewEnrollmentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        is_active = body.validated_data.get("is_active", True)
        enrollment, is_new = self._set(body.validated_data["course_run"], is_active=is_active)
        return self.answer(
            EnrollmentSerializer(enrollment).data,
            status.HTTP_201_CREATED if is_new else status.HTTP_200_OK,
        )

    @describe(
        request=EnrollmentChangeSerializer, responses={200: EnrollmentSerializer, **errors(503)}
    )
    def update(self, request: Request, **_kwargs: Any) -> Response:
        """Leave a course run, or enter it again."""
        enrollment = self.get_object()
        body = EnrollmentChangeSerializer(
            enrollment, data=request.data, partial=request.method == "PATCH"
        )
        body.is_valid(raise_exception=True)
        is_active = body.validated_data.get("is_active")
        if is_active is not None:
            enrollment, _ = self._set(enrollment.course_run, is_active=is_active)
        return self.answer(EnrollmentSerializer(enrollment).data)

    @describe(
        request=EnrollmentChangeSerializer, responses={200: EnrollmentSerializer, **errors(503)}
    )
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        return self.update(request, **kwargs)

    def _set(self, course_run: CourseRun, *, is_active: bool) -> tuple[Enrollment, bool]:
        if is_active:
            return enroll(owner=self.owner, course_run=course_run)
        return unenroll(owner=self.owner, course_run=course_run), False
