from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from joanie.api.schema import describe, errors
from joanie.api.serializers.payment_methods import (
    ClientTokenSerializer,
    PaymentMethodFilterSerializer,
    PaymentMethodSerializer,
)
from joanie.api.views.base import PrivateViewSet
from joanie.api.views.revalidated import RevalidatedViewSet
from joanie.common.money import Money
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.registry import (
    build_backend,
    get_configuration,
    get_offered_backends,
)
from joanie.payment.backends.types import Capability
from joanie.payment.services.card_setup import make_client_token


class PaymentMethodViewSet(RevalidatedViewSet):
    """The accounts at payment providers that a purchase can go through."""

    serializer_class = PaymentMethodSerializer

    @describe(
        parameters=[PaymentMethodFilterSerializer],
        responses={200: PaymentMethodSerializer(many=True), **errors(400)},
    )
    def list(self, request: Request) -> Response:
        query = PaymentMethodFilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        product = query.validated_data.get("product")
        methods = [
            _describe(alias, backend_class)
            for alias, backend_class in get_offered_backends().items()
            if product is None or _can_pay(product.price, alias, backend_class)
        ]
        page = self.paginate_queryset(methods)
        return self.get_paginated_response(PaymentMethodSerializer(page, many=True).data)


class ClientTokenViewSet(PrivateViewSet):
    """What a provider's widget wants before it can show itself."""

    serializer_class = ClientTokenSerializer
    checkout_actions = frozenset({"create"})

    @describe(request=None, responses={200: ClientTokenSerializer, **errors(404, 409, 502, 503)})
    def create(self, _request: Request, name: str) -> Response:
        """Make a client token; 409 when the payment method needs none."""
        token = make_client_token(owner=self.owner, payment_method=name)
        return Response({"client_token": token})


def _can_pay(price: Money, alias: str, backend_class: type[BasePaymentBackend]) -> bool:
    currency = str(price.currency)
    is_taken = backend_class.takes(currency, get_configuration(alias))
    return is_taken and (price.amount == 0 or backend_class.takes_amount(price))


def _describe(alias: str, backend_class: type[BasePaymentBackend]) -> dict[str, Any]:
    has_public = backend_class.can(Capability.PUBLIC_CONFIGURATION)
    return {
        "name": alias,
        "label": backend_class.label or alias,
        "flow": backend_class.flow,
        "supports_one_click": backend_class.supports_one_click,
        "public": build_backend(alias).get_public_configuration() if has_public else {},
    }
