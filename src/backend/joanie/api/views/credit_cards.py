from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from joanie.api.schema import describe, errors
from joanie.api.serializers.credit_cards import (
    CardSetupSerializer,
    CreditCardSerializer,
    StartedCardSetupSerializer,
)
from joanie.api.shown import find_serializer
from joanie.api.views.base import PrivateViewSet
from joanie.payment.models import CreditCard
from joanie.payment.services.card_setup import start_card_setup
from joanie.payment.services.credit_cards import delete_card, update_card

MAX_CARDS = 100


class CreditCardViewSet(mixins.RetrieveModelMixin, PrivateViewSet):
    """The cards that a learner saved, the main one first; they save them at a provider's."""

    serializer_class = CreditCardSerializer
    pagination_class = None
    checkout_actions = frozenset({"set_up"})

    def get_queryset(self) -> QuerySet[CreditCard]:
        mine = CreditCard.objects.kept().filter(owner=self.owner.pk)
        cards: QuerySet[CreditCard] = find_serializer(CreditCardSerializer).prefetch(mine)
        return cards

    @describe(responses=CreditCardSerializer(many=True))
    def list(self, _request: Request) -> Response:
        cards = self.get_queryset()[:MAX_CARDS]
        return Response(self.get_serializer(cards, many=True).data)

    @describe(
        request=CardSetupSerializer,
        responses={200: StartedCardSetupSerializer, **errors(422, 502, 503)},
    )
    @action(detail=False, methods=["post"], url_path="setup", url_name="setup")
    def set_up(self, request: Request) -> Response:
        """Start saving a card without a purchase; it is among the cards once the provider says so.

        400 when the payment method saves cards while paying only.
        """
        body = CardSetupSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(start_card_setup(owner=self.owner, request=body.setup_request(request)))

    @describe(responses={200: CreditCardSerializer, **errors(503)})
    def update(self, request: Request, **_kwargs: Any) -> Response:
        card = self.get_object()
        serializer = self.get_serializer(
            card, data=request.data, partial=request.method == "PATCH"
        )
        serializer.is_valid(raise_exception=True)
        try:
            card = update_card(card=card, **serializer.validated_data)
        except CreditCard.DoesNotExist as error:
            raise Http404 from error
        return Response(self.get_serializer(card).data)

    @describe(responses={200: CreditCardSerializer, **errors(503)})
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        return self.update(request, **kwargs)

    @describe(responses={204: None, **errors(503)})
    def destroy(self, _request: Request, **_kwargs: Any) -> Response:
        try:
            delete_card(card=self.get_object())
        except CreditCard.DoesNotExist as error:
            raise Http404 from error
        return Response(status=status.HTTP_204_NO_CONTENT)
