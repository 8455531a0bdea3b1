import uuid
from collections.abc import Collection
from typing import Any

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
from joanie.api.reads.catalogue import show_courses, show_products
from joanie.api.schema import describe
from joanie.api.serializers.courses import CourseRunSerializer, OrganizationSerializer
from joanie.api.serializers.products import CourseSerializer, ProductSerializer
from joanie.api.views.revalidated import RevalidatedViewSet
from joanie.core.models import Course, CourseRun, Organization, Product

# Within a class that has a method of that name, ``list`` is not the type.
Answers = list[dict[str, Any]]


class CatalogueViewSet(mixins.ListModelMixin, RevalidatedViewSet):
    filter_backends = [ListFilters]
    filterset_class: type[CatalogueFilters]

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": self.now}

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        return self.answer(self.get_serializer(self.get_object()).data)

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


class CardViewSet(CatalogueViewSet):
    """Rows that are shown by cards, found by ``lookup_field``."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        rows = self.filter_queryset(self.get_queryset())
        page = self.paginate_queryset(rows.values_list(self.lookup_field, flat=True))
        return self.get_paginated_response(self.show(page or []))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        shown = self.show([self.get_key()])
        if not shown:
            raise Http404
        return self.answer(shown[0])

    def get_key(self) -> Any:
        """Read the key of the row that is asked for. Raises Http404."""
        raise NotImplementedError

    def show(self, keys: Collection[Any]) -> Answers:
        """Give the rows that are there, as this reader sees them."""
        raise NotImplementedError


class CourseViewSet(CardViewSet):
    """Courses, with the products displayed on them."""

    queryset = Course.objects.all()
    serializer_class = CourseSerializer
    filterset_class = CourseFilters
    lookup_field = "code"
    lookup_url_kwarg = "code"

    def get_key(self) -> str:
        return _without_nul(self.kwargs["code"])

    def show(self, keys: Collection[str]) -> Answers:
        return show_courses(keys, learner=self.learner, now=self.now)


class ProductViewSet(CardViewSet):
    """Products, with the courses they give access to."""

    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    filterset_class = ProductFilters

    @describe(
        parameters=[
            OpenApiParameter("course", str, description="The product as this course displays it.")
        ]
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().retrieve(request, *args, **kwargs)

    def get_key(self) -> uuid.UUID:
        try:
            return uuid.UUID(self.kwargs["id"])
        except ValueError as error:
            raise Http404 from error

    def show(self, keys: Collection[uuid.UUID]) -> Answers:
        code = self.request.query_params.get("course", "") if self.detail else ""
        return show_products(
            keys, learner=self.learner, now=self.now, course_code=_without_nul(code)
        )


class CourseRunViewSet(CatalogueViewSet):
    """Course runs: when a course takes place, and where it is taught."""

    queryset = CourseRun.objects.all()
    serializer_class = CourseRunSerializer
    filterset_class = CourseRunFilters


def _without_nul(code: str) -> str:
    """Raises Http404: PostgreSQL takes no NUL, so no row has one."""
    if "\x00" in code:
        raise Http404
    return code
