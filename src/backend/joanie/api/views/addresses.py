from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from joanie.api.schema import describe, errors
from joanie.api.serializers.addresses import AddressSerializer
from joanie.api.shown import find_serializer
from joanie.api.views.base import PrivateViewSet
from joanie.core.models import Address
from joanie.core.services.addresses import create_address, delete_address, update_address


class AddressViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PrivateViewSet):
    """The addresses that a learner keeps, the main one first. At most a hundred: no pages."""

    serializer_class = AddressSerializer
    pagination_class = None

    def get_queryset(self) -> QuerySet[Address]:
        mine = Address.objects.filter(owner=self.owner.pk)
        addresses: QuerySet[Address] = find_serializer(AddressSerializer).prefetch(mine)
        return addresses

    @describe(responses={201: AddressSerializer, **errors(409, 503)})
    def create(self, request: Request) -> Response:
        values = self._clean(request)
        is_main = values.pop("is_main", False)
        address = create_address(owner=self.owner, fields=values, is_main=is_main)
        return Response(self.get_serializer(address).data, status=status.HTTP_201_CREATED)

    @describe(responses={200: AddressSerializer, **errors(503)})
    def update(self, request: Request, **_kwargs: Any) -> Response:
        address = self.get_object()
        values = self._clean(request, address)
        is_main = values.pop("is_main", None)
        try:
            address = update_address(address=address, fields=values, is_main=is_main)
        except Address.DoesNotExist as error:
            raise Http404 from error
        return Response(self.get_serializer(address).data)

    @describe(responses={200: AddressSerializer, **errors(503)})
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        return self.update(request, **kwargs)

    @describe(responses={204: None, **errors(503)})
    def destroy(self, _request: Request, **_kwargs: Any) -> Response:
        delete_address(address=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _clean(self, request: Request, address: Address | None = None) -> dict[str, Any]:
        serializer = self.get_serializer(
            address, data=request.data, partial=request.method == "PATCH"
        )
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)
