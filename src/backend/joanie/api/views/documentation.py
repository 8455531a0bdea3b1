"""The description of this API, for programs and for people."""

from collections.abc import Hashable
from functools import cache
from threading import Lock
from typing import Any

from django.templatetags.static import static
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import SPECTACULAR_DEFAULTS, patched_settings
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from joanie.api.openapi import OPENAPI_SETTINGS
from joanie.conf import joanie_settings

# What drf-spectacular lets nobody bend, and names of the host's choices, which it remembers.
_KEPT = ("SERVE_", "DEFAULT_GENERATOR_CLASS", "ENUM_NAME_OVERRIDES")
# Nothing that the host says of its own API is true of this one.
_OWN_SETTINGS = {
    **{name: value for name, value in SPECTACULAR_DEFAULTS.items() if not name.startswith(_KEPT)},
    **OPENAPI_SETTINGS,
}
# The settings of drf-spectacular are the process's: one thread at a time may bend them.
_settings_lock = Lock()


def describe_api() -> dict[str, Any]:
    """Return the OpenAPI document of our own views, wherever the host project includes them."""
    return _describe(
        tuple(joanie_settings.SERIALIZERS.items()), bool(joanie_settings.PERMISSION_CLASSES)
    )


@cache
def _describe(_serializers: Hashable, _is_guarded: Hashable) -> dict[str, Any]:
    """Describe it with the parts that the host puts in the place of ours, once."""
    with _settings_lock, patched_settings(_OWN_SETTINGS), translation.override("en"):
        document: dict[str, Any] = SchemaGenerator().get_schema(  # type: ignore[no-untyped-call]
            request=None, public=True
        )
    return document


class SchemaView(SpectacularAPIView):
    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []
    content_negotiation_class = DefaultContentNegotiation
    metadata_class = None
    versioning_class = None
    schema = None

    def get(self, _request: Request) -> Response:
        return Response(describe_api())


class DocumentationView(SpectacularSwaggerSplitView):
    """Swagger UI, from files of our own server."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []
    content_negotiation_class = DefaultContentNegotiation
    metadata_class = None
    versioning_class = None
    schema = None
    title = OPENAPI_SETTINGS["TITLE"]
    url_name = "joanie:schema"

    @staticmethod
    def _swagger_ui_resource(filename: str) -> str:
        return static(f"drf_spectacular_sidecar/swagger-ui-dist/{filename}")

    @staticmethod
    def _swagger_ui_favicon() -> str:
        return static("drf_spectacular_sidecar/swagger-ui-dist/favicon-32x32.png")
