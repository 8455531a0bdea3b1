import uuid
from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from joanie.api.idempotency import PARAMETER, idempotent
from joanie.api.reads.orders import complete_orders, orders_of
from joanie.api.schema import CHECKOUT_ERRORS, describe, errors
from joanie.api.serializers.checkout import (
    AbortSerializer,
    CheckoutSerializer,
    PaymentInfoSerializer,
    PaymentMeansSerializer,
    PurchaseSerializer,
)
from joanie.api.serializers.orders import OrderFilterSerializer, OrderSerializer
from joanie.api.views.base import PrivateViewSet
from joanie.core.models import Order
from joanie.payment.documents.storage import ensure_pdf, read_pdf
from joanie.payment.models import ProformaInvoice
from joanie.payment.services.abort import abort_order
from joanie.payment.services.checkout import Checkout, pay_order, place_order

# Within a class that has a method of that name, ``list`` is not the type.
Answers = list[dict[str, Any]]
FILTERS = {"course": "course__code", "product": "product", "state": "state"}


class OrderViewSet(PrivateViewSet):
    """A learner's orders: placing them, paying, giving up, and their documents."""

    serializer_class = OrderSerializer
    checkout_actions = frozenset({"create", "payments", "abort"})

    def get_queryset(self) -> QuerySet[Order]:
        return Order.objects.filter(owner=self.owner.pk).select_related("owner")

    @describe(
        parameters=[OrderFilterSerializer],
        responses={200: OrderSerializer(many=True), **errors(400)},
    )
    def list(self, request: Request) -> Response:
        query = OrderFilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        chosen = {FILTERS[name]: value for name, value in query.validated_data.items()}
        page = self.paginate_queryset(orders_of(self.owner).filter(**chosen))
        return self.get_paginated_response(self._show(page or []))

    def retrieve(self, _request: Request, **_kwargs: Any) -> Response:
        order = get_object_or_404(orders_of(self.owner), pk=self.kwargs["id"])
        return self.answer(self._show([order])[0])

    @describe(
        parameters=[PARAMETER],
        request=PurchaseSerializer,
        responses={201: CheckoutSerializer, **errors(*CHECKOUT_ERRORS)},
    )
    @idempotent
    def create(self, request: Request) -> Response:
        purchase = PurchaseSerializer(data=request.data)
        purchase.is_valid(raise_exception=True)
        values = purchase.validated_data
        has_price = values["product"].price.amount > 0
        checkout = place_order(
            owner=self.owner,
            course=values["course"],
            product=values["product"],
            language=translation.get_language(),
            organization_id=values.get("organization"),
            payment=purchase.payment_request(request) if has_price else None,
        )
        return self._answer(checkout)

    @describe(
        parameters=[PARAMETER],
        request=PaymentMeansSerializer,
        responses={201: CheckoutSerializer, **errors(*CHECKOUT_ERRORS)},
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def payments(self, request: Request, **_kwargs: Any) -> Response:
        """Pay a pending or failed order in another way."""
        order = self.get_object()
        means = PaymentMeansSerializer(data=request.data)
        means.is_valid(raise_exception=True)
        return self._answer(pay_order(order=order, payment=means.payment_request(request)))

    @describe(
        parameters=[PARAMETER],
        request=AbortSerializer,
        responses={204: None, **errors(409, 422, 503)},
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def abort(self, request: Request, **_kwargs: Any) -> Response:
        """Give up an order that is not paid."""
        order = self.get_object()
        body = AbortSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        payment_id = body.validated_data.get("payment_id")
        if payment_id and not order.payments.filter(_names(payment_id)).exists():
            raise Http404
        abort_order(order=order)
        return Response(status=HTTPStatus.NO_CONTENT)

    @describe(
        parameters=[OpenApiParameter("reference", str, required=True)],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, **errors(400, 503)},
    )
    @action(detail=True, methods=["get"])
    def proforma_invoice(self, request: Request, **_kwargs: Any) -> HttpResponse:
        """Download a pro forma invoice of the order, or one of its credit notes."""
        reference = request.query_params.get("reference", "")
        if not reference:
            raise ValidationError({"reference": [_("This field is required.")]})
        if "\x00" in reference:
            raise Http404
        invoice = get_object_or_404(
            ProformaInvoice,
            order=self.kwargs["id"],
            order__owner=self.owner,
            reference=reference,
        )
        return HttpResponse(
            read_pdf(ensure_pdf(invoice.pk)),
            content_type="application/pdf",
            headers={
                "Content-Disposition": content_disposition_header(
                    as_attachment=True, filename=f"{reference}.pdf"
                ),
                "X-Content-Type-Options": "nosniff",
            },
        )

    def _answer(self, checkout: Checkout) -> Response:
        """Show the order as it is now: a saved card may have paid it already."""
        (answer,) = self.present(self._show([orders_of(self.owner).get(pk=checkout.order.pk)]))
        if checkout.payment_info is not None:
            answer["payment_info"] = PaymentInfoSerializer(checkout.payment_info).data
        return Response(answer, status=HTTPStatus.CREATED)

    def _show(self, orders: Collection[Any]) -> Answers:
        return complete_orders(orders, self.owner, timezone.now())


def _names(payment_id: str) -> Q:
    """Match the provider's reference, or our own id of the attempt."""
    try:
        return Q(provider_reference=payment_id) | Q(pk=uuid.UUID(payment_id))
    except ValueError:
        return Q(provider_reference=payment_id)
