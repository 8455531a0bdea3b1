"""What every view of this API has, whatever REST framework's settings are in the host project."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from django.utils.module_loading import import_string
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from joanie.api.exception_handler import handle_exception
from joanie.api.languages import find_accepted_language
from joanie.api.negotiation import AlwaysJson
from joanie.api.pagination import Pages
from joanie.api.parsers import JsonParser, refuse_large_body
from joanie.api.schema import ApiSchema
from joanie.api.shown import find_serializer, is_written_in_one, present
from joanie.api.throttling import CheckoutThrottle, RequestThrottle
from joanie.api.tokens import Claims
from joanie.common.replacements import load_class
from joanie.conf import joanie_settings


class JoanieView(APIView):
    """Speaks JSON in the reader's language, and leaves transactions to the services it calls."""

    # A view that names none has those of JOANIE["AUTHENTICATION_CLASSES"], read at use.
    authentication_classes = []
    permission_classes = [IsAuthenticated]
    throttle_classes = [RequestThrottle, CheckoutThrottle]
    # What has a payment provider do something, and is allowed less often.
    checkout_actions: ClassVar[frozenset[str]] = frozenset()
    parser_classes = [JsonParser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJson
    metadata_class = None
    versioning_class = None
    schema = ApiSchema()

    @method_decorator(transaction.non_atomic_requests)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override(find_accepted_language(request) or settings.LANGUAGE_CODE):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_large_body(request)
        super().initial(request, *args, **kwargs)
        if isinstance(request.auth, Claims) and not find_accepted_language(request):
            translation.activate(request.auth.language or settings.LANGUAGE_CODE)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
        patch_vary_headers(response, ["Accept-Language", "Authorization"])
        return response

    def get_authenticators(self) -> list[BaseAuthentication]:
        own = list(self.authentication_classes)
        classes = own or map(import_string, joanie_settings.AUTHENTICATION_CLASSES)
        return [each() for each in classes]

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return handle_exception

    @property
    def learner(self) -> AbstractBaseUser | None:
        """Who asks; None when nobody says who they are."""
        user = self.request.user
        return user if user is not None and user.is_authenticated else None


class JoanieViewSet(JoanieView, GenericViewSet[Any]):
    """Rows are found by ``id``, a malformed one is like one that is not there.

    What its serializer shows is shown as the host wants it.
    """

    lookup_url_kwarg = "id"
    lookup_value_regex = "[^/]+"
    filter_backends = []
    pagination_class: type[Pages] | None = Pages

    @property
    def is_checkout(self) -> bool:
        """Whether the request has a payment provider do something, for a host's permissions."""
        return self.action in self.checkout_actions

    def get_permissions(self) -> Sequence[Any]:
        """Ask the host's as well, after ours."""
        theirs = joanie_settings.PERMISSION_CLASSES
        return [
            *super().get_permissions(),
            *(load_class(each, BasePermission)() for each in theirs),
        ]

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        ours = super().get_serializer_class()
        return find_serializer(ours) if is_written_in_one(ours) else ours

    def get_paginated_response(self, data: Any) -> Response:
        return super().get_paginated_response(self.present(data))

    def answer(self, written: Mapping[str, Any], status: int = HTTPStatus.OK) -> Response:
        """Answer with what Joanie wrote of one row."""
        return Response(self.present([written])[0], status=status)

    def present(self, written: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        kind = getattr(self.serializer_class, "kind", "")
        return present(kind, written, self.get_serializer_context())


class PublicViewSet(JoanieViewSet):
    """Anybody may read; who comes with a token finds their own orders in it."""

    permission_classes = [AllowAny]


class PrivateViewSet(JoanieViewSet):
    """A learner's own things, for nobody's cache."""

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @property
    def owner(self) -> AbstractBaseUser:
        user: Any = self.request.user
        owner: AbstractBaseUser = user
        return owner
