from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter
from rest_framework import mixins
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from joanie.api.filters.backend import ListFilters
from joanie.api.filters.catalogue import (
    CatalogueFilters,
    CourseFilters,
    CourseRunFilters,
    OrganizationFilters,
    ProductFilters,
)
from joanie.api.reads.catalogue import courses_for, products_for
from joanie.api.schema import describe
from joanie.api.serializers.courses import CourseRunSerializer, OrganizationSerializer
from joanie.api.serializers.products import CourseSerializer, ProductSerializer
from joanie.api.views.revalidated import RevalidatedViewSet
from joanie.core.models import Course, CourseRun, Organization, Product


class CatalogueViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, RevalidatedViewSet):
    filter_backends = [ListFilters]
    filterset_class: type[CatalogueFilters]

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": self.now}

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        """Say that a filter names what is not there, where nothing was found."""
        page = super().paginate_queryset(queryset)
        if not page:
            filters = ListFilters().get_filterset(self.request, queryset, self)
            unknown = filters.find_unknown_names()
            if unknown:
                raise ValidationError(unknown)
        return page


class OrganizationViewSet(CatalogueViewSet):
    """Organizations: who teaches courses, and sells products."""

    queryset = Organization.objects.all()
    serializer_class = OrganizationSerializer
    filterset_class = OrganizationFilters


class CourseViewSet(CatalogueViewSet):
    """Courses, with the products displayed on them."""

    serializer_class = CourseSerializer
    filterset_class = CourseFilters
    lookup_field = "code"
    lookup_url_kwarg = "code"

    def get_queryset(self) -> QuerySet[Course]:
        return courses_for(self.learner)

    def get_object(self) -> Course:
        if "\x00" in self.kwargs["code"]:
            raise Http404
        course: Course = super().get_object()
        return course


class ProductViewSet(CatalogueViewSet):
    """Products, with the courses they give access to."""

    serializer_class = ProductSerializer
    filterset_class = ProductFilters

    def get_queryset(self) -> QuerySet[Product]:
        return products_for(self.learner, self._course_code())

    @describe(
        parameters=[
            OpenApiParameter("course", str, description="The product as this course displays it.")
        ]
    )
    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().retrieve(request, *args, **kwargs)

    def _course_code(self) -> str:
        code = self.request.query_params.get("course", "") if self.detail else ""
        if "\x00" in code:
            raise Http404
        return code


class CourseRunViewSet(CatalogueViewSet):
    """Course runs: when a course takes place, and where it is taught."""

    queryset = CourseRun.objects.all()
    serializer_class = CourseRunSerializer
    filterset_class = CourseRunFilters
