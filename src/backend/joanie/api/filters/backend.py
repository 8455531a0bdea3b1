from datetime import datetime
from typing import Any, Protocol

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from joanie.api.filters.catalogue import CatalogueFilters


class FilteredView(Protocol):
    detail: bool
    filterset_class: type[CatalogueFilters] | None
    now: datetime


class ListFilters(DjangoFilterBackend):
    """Filters lists, and lists only: a row that is asked for by its id is there or it is not."""

    def get_filterset_class(
        self, view: FilteredView, _queryset: QuerySet[Any] | None = None
    ) -> type[CatalogueFilters] | None:
        return None if view.detail else view.filterset_class

    def get_filterset_kwargs(
        self, request: Request, queryset: QuerySet[Any], view: FilteredView
    ) -> dict[str, Any]:
        options: dict[str, Any] = super().get_filterset_kwargs(request, queryset, view)
        return {**options, "now": view.now}
