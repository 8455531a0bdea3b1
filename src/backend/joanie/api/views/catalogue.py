from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response

from joanie.api.reads.catalogue import courses_for, products_for
from joanie.api.schema import describe
from joanie.api.serializers.courses import CourseRunSerializer
from joanie.api.serializers.products import CourseSerializer, ProductSerializer
from joanie.api.views.base import PublicViewSet
from joanie.core.models import Course, CourseRun, Product


class CourseViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PublicViewSet):
    """Courses, with the products displayed on them."""

    serializer_class = CourseSerializer
    lookup_field = "code"
    lookup_url_kwarg = "code"

    def get_queryset(self) -> QuerySet[Course]:
        return courses_for(self.learner)

    def get_object(self) -> Course:
        if "\x00" in self.kwargs["code"]:
            raise Http404
        course: Course = super().get_object()
        return course


class ProductViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PublicViewSet):
    """Products, with the courses they give access to."""

    serializer_class = ProductSerializer

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


class CourseRunViewSet(mixins.RetrieveModelMixin, PublicViewSet):
    """Course runs: when a course takes place, and where it is taught."""

    queryset = CourseRun.objects.all()
    serializer_class = CourseRunSerializer
